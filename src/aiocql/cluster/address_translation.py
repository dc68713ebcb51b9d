"""From the address that a node says it has to the one that the driver can reach (NAT, mapped ports, tunnels)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from aiocql.errors import ConfigurationError, InterfaceError

__all__ = ["AddressTranslator", "MappedAddresses", "as_translator", "translate"]

Address = tuple[str, int]


class AddressTranslator(Protocol):
    """The user's own: an object with this method. It is called for each node whenever the topology is read."""

    def translate(self, address: str, port: int, /) -> Address:
        """Where to connect instead; the same for no change."""
        ...


class MappedAddresses:
    """Translation by a table: ``{"10.0.0.1": ("gateway", 9101), ("10.0.0.2", 9042): ("gateway", 9102)}``.

    A key is an address, or an address and its port; a value is an address (then the port stays) or both.
    """

    def __init__(self, table: Mapping[str | Address, str | Address]) -> None:
        self.table = dict(table)

    def translate(self, address: str, port: int, /) -> Address:
        """The table's entry, that with the port first; unchanged without one."""
        found = self.table.get((address, port), self.table.get(address))
        if found is None:
            return address, port
        return (found, port) if isinstance(found, str) else (found[0], found[1])


class _FromFunction:
    def __init__(self, function: Callable[[str, int], Address]) -> None:
        self._function = function

    def translate(self, address: str, port: int, /) -> Address:
        return self._function(address, port)


def as_translator(given: Any) -> AddressTranslator | None:
    """A translator from any of its forms: an object, a function, a table. ConfigurationError for others."""
    if given is None:
        return None
    if isinstance(given, Mapping):
        return MappedAddresses(given)
    if callable(getattr(given, "translate", None)):
        translator: AddressTranslator = given
        return translator
    if callable(given):
        return _FromFunction(given)
    raise ConfigurationError(
        f"{type(given).__name__} is no address translator",
        hint="give a function (address, port) -> (address, port), a mapping, or an object with translate()",
    )


def translate(translator: AddressTranslator | None, address: str, port: int) -> Address:
    """The translated address, checked. Raises InterfaceError if the translator failed or gave something else."""
    if translator is None:
        return address, port
    try:
        new_address, new_port = translator.translate(address, port)
    except Exception as error:
        raise InterfaceError(f"the address translator failed for {address} port {port}: {error!r}") from error
    if not isinstance(new_address, str) or not isinstance(new_port, int) or not 0 < new_port < 65536:
        raise InterfaceError(
            f"the address translator gave {(new_address, new_port)!r} for {address} port {port}"
        )
    return new_address, new_port
