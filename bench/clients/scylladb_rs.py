"""scylladb-rs-driver: the Rust driver's tokio threads behind PyO3; rows are dicts."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version

from bench.clients import harness
from bench.clients.works import (
    BATCH_SIZE,
    PAGE_SUM,
    VALUE,
    VECTOR_FIRST,
    VECTOR_SIZE,
    WIDE_INT_NAME,
    WIDE_NUMBER,
    WrongAnswer,
)

from scylla.batch import Batch, BatchType  # isort: skip  # after the harness, whose clock must have started
from scylla.enums import Consistency  # isort: skip
from scylla.execution_profile import ExecutionProfile  # isort: skip
from scylla.session_builder import SessionBuilder  # isort: skip


class ScylladbRs(harness.Client):
    version = version("scylladb-rs-driver")

    async def connect(self, hosts: list[str], port: int, protocol: int) -> None:
        profile = ExecutionProfile(consistency=Consistency.LocalOne)
        builder = SessionBuilder().contact_points([(host, port) for host in hosts]).execution_profile(profile)
        self.session = await builder.connect()

    async def prepare(self, statement: str) -> None:
        self.statement = await self.session.prepare(statement)

    async def read(self, keys: Iterator[int]) -> None:
        execute, statement = self.session.execute, self.statement
        for key in keys:
            row = next((await execute(statement, [key], paged=False)).iter_current_page())
            if row["k"] != key or row["v"] != VALUE:
                raise WrongAnswer(row)

    async def insert(self, keys: Iterator[int]) -> None:
        execute, statement = self.session.execute, self.statement
        for key in keys:
            await execute(statement, [key, VALUE], paged=False)

    async def page(self, keys: Iterator[int]) -> None:
        execute, statement = self.session.execute, self.statement
        for key in keys:
            result = await execute(statement, [key], paged=False)
            if sum([row["amount"] for row in result.iter_current_page()]) != PAGE_SUM:
                raise WrongAnswer

    async def batch(self, keys: Iterator[int]) -> None:
        for key in keys:
            batch = Batch(BatchType.Unlogged)
            batch.add_all([(self.statement, [key, i, VALUE]) for i in range(BATCH_SIZE)])
            await self.session.batch(batch)

    async def wide(self, keys: Iterator[int]) -> None:
        execute, statement = self.session.execute, self.statement
        for key in keys:
            row = next((await execute(statement, [key], paged=False)).iter_current_page())
            if row["k"] != key or row[WIDE_INT_NAME] != WIDE_NUMBER:
                raise WrongAnswer(row)

    async def vector(self, keys: Iterator[int]) -> None:
        execute, statement = self.session.execute, self.statement
        for key in keys:
            row = next((await execute(statement, [key], paged=False)).iter_current_page())
            if row["k"] != key or len(row["v"]) != VECTOR_SIZE or row["v"][0] != VECTOR_FIRST:
                raise WrongAnswer(row["k"])


if __name__ == "__main__":
    harness.main("scylladb-rs-driver", ScylladbRs())
