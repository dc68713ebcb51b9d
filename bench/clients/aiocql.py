"""This driver, as its documentation uses it: statements are texts, prepared and cached by the session itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bench.clients import harness
from bench.clients.works import (
    BATCH,
    BATCH_SIZE,
    INSERT,
    PAGE,
    PAGE_ROWS,
    PAGE_SUM,
    READ,
    VALUE,
    VECTOR,
    VECTOR_FIRST,
    VECTOR_SIZE,
    WIDE,
    WIDE_INT,
    WIDE_NUMBER,
    WrongAnswer,
)

import aiocql  # isort: skip  # after the harness, whose clock must have started


class Aiocql(harness.Client):
    version = aiocql.__version__
    session: Any

    async def connect(self, hosts: list[str], port: int, protocol: int) -> None:
        self.session = await aiocql.connect(*hosts, port=port, protocol_version=protocol)

    async def prepare(self, statement: str) -> None:
        await self.session.prepare(statement)

    async def close(self) -> None:
        await self.session.close()

    async def read(self, keys: Iterator[int]) -> None:
        execute = self.session.execute
        for key in keys:
            k, v = (await execute(READ, [key])).one()
            if k != key or v != VALUE:
                raise WrongAnswer(k, v)

    async def insert(self, keys: Iterator[int]) -> None:
        execute = self.session.execute
        for key in keys:
            await execute(INSERT, [key, VALUE])

    async def batch(self, keys: Iterator[int]) -> None:
        batch = self.session.batch
        for key in keys:
            await batch([(BATCH, [key, i, VALUE]) for i in range(BATCH_SIZE)], batch_type="unlogged")

    async def page(self, keys: Iterator[int]) -> None:
        execute = self.session.execute
        for key in keys:
            result = await execute(PAGE, [key], page_size=2 * PAGE_ROWS)
            if sum([row.amount for row in result.rows]) != PAGE_SUM:
                raise WrongAnswer

    async def wide(self, keys: Iterator[int]) -> None:
        execute = self.session.execute
        for key in keys:
            row = tuple((await execute(WIDE, [key])).one())
            if row[0] != key or row[WIDE_INT] != WIDE_NUMBER:
                raise WrongAnswer(row)

    async def vector(self, keys: Iterator[int]) -> None:
        execute = self.session.execute
        for key in keys:
            k, v = (await execute(VECTOR, [key])).one()
            if k != key or len(v) != VECTOR_SIZE or v[0] != VECTOR_FIRST:
                raise WrongAnswer(k)


if __name__ == "__main__":
    harness.main("aiocql", Aiocql())
