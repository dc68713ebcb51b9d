"""async-cassandra's session with a limit of requests at once: the driver's own limit, and its counters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiocql.compat.async_cassandra.base import AsyncContextManageable
from aiocql.compat.async_cassandra.result import AsyncResultSet
from aiocql.compat.async_cassandra.session import AsyncCassandraSession
from aiocql.compat.cassandra.query import BatchStatement, PreparedStatement

if TYPE_CHECKING:
    from aiocql.compat.async_cassandra.counting import CountedRequest
    from aiocql.compat.async_cassandra.streaming import AsyncStreamingResultSet
    from aiocql.compat.cassandra.profiles import ExecutionProfile
    from aiocql.execution.throttle_stats import ThrottleStats

__all__ = ["RateLimitedSession"]


class RateLimitedSession(AsyncContextManageable):
    """At most `max_concurrent` requests at once; up to `max_queue` others wait, first come first served.

    Each page and batch counts as one, and its timeout runs while it waits. One that finds no place to wait raises
    aiocql.RequestThrottled. ``session.stats().throttles`` of aiocql has this limit among all.
    """

    def __init__(
        self, session: AsyncCassandraSession, max_concurrent: int = 1000, *, max_queue: int = 10_000
    ) -> None:
        self.session = session
        self._limited = _Limited(session, max_concurrent, max_queue)

    async def execute(self, query: Any, parameters: Any = None, **kwargs: Any) -> AsyncResultSet:
        """`AsyncCassandraSession.execute`, when its turn has come."""
        return await self._limited.execute(query, parameters, **kwargs)

    async def execute_stream(
        self, query: Any, parameters: Any = None, **kwargs: Any
    ) -> AsyncStreamingResultSet:
        """`AsyncCassandraSession.execute_stream`; each of its pages when its turn has come."""
        return await self._limited.execute_stream(query, parameters, **kwargs)

    async def execute_batch(self, batch_statement: BatchStatement, **kwargs: Any) -> AsyncResultSet:
        """`AsyncCassandraSession.execute_batch`, when its turn has come."""
        return await self._limited.execute_batch(batch_statement, **kwargs)

    async def prepare(self, query: str, **kwargs: Any) -> PreparedStatement:
        """Prepares a statement, at once."""
        return await self.session.prepare(query, **kwargs)

    @property
    def limits(self) -> ThrottleStats:
        """The limit as aiocql sees it: who waits and how long they did, too."""
        return self._limited.limits

    @property
    def metrics(self) -> dict[str, int]:
        """What `get_metrics` gives."""
        return self.get_metrics()

    def get_metrics(self) -> dict[str, int]:
        """Requests let through so far, those under way, and those that found no place to wait."""
        limits = self.limits
        return {
            "total_requests": limits.admitted,
            "active_requests": limits.active,
            "rejected_requests": limits.refused,
        }

    async def close(self) -> None:
        """Closes the session."""
        await self.session.close()


class _Limited(AsyncCassandraSession):
    """The session, whose requests go through a limit: settings and counters are those of the session itself."""

    def __init__(self, whole: AsyncCassandraSession, max_concurrent: int, max_queue: int) -> None:
        view: Any = whole._session.rate_limited(max_concurrent, max_queue=max_queue)
        super().__init__(view, cluster=whole._cluster)
        self._whole = whole
        self._view = view

    @property
    def limits(self) -> ThrottleStats:
        found: ThrottleStats = self._view.limits
        return found

    def _profile(self, profile: Any) -> ExecutionProfile:
        return self._whole._profile(profile)

    def _request(self, query: Any, parameters: Any) -> CountedRequest:
        return self._whole._request(query, parameters)
