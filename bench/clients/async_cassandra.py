"""async-cassandra: the official driver behind coroutines, with metrics off as it comes.

An answer without rows that is there before its caller waits gets lost in 0.0.1 (an empty result counts as none), and
the caller waits until the timeout: with a fast server, inserts fail.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version

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

from async_cassandra import AsyncCluster  # isort: skip  # after the harness, whose clock must have started
from cassandra.policies import DCAwareRoundRobinPolicy, TokenAwarePolicy  # isort: skip
from cassandra.query import BatchStatement, BatchType, PreparedStatement  # isort: skip


class AsyncCassandra(harness.Client):
    version = version("async-cassandra")
    statement: PreparedStatement

    async def connect(self, hosts: list[str], port: int, protocol: int) -> None:
        policy = TokenAwarePolicy(DCAwareRoundRobinPolicy(local_dc="dc1"))
        self.cluster = AsyncCluster(hosts, port=port, protocol_version=protocol, load_balancing_policy=policy)
        self.session = await self.cluster.connect()

    async def prepare(self, statement: str) -> None:
        self.statement = await self.session.prepare(statement)
        self.statement.fetch_size = 2 * PAGE_ROWS

    async def close(self) -> None:
        await self.session.close()
        await self.cluster.shutdown()

    async def read(self, keys: Iterator[int]) -> None:
        for key in keys:
            row = (await self.session.execute(self.statement, [key])).one()
            if row.k != key or row.v != VALUE:
                raise WrongAnswer(row)

    async def insert(self, keys: Iterator[int]) -> None:
        for key in keys:
            await self.session.execute(self.statement, [key, VALUE])

    async def page(self, keys: Iterator[int]) -> None:
        for key in keys:
            result = await self.session.execute(self.statement, [key])
            if sum([row.amount for row in result.rows]) != PAGE_SUM:
                raise WrongAnswer

    async def batch(self, keys: Iterator[int]) -> None:
        for key in keys:
            batch = BatchStatement(BatchType.UNLOGGED)
            for i in range(BATCH_SIZE):
                batch.add(self.statement, [key, i, VALUE])
            await self.session.execute_batch(batch)

    async def wide(self, keys: Iterator[int]) -> None:
        for key in keys:
            row = (await self.session.execute(self.statement, [key])).one()
            if row[0] != key or row[WIDE_INT] != WIDE_NUMBER:
                raise WrongAnswer(row)

    async def vector(self, keys: Iterator[int]) -> None:
        for key in keys:
            row = (await self.session.execute(self.statement, [key])).one()
            if row.k != key or len(row.v) != VECTOR_SIZE or row.v[0] != VECTOR_FIRST:
                raise WrongAnswer(row.k)


if __name__ == "__main__":
    harness.main("async-cassandra", AsyncCassandra())
