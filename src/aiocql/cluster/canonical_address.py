"""One spelling for each IP address, so that two spellings of one address compare equal."""

from __future__ import annotations

from aiocql.nodes.host import format_endpoint

__all__ = ["canonical_address"]


def canonical_address(text: str) -> str:
    """Return the shortest form of an IPv6 address or endpoint, and every other text unchanged.

    ``0:0:0:0:0:0:0:1`` and ``[::1]`` become ``::1``; ``[0::1]:9042`` becomes ``[::1]:9042`` (RFC 5952).
    """
    if text.count(":") < 2:
        return text
    if not text.startswith("["):
        return _shortest(text)
    if text.endswith("]"):
        return _shortest(text[1:-1])
    address, separator, port = text[1:].rpartition("]:")
    if not separator or not port.isascii() or not port.isdigit() or len(port) > 5:
        return text
    return format_endpoint(_shortest(address), int(port))


def _shortest(address: str) -> str:
    from ipaddress import IPv6Address

    try:
        return str(IPv6Address(address))
    except ValueError:
        return address
