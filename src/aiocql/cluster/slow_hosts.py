"""Which hosts have stopped answering: requests wait for them, and hardly any answer comes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from aiocql.nodes.host import Host

__all__ = ["SlowHosts", "mark_slow_hosts"]

INTERVAL = 0.2
MIN_IN_FLIGHT = 10
MIN_RESPONSES = 2


def mark_slow_hosts(hosts: Iterable[Host], answered_before: dict[Host, int]) -> dict[Host, int]:
    """Sets `is_slow` of each host from what came since the last look; gives the counts for the next one.

    A host is slow with ten or more requests in flight, all the while, and fewer than two answers meanwhile.
    """
    answered = {}
    for host in hosts:
        load = host.load
        before = answered_before.get(host)
        if load.in_flight >= MIN_IN_FLIGHT:
            answered[host] = load.responses
            host.is_slow = before is not None and load.responses - before < MIN_RESPONSES
        else:
            host.is_slow = False
    return answered


class SlowHosts:
    """Looks five times a second."""

    def __init__(self, loop: asyncio.AbstractEventLoop, hosts: Callable[[], Iterable[Host]]) -> None:
        self._loop = loop
        self._hosts = hosts
        self._answered: dict[Host, int] = {}
        self._timer: asyncio.TimerHandle | None = loop.call_later(INTERVAL, self._look)

    def _look(self) -> None:
        self._answered = mark_slow_hosts(self._hosts(), self._answered)
        self._timer = self._loop.call_later(INTERVAL, self._look)

    def stop(self) -> None:
        """Looks no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
