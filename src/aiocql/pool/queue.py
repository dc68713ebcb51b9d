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
    from aiocql.wire.request import Request

__all__ = ["QueueBudget", "RequestQueue"]


class QueueBudget:
    """How many requests may wait in a session, over all hosts, and how long.

    `watch` is called with each request that begins to wait: it sets the deadline of `queue_timeout`.
    """

    __slots__ = ("limit", "refused", "waiting", "watch")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.waiting = 0
        self.refused = 0
        self.watch: Callable[[Request], None] | None = None


class RequestQueue:
    """The requests that wait for one host."""

    __slots__ = ("_budget", "_waiting", "host")

    def __init__(self, host: Any, budget: QueueBudget) -> None:
        self.host = host
        self._budget = budget
        self._waiting: OrderedDict[Request, None] = OrderedDict()

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, request: Request) -> None:
        """The request waits, behind all others. Raises BusyConnection where the session's places are all taken."""
        budget = self._budget
        if budget.waiting >= budget.limit:
            budget.refused += 1
            raise BusyConnection(
                f"every connection is at its high watermark and {budget.waiting} requests wait already (max_queue)",
                host=self.host,
                hint="send fewer requests at once, or raise max_queue or the pool's maximum of connections",
            )
        budget.waiting += 1
        self._waiting[request] = None
        request.enqueue(self)
        if budget.watch is not None:
            budget.watch(request)

    def pop(self) -> Request:
        """The one that waits longest."""
        request, _ = self._waiting.popitem(last=False)
        self._budget.waiting -= 1
        request.dequeue()
        return request

    def left(self, request: Request) -> None:
        """The request was given up while it waited: its place is free."""
        if request in self._waiting:
            del self._waiting[request]
            self._budget.waiting -= 1
