"""When a pool tries again: one schedule per pool, however many connections it lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

from aiocql.policies.reconnection import ReconnectionPolicy, checked_schedule

__all__ = ["Reconnection"]


class Reconnection:
    """Calls `attempt` after the delays of the policy until `stop` is called."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, policy: ReconnectionPolicy, attempt: Callable[[], None]
    ) -> None:
        self._loop = loop
        self._policy = policy
        self._attempt = attempt
        self._delays: Iterator[float] | None = None
        self._timer: asyncio.TimerHandle | None = None

    @property
    def active(self) -> bool:
        """Whether something was lost and is not yet replaced."""
        return self._delays is not None

    @property
    def waiting(self) -> bool:
        """Whether the next attempt waits for its time."""
        return self._timer is not None

    def start(self) -> None:
        """Something was lost: the first attempt comes after the schedule's first delay."""
        if self._delays is None:
            self._delays = checked_schedule(self._policy)
            self._wait()

    def failed(self) -> None:
        """An attempt failed: the next comes after the next delay."""
        if self._delays is None:
            self._delays = checked_schedule(self._policy)
            next(self._delays, None)
        if self._timer is None:
            self._wait()

    def _wait(self) -> None:
        assert self._delays is not None
        delay = next(self._delays, None)
        if delay is not None:
            self._timer = self._loop.call_later(delay, self._fire)

    def _fire(self) -> None:
        self._timer = None
        self._attempt()

    def now(self) -> None:
        """No waiting; the schedule begins anew."""
        self.stop()
        self._delays = checked_schedule(self._policy)
        next(self._delays, None)
        self._attempt()

    def renew(self) -> None:
        """Begin the schedule anew for the attempt that follows the one under way."""
        if self._delays is not None and self._timer is None:
            self._delays = checked_schedule(self._policy)
            next(self._delays, None)

    def stop(self) -> None:
        """The connection stands, or nobody wants it any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._delays = None
