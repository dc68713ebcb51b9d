"""Which host is meant by ``host=``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from aiocql.cluster.canonical_address import canonical_address
from aiocql.errors import InterfaceError
from aiocql.nodes.host import Host, format_endpoint

__all__ = ["Name", "find_host", "listed"]

MAX_LISTED = 12

Name = str | tuple[str, int]
"""An address or a name, or that with a port."""


def find_host(
    hosts: Iterable[Host], wanted: Any, other_names: Callable[[Host], Iterable[Name]] = lambda host: ()
) -> Host:
    """The host that is meant by any of its names.

    A `Host`, an address (text, or of `ipaddress`), `(address, port)`, an endpoint, or a host id (UUID or text) first.
    If these name none: the addresses that the node has for its own kind (`broadcast_address`, `listen_address`) and
    `other_names`. Raises InterfaceError, listing the hosts, if it is none or not one alone (several at one address).
    """
    hosts = tuple(hosts)
    if type(wanted).__module__ == "ipaddress":
        # As a column of type inet comes: the rows of system.peers name hosts by it.
        wanted = str(wanted)
    found = [host for host in hosts if _is_meant(host, wanted)]
    if not found:
        found = [host for host in hosts if _is_called(host, wanted, other_names(host))]
    if len(found) == 1:
        return found[0]
    known = listed(host.endpoint for host in hosts) or "no hosts"
    problem = "is several hosts" if found else "is no host"
    raise InterfaceError(f"host={wanted!r} {problem} of the cluster", hint=f"it has {known}")


def listed(texts: Iterable[str]) -> str:
    """All of a few, the first of many."""
    every = list(texts)
    more = len(every) - MAX_LISTED
    return ", ".join(every[:MAX_LISTED]) + (f" and {more} more" if more > 0 else "")


def _is_meant(host: Host, wanted: Any) -> bool:
    from uuid import UUID

    if isinstance(wanted, Host):
        return host is wanted or (host.host_id is not None and host.host_id == wanted.host_id)
    if isinstance(wanted, UUID):
        return host.host_id == wanted
    if _is_pair(wanted):
        return (canonical_address(host.address), host.port) == (canonical_address(str(wanted[0])), wanted[1])
    if isinstance(wanted, str):
        names = (canonical_address(host.endpoint), canonical_address(host.address))
        return canonical_address(wanted) in names or wanted.lower() == str(host.host_id)
    return False


def _is_called(host: Host, wanted: Any, names: Iterable[Name]) -> bool:
    if _is_pair(wanted):
        return (str(wanted[0]), wanted[1]) in names
    if not isinstance(wanted, str):
        return False
    told = [name if isinstance(name, str) else (name[0], format_endpoint(*name)) for name in names]
    flat = [text for name in told for text in ((name,) if isinstance(name, str) else name)]
    return wanted in (host.broadcast_address, host.listen_address, *flat)


def _is_pair(wanted: Any) -> bool:
    return isinstance(wanted, Sequence) and not isinstance(wanted, str | bytes) and len(wanted) == 2
