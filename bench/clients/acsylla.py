"""acsylla: the C++ driver's threads behind a Cython wrapper."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version

from bench.clients import harness
from bench.clients.works import (
    BATCH_SIZE,
    PAGE_ROWS,
    PAGE_SUM,
    VALUE,
    WIDE_INT,
    WIDE_NUMBER,
    WrongAnswer,
)

import acsylla  # isort: skip  # after the harness, whose clock must have started


class Acsylla(harness.Client):
    version = version("acsylla")
    unable = {"vector": "hands out the vector's bytes"}

    async def connect(self, hosts: list[str], port: int, protocol: int) -> None:
        cluster = acsylla.create_cluster(
            hosts,
            port=port,
            protocol_version=acsylla.ProtocolVersion.V4,
            consistency=acsylla.Consistency.LOCAL_ONE,
        )
        self.session = await cluster.create_session()

    async def prepare(self, statement: str) -> None:
        self.statement = await self.session.create_prepared(statement)

    async def close(self) -> None:
        await self.session.close()

    async def read(self, keys: Iterator[int]) -> None:
        execute, bind = self.session.execute, self.statement.bind
        for key in keys:
            k, v = (await execute(bind([key]))).first().as_tuple()
            if k != key or v != VALUE:
                raise WrongAnswer(k, v)

    async def insert(self, keys: Iterator[int]) -> None:
        execute, bind = self.session.execute, self.statement.bind
        for key in keys:
            await execute(bind([key, VALUE]))

    async def page(self, keys: Iterator[int]) -> None:
        execute, bind = self.session.execute, self.statement.bind
        for key in keys:
            result = await execute(bind([key], page_size=2 * PAGE_ROWS))
            if sum([amount for _, _, _, amount in [row.as_tuple() for row in result]]) != PAGE_SUM:
                raise WrongAnswer

    async def batch(self, keys: Iterator[int]) -> None:
        bind = self.statement.bind
        for key in keys:
            batch = acsylla.create_batch_unlogged()
            for i in range(BATCH_SIZE):
                batch.add_statement(bind([key, i, VALUE]))
            await self.session.execute_batch(batch)

    async def wide(self, keys: Iterator[int]) -> None:
        execute, bind = self.session.execute, self.statement.bind
        for key in keys:
            row = (await execute(bind([key]))).first().as_tuple()
            if row[0] != key or row[WIDE_INT] != WIDE_NUMBER:
                raise WrongAnswer(row)


if __name__ == "__main__":
    harness.main("acsylla", Acsylla())
