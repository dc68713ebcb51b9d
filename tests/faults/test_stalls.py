"""Row 9: a server that stops reading. Writing pauses, what waits is bounded, and all goes on afterwards."""

from __future__ import annotations

import asyncio

import pytest
from tests.plugins.canary import VALUE
from tests.plugins.fault_table import Record
from tests.scripted.in_memory import in_memory

import aiocql
from aiocql.testing import FaultProxy, ScriptedServer, Stall

pytestmark = pytest.mark.fault(9)

INSERT = "INSERT INTO t (k, v) VALUES (?, ?)"
LARGE = "x" * 50_000


@in_memory
async def test_what_a_server_does_not_read_waits_or_ends_in_time_and_goes_on_afterwards(
    record_property: Record,
) -> None:
    async with ScriptedServer() as server, FaultProxy(server.address, server.port) as proxy:
        server.node.port = proxy.port
        server.prime(INSERT, bind=[("k", "int"), ("v", "text")], partition_key=[0])
        pool = aiocql.PoolOptions(core_local=1, max_local=1, max_requests_per_connection=64, max_queue=100)
        async with aiocql.connect(
            proxy.address, port=proxy.port, pool=pool, heartbeat_interval=None
        ) as session:
            await session.execute(INSERT, [0, VALUE])
            stall = proxy.add(Stall(), "to_server", connection=2)
            tasks = [
                asyncio.create_task(session.execute(INSERT, [k, LARGE], timeout=3.0)) for k in range(120)
            ]
            await asyncio.sleep(1)
            [host] = session.stats().hosts
            assert not host.connections[0].is_writable
            in_flight, waiting = host.in_flight, host.waiting
            assert in_flight < 64, "it stopped sending when writing was paused"
            assert 0 < waiting <= 100
            outcomes = await asyncio.gather(*tasks, return_exceptions=True)
            assert {type(outcome) for outcome in outcomes} <= {
                aiocql.OperationTimedOut,
                aiocql.BusyConnection,
            }
            proxy.remove(stall)
            async with asyncio.timeout(60):
                while session.stats().in_flight:  # noqa: ASYNC110  # in virtual time
                    await asyncio.sleep(0.1)
            await session.execute(INSERT, [1, LARGE])
            assert session.stats().waiting == 0
    record_property(
        "seen",
        f"of 120 requests of 50 kB {in_flight} were being written and {waiting} waited, at most 64 and 100",
    )


@in_memory
async def test_one_that_reads_again_in_time_has_lost_nothing() -> None:
    async with ScriptedServer() as server, FaultProxy(server.address, server.port) as proxy:
        server.node.port = proxy.port
        insert = server.prime(INSERT, bind=[("k", "int"), ("v", "text")], partition_key=[0])
        async with aiocql.connect(proxy.address, port=proxy.port) as session:
            await session.execute(INSERT, [0, VALUE])
            stall = proxy.add(Stall(), "to_server", connection=2)
            tasks = [asyncio.create_task(session.execute(INSERT, [k, LARGE])) for k in range(1, 101)]
            await asyncio.sleep(2)
            assert not any(task.done() for task in tasks)
            proxy.remove(stall)
            await asyncio.gather(*tasks)
            assert insert.count == 101


def test_the_limit_is_one_of_the_options() -> None:
    with pytest.raises(aiocql.ConfigurationError):
        aiocql.PoolOptions(max_queue=-1)
