"""One timer for each timeout value, however many requests have it."""

from __future__ import annotations

import asyncio

from aiocql.protocol.deadlines import ATTEMPT, REQUEST, DeadlineList
from aiocql.protocol.request import Request

__all__ = ["Timeouts"]

LATE = 0.25
"""Seconds by which a timer may be late before the loop is held to have been blocked."""
MAX_GRACE = 1.0
"""Most seconds that answers which lie unread in the sockets get after the loop was blocked."""


class Timeouts:
    """Hands out the list for a timeout, and tells requests' owners when their deadlines pass."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._lists: dict[tuple[float, int], DeadlineList] = {}
        self._timers: dict[DeadlineList, asyncio.TimerHandle] = {}

    def request(self, timeout: float | None) -> DeadlineList | None:
        """The list for whole requests with this timeout, in seconds; None for none."""
        return self._list(timeout, REQUEST)

    def attempt(self, timeout: float | None) -> DeadlineList | None:
        """The list for single attempts with this timeout, in seconds; None for none."""
        return self._list(timeout, ATTEMPT)

    def _list(self, timeout: float | None, kind: int) -> DeadlineList | None:
        if timeout is None:
            return None
        found = self._lists.get((timeout, kind))
        if found is None:
            self._forget_idle()
            found = self._lists[timeout, kind] = DeadlineList(timeout, kind)
        return found

    def watch_attempt(self, request: Request, deadlines: DeadlineList) -> None:
        """The request is to leave the state that it is in within the timeout of `deadlines`."""
        request.watch_attempt(deadlines, self._loop.time())
        if not deadlines.armed:
            self.arm(deadlines)

    def _forget_idle(self) -> None:
        """Many different timeouts (one computed for each call, say) do not pile up."""
        if len(self._lists) >= 64:
            for key, deadlines in list(self._lists.items()):
                if not deadlines.armed and not deadlines:
                    del self._lists[key]

    def arm(self, deadlines: DeadlineList) -> None:
        """Sees to it that `deadlines` is looked at when its first one is due."""
        due = deadlines.next_deadline
        if due is not None:
            deadlines.armed = True
            self._timers[deadlines] = self._loop.call_at(due, self._fire, deadlines, due, False)

    def _fire(self, deadlines: DeadlineList, planned: float, graced: bool) -> None:
        now = self._loop.time()
        late = now - planned
        if late > LATE and not graced:
            # The loop was blocked: answers may lie in the sockets. They are read before anybody is failed.
            when = now + min(late, MAX_GRACE) * 0.5
            self._timers[deadlines] = self._loop.call_at(when, self._fire, deadlines, when, True)
            return
        del self._timers[deadlines]
        deadlines.armed = False
        for request in deadlines.expire(now):
            if not request.is_done:
                request.owner.on_timeout(request, deadlines.kind)
        if not deadlines.armed:
            self.arm(deadlines)

    def close(self) -> list[Request]:
        """No timer is left behind; gives the requests whose deadlines nobody looks at any more."""
        left = [
            request
            for deadlines in {*self._lists.values(), *self._timers}
            for request in deadlines.expire(float("inf"))
            if not request.is_done
        ]
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        self._lists.clear()
        return left
