"""From the addresses that a cluster names to those to connect to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["AddressTranslator", "EC2MultiRegionTranslator", "IdentityTranslator", "as_translator"]


class AddressTranslator:
    """Base: override `translate`."""

    def translate(self, addr: str) -> str:
        """The address to connect to."""
        raise NotImplementedError


class IdentityTranslator(AddressTranslator):
    """The cluster's own addresses."""

    def translate(self, addr: str) -> str:
        """The same."""
        return addr


class EC2MultiRegionTranslator(AddressTranslator):
    """From the public address of an EC2 node to the private one, where its region's DNS knows that."""

    def translate(self, addr: str) -> str:
        """What the reverse name of the address resolves to; the address itself where it has none."""
        import socket

        try:
            return socket.gethostbyname(socket.getfqdn(addr))
        except OSError:
            return addr


def as_translator(translator: Any) -> Callable[[str, int], tuple[str, int]] | None:
    """What `aiocql.connect(address_translator=)` takes; None where nothing is translated."""
    if translator is None or isinstance(translator, IdentityTranslator):
        return None
    return lambda address, port: (translator.translate(address), port)
