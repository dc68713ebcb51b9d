"""The compiled core alone, as a limit: encode, multiplex, decode, complete futures, on one connection."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from bench.clients import harness
from bench.clients.works import PAGE_SUM, VALUE, VECTOR_FIRST, VECTOR_SIZE, WIDE_INT, WIDE_NUMBER, WrongAnswer

import aiocql  # isort: skip  # after the harness, whose clock must have started
from aiocql.protocol.requests import QueryParameters  # isort: skip
from bench.core.bare import Caller  # isort: skip
from bench.core.link import open_link  # isort: skip


class Core(harness.Client):
    version = aiocql.__version__
    unable = {"batch": "the core does not make batches"}

    async def connect(self, hosts: list[str], port: int, protocol: int) -> None:
        self.session = await aiocql.connect(hosts[0], port=port, protocol_version=protocol)
        self.link = await open_link(hosts[0], port, protocol)

    async def prepare(self, statement: str) -> None:
        prepared = await self.session.prepare(statement)
        await self.session.close()
        parameters = QueryParameters(skip_metadata=bool(prepared.result_columns), page_size=5001)
        self.execute = Caller(self.link.core, prepared, parameters, asyncio.get_running_loop()).execute

    async def close(self) -> None:
        self.link.close()

    async def read(self, keys: Iterator[int]) -> None:
        for key in keys:
            k, v = (await self.execute([key])).rows[0]
            if k != key or v != VALUE:
                raise WrongAnswer(k, v)

    async def insert(self, keys: Iterator[int]) -> None:
        for key in keys:
            await self.execute([key, VALUE])

    async def page(self, keys: Iterator[int]) -> None:
        for key in keys:
            if sum([amount for _, _, _, amount in (await self.execute([key])).rows]) != PAGE_SUM:
                raise WrongAnswer

    async def wide(self, keys: Iterator[int]) -> None:
        for key in keys:
            row = (await self.execute([key])).rows[0]
            if row[0] != key or row[WIDE_INT] != WIDE_NUMBER:
                raise WrongAnswer(row)

    async def vector(self, keys: Iterator[int]) -> None:
        for key in keys:
            k, v = (await self.execute([key])).rows[0]
            if k != key or len(v) != VECTOR_SIZE or v[0] != VECTOR_FIRST:
                raise WrongAnswer(k)


if __name__ == "__main__":
    harness.main("compiled core alone", Core())
