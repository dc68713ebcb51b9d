"""Holds requests back as a `Throttle` says, and sends them when their turn has come.

A request that waits is in no connection's queue yet; its own timeout runs. It leaves the line when it is cancelled or
times out, and gives its permit back when it ends, however it ends: both are done by the request (`protocol/request`),
so that no path can forget it. Those that wait are sent from the event loop's next turn, in the order of their coming.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiocql.errors import RequestThrottled

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiocql.execution.dispatcher import Execution
    from aiocql.execution.throttle_stats import ThrottleStats
    from aiocql.policies.throttle import Throttle

__all__ = ["Throttler"]


class Throttler:
    """One limit over requests of one session. What it lets through has to pass the one that `outer` gives, too.

    `outer` is asked for each request: the session's limit may be replaced while views of it are used.
    """

    def __init__(
        self,
        throttle: Throttle,
        loop: asyncio.AbstractEventLoop,
        *,
        name: str,
        outer: Callable[[], Throttler | None] = lambda: None,
    ) -> None:
        self.throttle = throttle
        self.name = name
        self._outer = outer
        self._loop = loop
        self._timer: asyncio.Handle | None = None
        self._turn = False

    # --- what the dispatcher and requests call ----------------------------------------------------------------

    def admit(self, execution: Execution, now: float) -> bool:
        """Whether the request may be sent now; if not, it waits here. Raises RequestThrottled where it cannot."""
        admitted = self.throttle.admit(execution, now)
        if admitted:
            return self._pass_on(execution, now)
        if admitted is None:
            raise self._refused()
        execution.enqueue(self)
        self._plan(now)
        return False

    def _pass_on(self, execution: Execution, now: float) -> bool:
        execution.permits = (*(execution.permits or ()), self)
        outer = self._outer()
        return outer is None or outer.admit(execution, now)

    def left(self, execution: Execution) -> None:
        """A waiting request was given up."""
        self.throttle.left(execution)

    def timed_out(self, execution: Execution) -> None:
        """A limit has no timeout; that of the request runs meanwhile."""

    def released(self, execution: Execution) -> None:
        """A request that was let through has ended."""
        self.throttle.released()
        if self.throttle.waiting and not self._turn:
            self._turn = True
            self._loop.call_soon(self._serve)

    # --- letting in -------------------------------------------------------------------------------------------

    def _serve(self) -> None:
        """Sends those whose turn it is."""
        self._turn = False
        now = self._loop.time()
        while (execution := self.throttle.next(now)) is not None:
            execution.dequeue()
            execution.owner.send_admitted(execution, lambda each: self._pass_on(each, now))
        self._plan(now)

    def _plan(self, now: float) -> None:
        """Looks again when the rate allows one more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        due = self.throttle.due(now)
        if due is not None:
            self._timer = self._loop.call_later(due, self._serve)

    def _refused(self) -> RequestThrottled:
        throttle = self.throttle
        limits = []
        if throttle.max_concurrent is not None:
            limits.append(f"{throttle.max_concurrent} at once")
        if throttle.per_second is not None:
            limits.append(f"{throttle.per_second:g} a second")
        return RequestThrottled(
            f"the limit of {' and '.join(limits)} is reached and {throttle.waiting} requests wait already",
            hint="send fewer requests, or raise the limit or the number that may wait",
        )

    # --- the rest ---------------------------------------------------------------------------------------------

    def stats(self) -> ThrottleStats:
        """What it does and has done."""
        from aiocql.execution.throttle_stats import ThrottleStats

        throttle = self.throttle
        return ThrottleStats(
            name=self.name,
            max_concurrent=throttle.max_concurrent,
            requests_per_second=throttle.per_second,
            max_queue=throttle.max_queue,
            active=throttle.active,
            waiting=throttle.waiting,
            peak_waiting=throttle.peak_waiting,
            admitted=throttle.admitted,
            delayed=throttle.delayed,
            refused=throttle.refused,
            wait_seconds=throttle.wait_seconds,
        )

    def close(self) -> None:
        """Those that still wait fail: the session is closed."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for execution in self.throttle.tickets():
            execution.owner.fail_closed(execution)
