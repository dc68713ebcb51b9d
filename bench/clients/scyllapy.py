"""scyllapy: the Rust driver's threads behind a PyO3 wrapper; rows are dicts."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version

from bench.clients import harness
from bench.clients.works import (
    BATCH_SIZE,
    PAGE_SUM,
    VALUE,
    WIDE_INT_NAME,
    WIDE_NUMBER,
    WrongAnswer,
)

import scyllapy  # isort: skip  # after the harness, whose clock must have started


class Scyllapy(harness.Client):
    version = version("scyllapy")
    unable = {"vector": "does not know the type"}

    async def connect(self, hosts: list[str], port: int, protocol: int) -> None:
        profile = scyllapy.ExecutionProfile(consistency=scyllapy.Consistency.LOCAL_ONE)
        self.session = scyllapy.Scylla(
            [f"{host}:{port}" for host in hosts], default_execution_profile=profile
        )
        await self.session.startup()

    async def prepare(self, statement: str) -> None:
        self.statement = await self.session.prepare(statement)

    async def close(self) -> None:
        await self.session.shutdown()

    async def read(self, keys: Iterator[int]) -> None:
        execute, statement = self.session.execute, self.statement
        for key in keys:
            row = (await execute(statement, [key])).first()
            if row["k"] != key or row["v"] != VALUE:
                raise WrongAnswer(row)

    async def insert(self, keys: Iterator[int]) -> None:
        execute, statement = self.session.execute, self.statement
        for key in keys:
            await execute(statement, [key, VALUE])

    async def page(self, keys: Iterator[int]) -> None:
        execute, statement = self.session.execute, self.statement
        for key in keys:
            if sum([row["amount"] for row in (await execute(statement, [key])).all()]) != PAGE_SUM:
                raise WrongAnswer

    async def batch(self, keys: Iterator[int]) -> None:
        for key in keys:
            batch = scyllapy.Batch(scyllapy.BatchType.UNLOGGED)
            for _ in range(BATCH_SIZE):
                batch.add_query(self.statement)
            await self.session.batch(batch, [[key, i, VALUE] for i in range(BATCH_SIZE)])

    async def wide(self, keys: Iterator[int]) -> None:
        execute, statement = self.session.execute, self.statement
        for key in keys:
            row = (await execute(statement, [key])).first()
            if row["k"] != key or row[WIDE_INT_NAME] != WIDE_NUMBER:
                raise WrongAnswer(row)


if __name__ == "__main__":
    harness.main("scyllapy", Scyllapy())
