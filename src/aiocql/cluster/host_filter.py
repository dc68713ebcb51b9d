"""Which hosts must not be contacted."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from aiocql.cluster.canonical_address import canonical_address
from aiocql.errors import ConfigurationError
from aiocql.nodes.host import Host

__all__ = ["as_host_filter"]

HostFilter = Callable[[Host], bool]


def as_host_filter(given: HostFilter | Iterable[str] | None) -> HostFilter | None:
    """A filter from a function that takes a host, or from the addresses and endpoints that are allowed.

    A function that raises for a host refuses it.
    """
    if given is None:
        return None
    if callable(given):
        return _Guarded(given)
    if isinstance(given, str):
        given = (given,)
    allowed = frozenset(given) if isinstance(given, Iterable) else None
    if allowed is None or not all(isinstance(entry, str) for entry in allowed):
        raise ConfigurationError(
            f"{type(given).__name__} is no host filter",
            hint="give a function that takes a Host, or the addresses that are allowed",
        )
    return _Allowed(frozenset(map(canonical_address, allowed)))


class _Guarded:
    def __init__(self, function: HostFilter) -> None:
        self._function = function

    def __call__(self, host: Host) -> bool:
        try:
            return bool(self._function(host))
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException:
            # Not knowing is no permission: what must not be contacted stays uncontacted.
            return False


class _Allowed:
    def __init__(self, allowed: frozenset[str]) -> None:
        self._allowed = allowed

    def __call__(self, host: Host) -> bool:
        names = (canonical_address(host.address), canonical_address(host.endpoint))
        return not self._allowed.isdisjoint(names)
