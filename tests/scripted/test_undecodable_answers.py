"""An answer whose value cannot be read fails its own request and nothing else."""

from __future__ import annotations

import asyncio

import pytest
from tests.scripted.in_memory import in_memory

import aiocql
from aiocql.testing import Raw, ScriptedServer

QUERY = "SELECT v FROM t WHERE k = ?"


@pytest.mark.fault(59)
@in_memory
async def test_session_goes_on_after_values_that_cannot_be_read() -> None:
    async with ScriptedServer() as server:
        server.prime(
            QUERY,
            bind=[("k", "int")],
            partition_key=[0],
            columns=[("v", "uuid")],
            rows=lambda request: [(Raw(b"no uuid" if request.bound["k"] % 2 else bytes(16)),)],
        )
        async with aiocql.connect(server.address, port=server.port) as session:
            answers = await asyncio.gather(
                *(session.execute(QUERY, [k]) for k in range(200)), return_exceptions=True
            )
            assert [isinstance(answer, aiocql.DecodeError) for answer in answers] == [False, True] * 100
            assert (await session.execute(QUERY, [0])).one().v.int == 0
        assert server.violations == []
        assert server.connection_count == len({request.connection for request in server.requests})


@in_memory
async def test_host_that_does_not_know_itself_is_refused() -> None:
    async with ScriptedServer() as server:
        server.node.overrides = {"host_id": None}
        with pytest.raises(aiocql.NoHostAvailable, match="no host_id"):
            await aiocql.connect(server.address, port=server.port)
