"""Which host is meant by ``host=``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from aiocql.errors import InterfaceError
from aiocql.metadata.host import Host, format_endpoint

__all__ = ["find_host"]


def find_host(hosts: Iterable[Host], wanted: Any) -> Host:
    """The host that is meant: a `Host`, an address, `(address, port)`, an endpoint, or a host id (UUID or text).

    Raises InterfaceError, listing the hosts, if it is none or not one alone (several at one address).
    """
    hosts = tuple(hosts)
    found = [host for host in hosts if _is_meant(host, wanted)]
    if len(found) == 1:
        return found[0]
    known = ", ".join(host.endpoint for host in hosts) or "no hosts"
    problem = "is several hosts" if found else "is no host"
    raise InterfaceError(f"host={wanted!r} {problem} of the cluster", hint=f"it has {known}")


def _is_meant(host: Host, wanted: Any) -> bool:
    if isinstance(wanted, Host):
        return host is wanted or (host.host_id is not None and host.host_id == wanted.host_id)
    if isinstance(wanted, UUID):
        return host.host_id == wanted
    if isinstance(wanted, tuple) and len(wanted) == 2:
        return (host.address, host.port) == (str(wanted[0]), wanted[1])
    if isinstance(wanted, str):
        named = (host.endpoint, host.address, format_endpoint(host.address, host.port), str(host.host_id))
        return wanted in named or wanted.lower() == str(host.host_id)
    return False
