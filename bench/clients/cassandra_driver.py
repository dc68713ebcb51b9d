"""cassandra-driver, its callbacks brought into the event loop as asyncio futures."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

from bench.clients import harness
from bench.clients.works import (
    BATCH_SIZE,
    PAGE_ROWS,
    PAGE_SUM,
    VALUE,
    VECTOR_FIRST,
    VECTOR_SIZE,
    WIDE_INT,
    WIDE_NUMBER,
    WrongAnswer,
)

import cassandra  # isort: skip  # after the harness, whose clock must have started
from cassandra import ConsistencyLevel  # isort: skip
from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile, ResponseFuture  # isort: skip
from cassandra.policies import DCAwareRoundRobinPolicy, TokenAwarePolicy  # isort: skip
from cassandra.query import BatchStatement, BatchType, PreparedStatement  # isort: skip


def profile() -> ExecutionProfile:
    return ExecutionProfile(
        load_balancing_policy=TokenAwarePolicy(DCAwareRoundRobinPolicy(local_dc="dc1")),
        consistency_level=ConsistencyLevel.LOCAL_ONE,
    )


def _settle(future: asyncio.Future[Any], rows: Any, error: BaseException | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(rows)
    else:
        future.set_exception(error)


def as_future(loop: asyncio.AbstractEventLoop, answer: ResponseFuture) -> asyncio.Future[Any]:
    """The rows of an answer as a future of `loop`: the driver calls back on its own thread."""
    future = loop.create_future()
    answer.add_callbacks(
        lambda rows: loop.call_soon_threadsafe(_settle, future, rows, None),
        lambda error: loop.call_soon_threadsafe(_settle, future, None, error),
    )
    return future


class CassandraDriver(harness.Client):
    version = cassandra.__version__
    statement: PreparedStatement

    async def connect(self, hosts: list[str], port: int, protocol: int) -> None:
        self.loop = asyncio.get_running_loop()
        self.cluster = Cluster(
            hosts, port=port, protocol_version=protocol, execution_profiles={EXEC_PROFILE_DEFAULT: profile()}
        )
        self.session = await self.loop.run_in_executor(None, self.cluster.connect)
        self.session.default_fetch_size = 2 * PAGE_ROWS

    async def prepare(self, statement: str) -> None:
        self.statement = await self.loop.run_in_executor(None, self.session.prepare, statement)

    async def close(self) -> None:
        await self.loop.run_in_executor(None, self.cluster.shutdown)

    async def _rows(self, statement: Any, values: list[object] | None = None) -> list[Any]:
        rows: list[Any] = await as_future(self.loop, self.session.execute_async(statement, values))
        return rows

    async def read(self, keys: Iterator[int]) -> None:
        for key in keys:
            row = (await self._rows(self.statement, [key]))[0]
            if row.k != key or row.v != VALUE:
                raise WrongAnswer(row)

    def sequence(self, keys: Iterator[int]) -> None:
        """One request after the other, as the driver is used without asyncio."""
        execute, statement = self.session.execute, self.statement
        for key in keys:
            if execute(statement, [key]).one().k != key:
                raise WrongAnswer(key)

    async def insert(self, keys: Iterator[int]) -> None:
        for key in keys:
            await self._rows(self.statement, [key, VALUE])

    async def page(self, keys: Iterator[int]) -> None:
        for key in keys:
            if sum([row.amount for row in await self._rows(self.statement, [key])]) != PAGE_SUM:
                raise WrongAnswer

    async def batch(self, keys: Iterator[int]) -> None:
        for key in keys:
            batch = BatchStatement(BatchType.UNLOGGED)
            for i in range(BATCH_SIZE):
                batch.add(self.statement, [key, i, VALUE])
            await self._rows(batch)

    async def wide(self, keys: Iterator[int]) -> None:
        for key in keys:
            row = (await self._rows(self.statement, [key]))[0]
            if row[0] != key or row[WIDE_INT] != WIDE_NUMBER:
                raise WrongAnswer(row)

    async def vector(self, keys: Iterator[int]) -> None:
        for key in keys:
            row = (await self._rows(self.statement, [key]))[0]
            if row.k != key or len(row.v) != VECTOR_SIZE or row.v[0] != VECTOR_FIRST:
                raise WrongAnswer(row.k)


if __name__ == "__main__":
    harness.main("cassandra-driver", CassandraDriver())
