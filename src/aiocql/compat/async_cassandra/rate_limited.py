"""async-cassandra's session with a limit of requests at once."""

from __future__ import annotations

import asyncio
from typing import Any

from aiocql.compat.async_cassandra.base import AsyncContextManageable
from aiocql.compat.async_cassandra.result import AsyncResultSet
from aiocql.compat.async_cassandra.session import AsyncCassandraSession
from aiocql.compat.cassandra.query import BatchStatement, PreparedStatement

__all__ = ["RateLimitedSession"]


class RateLimitedSession(AsyncContextManageable):
    """At most `max_concurrent` requests at once; the others wait, first come first served."""

    def __init__(self, session: AsyncCassandraSession, max_concurrent: int = 1000) -> None:
        self.session = session
        self.semaphore = asyncio.Semaphore(max_concurrent)
        self.metrics = {"total_requests": 0, "active_requests": 0, "rejected_requests": 0}

    async def execute(self, query: Any, parameters: Any = None, **kwargs: Any) -> AsyncResultSet:
        """`AsyncCassandraSession.execute`, when its turn has come."""
        async with self.semaphore:
            self.metrics["total_requests"] += 1
            self.metrics["active_requests"] += 1
            try:
                return await self.session.execute(query, parameters, **kwargs)
            finally:
                self.metrics["active_requests"] -= 1

    async def execute_batch(self, batch_statement: BatchStatement, **kwargs: Any) -> AsyncResultSet:
        """`AsyncCassandraSession.execute_batch`, when its turn has come."""
        return await self.execute(batch_statement, **kwargs)

    async def prepare(self, query: str, **kwargs: Any) -> PreparedStatement:
        """Prepares a statement, at once."""
        return await self.session.prepare(query, **kwargs)

    def get_metrics(self) -> dict[str, int]:
        """Requests so far, and those under way. None is rejected: they wait."""
        return self.metrics.copy()

    async def close(self) -> None:
        """Closes the session."""
        await self.session.close()
