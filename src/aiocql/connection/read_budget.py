"""Response-side backpressure: reading pauses while what was received has not reached those who asked.

An answer counts as undelivered from the moment it is read until the tasks that wait for answers of that read have had
their turn. Most have it before the read ends (`protocol/wakeups`). For the others: the loop runs callbacks in the
order of their scheduling, so that one callback scheduled after a read runs after all the tasks which that read woke.
No request has to be followed individually.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

__all__ = ["ReadBudget"]


class ReadBudget:
    """Counts undelivered bytes of one connection and says when to `pause` and when to `resume` reading."""

    __slots__ = ("_limit", "_loop", "_pause", "_resume", "_scheduled", "paused", "pauses", "undelivered")

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        pause: Callable[[], None],
        resume: Callable[[], None],
        limit: int,
    ) -> None:
        self._loop = loop
        self._pause = pause
        self._resume = resume
        self._limit = limit
        self._scheduled = False
        self.undelivered = 0
        self.paused = False
        self.pauses = 0

    def received(self, nbytes: int) -> None:
        """Bytes were read."""
        self.undelivered += nbytes
        if self.undelivered > self._limit and not self.paused:
            self.paused = True
            self.pauses += 1
            self._pause()

    def delivered(self, fully_delivered: bool) -> None:
        """Count the responses in what was read; `fully_delivered`: all their waiters have had their turn."""
        if fully_delivered and not self.paused:
            self.undelivered = 0
        elif not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self._all_delivered)

    def _all_delivered(self) -> None:
        self._scheduled = False
        self.undelivered = 0
        if self.paused:
            self.paused = False
            self._resume()
