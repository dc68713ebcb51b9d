"""What n connections carry, in virtual time: nothing of the driver's own stands between them and the formula."""

from __future__ import annotations

import asyncio

import pytest
from tests.scripted.in_memory import in_memory
from tests.scripted.scripted_sessions import SELECT, prime_table

import aiocql
from aiocql.testing import Opcode, ReceivedRequest, Rows, ScriptedServer

DELAY, HIGH_MARK, TURNS = 0.005, 51, 10


def is_execute(request: ReceivedRequest) -> bool:
    return request.opcode is Opcode.EXECUTE


@pytest.mark.parametrize("connections", [1, 2, 4, 8])
@in_memory
async def test_connections_times_requests_in_flight_over_latency(connections: int) -> None:
    """64 requests a connection, each at its high mark of 51, answers after 5 ms: n x 51 requests every 5 ms."""
    pool = aiocql.PoolOptions(core_local=connections, max_local=connections, max_requests_per_connection=64)
    async with ScriptedServer() as server:
        prime_table(server)
        async with aiocql.connect((server.address, server.port), pool=pool) as session:
            await session.prepare(SELECT)
            await session.warm_up()
            server.keep_requests = False
            server.prime(is_execute, Rows([("v", "text")], [("x",)], delay=DELAY))
            loop = asyncio.get_running_loop()
            start, done = loop.time(), 0

            async def work() -> None:
                nonlocal done
                for _ in range(TURNS):
                    await session.execute(SELECT, [1])
                    done += 1

            await asyncio.gather(*(work() for _ in range(connections * HIGH_MARK)))
            assert done / (loop.time() - start) >= 0.9 * connections * HIGH_MARK / DELAY
            host = session.stats().hosts[0]
            assert host.high_in_flight == 0
            spread = [each.requests for each in host.connections]
            assert max(spread) - min(spread) <= HIGH_MARK
