"""Heartbeats: a connection that was silent for too long is asked OPTIONS, and closed when it does not answer.

Only what is *read* counts as life: writes into a half-open connection succeed for minutes (JAVA-1346). Requests in
flight do not suppress the heartbeat, or a dead peer would be noticed only by their timeouts. And only what gets
somewhere counts as read: bytes that drip in, and never become an answer, would keep a useless connection alive.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from aiocql.errors import BusyConnection, Error, HeartbeatFailed
from aiocql.protocol.constants import OP_OPTIONS
from aiocql.protocol.request import Request

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiocql.protocol.core import Core

__all__ = ["Heartbeat"]

LATE = 0.5
"""Seconds by which a timer may be late before the loop, not the peer, is taken for the silent one."""

SLOWEST = 1024
"""Bytes a second below which bytes without an answer are no progress. A large answer over a poor line is faster."""


class Heartbeat:
    """Watches one connection, from now on. `interval` and `timeout` are in seconds; an interval of 0 switches it off.

    `abort(error)` ends the connection to `host`.
    """

    def __init__(
        self,
        core: Core,
        host: Any,
        loop: asyncio.AbstractEventLoop,
        abort: Callable[[Error], None],
        *,
        interval: float,
        timeout: float,
    ) -> None:
        self.interval = interval
        self.timeout = timeout
        self._core = core
        self._host = host
        self._loop = loop
        self._abort = abort
        self._opened_at = loop.time()
        self._timer: asyncio.TimerHandle | None = None
        self._request: Request | None = None
        self.sent = 0
        self._mark()
        if interval > 0:
            self._schedule(self._loop.time() + interval)

    def _schedule(self, when: float) -> None:
        self._timer = self._loop.call_at(when, self._check, when)

    def _mark(self) -> None:
        """From here on progress is looked for."""
        core = self._core
        self._marked = self._loop.time(), core.responses, core.bytes_received

    def _progresses(self) -> bool:
        """Whether an answer was read since the mark, or enough bytes of one."""
        since, responses, received = self._marked
        core = self._core
        if core.responses != responses:
            return True
        return core.bytes_received - received >= SLOWEST * (self._loop.time() - since)

    def _check(self, planned: float) -> None:
        """Nothing read for the interval: ask; something read meanwhile: look again later."""
        quiet_since = max(self._core.last_read, self._opened_at)
        due = quiet_since + self.interval
        now = self._loop.time()
        if now < due and self._progresses():
            self._schedule(due)
            self._mark()
        elif now - planned > LATE or self._core.reading_paused:
            # The loop was blocked, or we ourselves do not read: what has arrived is to be seen first.
            self._schedule(now + min(self.interval, 1.0))
        else:
            self.beat()

    def beat(self) -> None:
        """Asks now, unless a question is open."""
        if self._request is not None or self._core.closed:
            return
        if self._timer is not None:
            self._timer.cancel()
        future = self._loop.create_future()
        request = Request(OP_OPTIONS, b"", future)
        now = self._loop.time()
        try:
            self._core.send(request, now)
        except BusyConnection:
            # Every stream id is taken. What was not asked cannot be unanswered: another try, soon.
            self._schedule(now + min(self.interval, 1.0))
            return
        except Error:
            return
        future.add_done_callback(self._answered)
        self._request = request
        self._mark()
        self.sent += 1
        deadline = now + self.timeout
        self._timer = self._loop.call_at(deadline, self._expired, deadline)

    def _answered(self, future: asyncio.Future[object]) -> None:
        if not future.cancelled():
            future.exception()
        self._request = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self._core.closed:
            self._mark()
            self._schedule(self._loop.time() + self.interval)

    def _expired(self, planned: float) -> None:
        now = self._loop.time()
        core = self._core
        if self._progresses() or now - planned > LATE or core.reading_paused:
            # Other answers came, or the loop slept: one more round.
            self._mark()
            self._timer = self._loop.call_at(now + self.timeout, self._expired, now + self.timeout)
            return
        since, _, before = self._marked
        dripped = core.bytes_received - before
        what = (
            f"{dripped} bytes read in {now - since:.1f} s, and no answer among them"
            if dripped
            else f"nothing read for {now - core.last_read:.1f} s"
        )
        self._abort(
            HeartbeatFailed(f"no answer to a heartbeat within {self.timeout:g} s, {what}", host=self._host)
        )

    def stop(self) -> None:
        """No more heartbeats."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._request = None
