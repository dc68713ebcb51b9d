"""Where requests wait when all connections of a host are at the high mark: first come, first served.

The places of all queues of a session are counted together (`QueueBudget`). A place is freed exactly once: when its
request is handed out, given up, or moved.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from aiocql.errors import BusyConnection

if TYPE_CHECKING:
    from aiocql.protocol.request import Request

__all__ = ["QueueBudget", "RequestQueue"]


class QueueBudget:
    """How many requests may wait in a session, over all hosts, and how long.

    `watch(request)` sets the deadline (`queue_timeout`) of a request that begins to wait. `signal(host, active)` is
    called with True when a request found no place, and with False when half of the places are free again.
    """

    __slots__ = ("full_at", "limit", "refused", "signal", "waiting", "watch")

    def __init__(
        self,
        limit: int,
        signal: Callable[[Any, bool], None] | None = None,
        watch: Callable[[Request], None] | None = None,
    ) -> None:
        self.limit = limit
        self.waiting = 0
        self.refused = 0
        self.full_at: Any = None
        self.signal = signal
        self.watch = watch

    def refuse(self, host: Any) -> BusyConnection:
        """Counts a request of `host` that found no place, and gives its error."""
        self.refused += 1
        if self.full_at is None:
            self.full_at = host
            if self.signal is not None:
                self.signal(host, True)
        return BusyConnection(
            f"every connection is at its high watermark and {self.waiting} requests wait already "
            f"(max_queue={self.limit})",
            host=host,
            hint="send fewer requests at once, or raise max_queue or the pool's maximum of connections",
        )

    def free(self) -> None:
        """A place is free again."""
        self.waiting -= 1
        self.relieve()

    def relieve(self) -> None:
        """Ends the signal where half of the places are free."""
        if self.full_at is not None and self.waiting <= self.limit // 2:
            host, self.full_at = self.full_at, None
            if self.signal is not None:
                self.signal(host, False)


class RequestQueue:
    """The requests that wait for one host."""

    __slots__ = ("_budget", "_waiting", "host")

    def __init__(self, host: Any, budget: QueueBudget) -> None:
        self.host = host
        self._budget = budget
        self._waiting: OrderedDict[Request, None] = OrderedDict()

    @property
    def budget(self) -> QueueBudget:
        """The places of all queues of the session."""
        return self._budget

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, request: Request) -> None:
        """The request waits, behind all others. Raises BusyConnection where the session's places are all taken."""
        budget = self._budget
        if budget.waiting >= budget.limit:
            raise budget.refuse(self.host)
        budget.waiting += 1
        self._waiting[request] = None
        request.enqueue(self)
        if budget.watch is not None:
            budget.watch(request)

    def pop(self) -> Request:
        """The one that waits longest."""
        request, _ = self._waiting.popitem(last=False)
        request.dequeue()
        self._budget.free()
        return request

    def left(self, request: Request) -> None:
        """The request was given up while it waited: its place is free."""
        if request in self._waiting:
            del self._waiting[request]
            self._budget.free()

    def timed_out(self, request: Request) -> BusyConnection:
        """Return the error of a request that has waited for longer than `queue_timeout`."""
        return BusyConnection(
            "no connection had room within queue_timeout; nothing was sent",
            host=self.host,
            hint="send fewer requests at once, or raise queue_timeout or the pool's maximum of connections",
        )
