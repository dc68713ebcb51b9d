"""What becomes of requests and pools when connections are lost, half-open or silent; in virtual time."""

from __future__ import annotations

import asyncio
import socket

import pytest
from tests import internals
from tests.plugins.fault_table import Record
from tests.scripted.in_memory import in_memory
from tests.scripted.pool.held import QUERY, prime

import aiocql
from aiocql.testing.server.answers import NoAnswer
from aiocql.testing.server.scripted_cluster import ScriptedCluster
from aiocql.testing.server.scripted_server import ScriptedServer

INSERT = "INSERT INTO t (k) VALUES (?)"


@pytest.mark.fault(14)
@in_memory
async def test_an_answer_to_nobody_closes_the_connection_and_nobody_else_gets_it() -> None:
    async with ScriptedServer() as server:
        prime(server)
        server.prime("SELECT stray FROM t", columns=[("v", "int")], rows=[(666,)], stream=77, times=1)
        async with aiocql.connect((server.address, server.port)) as session:
            with pytest.raises(aiocql.ConnectionLost):
                await session.execute("SELECT stray FROM t", idempotent=False)
            await server.until(lambda: session.stats().open_connections == 1)
            assert (await session.execute(QUERY, [5])).one() == (5,)


@pytest.mark.fault(4, 36)
@in_memory
async def test_a_late_answer_never_reaches_another_request() -> None:
    async with ScriptedServer() as server:
        prime(server, delay=1.0)
        async with aiocql.connect((server.address, server.port)) as session:
            with pytest.raises(aiocql.OperationTimedOut):
                await session.execute(QUERY, [1], timeout=0.5)
            assert session.stats().hosts[0].orphans == 1
            assert (await session.execute(QUERY, [2])).one() == (2,)
            assert session.stats().hosts[0].orphans == 0


@pytest.mark.fault(41)
@in_memory
async def test_a_statement_that_is_not_idempotent_is_sent_once() -> None:
    async with ScriptedServer() as server:
        insert = server.prime(INSERT, bind=[("k", "int")], partition_key=[0], close="reset")
        async with aiocql.connect((server.address, server.port)) as session:
            with pytest.raises(aiocql.ConnectionLost) as caught:
                await session.execute(INSERT, [1])
            assert insert.count == 1
            assert caught.value.maybe_sent
            assert len(caught.value.attempts) == 1
            told = str(caught.value)
            assert f"{server.address}:{server.port}" in told
            assert INSERT in told
            assert "may have carried it out" in str(caught.value.hint)


@pytest.mark.fault(1)
@in_memory
async def test_an_idempotent_statement_goes_to_the_next_host() -> None:
    async with ScriptedCluster(3) as cluster:
        for node in cluster.nodes:
            prime(node)
        prime_once = [
            node.prime(
                QUERY,
                bind=[("k", "int")],
                partition_key=[0],
                columns=[("v", "int")],
                close="reset",
                times=1,
            )
            for node in cluster.nodes[:1]
        ]
        async with aiocql.connect((cluster.nodes[1].address, cluster.nodes[1].port)) as session:
            await session.warm_up()
            results = [await session.execute(QUERY, [key]) for key in range(30)]
            assert [result.one()[0] for result in results] == list(range(30))
            assert prime_once[0].count == 1
            assert sum(len(result.attempts) for result in results) == 1


@pytest.mark.fault(2, 46)
@in_memory
async def test_a_half_open_connection_is_noticed_with_requests_in_flight(record_property: Record) -> None:
    loop = asyncio.get_running_loop()
    async with ScriptedServer() as server:
        server.prime(INSERT, NoAnswer(), bind=[("k", "int")])
        async with aiocql.connect(
            (server.address, server.port),
            request_timeout=60.0,
            heartbeat_interval=10.0,
            heartbeat_timeout=2.0,
        ) as session:
            await session.prepare(INSERT)
            start = loop.time()
            request = loop.create_task(session.execute(INSERT, [1]))
            await asyncio.sleep(1)
            server.pause_reading()
            with pytest.raises(aiocql.HeartbeatFailed):
                await request
            assert loop.time() - start < 14
            noticed = loop.time() - start
            server.resume_reading()
            await server.until(lambda: session.stats().open_connections == 1)
    record_property(
        "seen", f"silence noticed after {noticed:.1f} s, by a heartbeat every 10 s of at most 2 s"
    )


@pytest.mark.fault(4)
@in_memory
async def test_attempt_timeout_moves_an_idempotent_request_on() -> None:
    async with ScriptedCluster(2) as cluster:
        silent, other = cluster.nodes
        prime(other)
        silent.prime(QUERY, NoAnswer(), bind=[("k", "int")], partition_key=[0], columns=[("v", "int")])
        async with aiocql.connect(
            (other.address, other.port), attempt_timeout=0.5, request_timeout=5.0
        ) as session:
            await session.warm_up()
            results = [await session.execute(QUERY, [key]) for key in range(10)]
            assert [result.one()[0] for result in results] == list(range(10))
            assert {result.coordinator.endpoint for result in results} == {f"{other.address}:{other.port}"}
            assert any(result.attempts for result in results)


@in_memory
async def test_reconnection_is_at_once_then_1_2_4_seconds() -> None:
    loop = asyncio.get_running_loop()
    async with ScriptedServer() as server:
        prime(server)
        async with aiocql.connect((server.address, server.port)) as session:
            await server.stop()
            await asyncio.sleep(0.1)
            host = session.hosts[0]
            assert not host.is_up
            assert host.is_reconnecting
            with pytest.raises(aiocql.NoHostAvailable, match="cannot connect"):
                await session.execute(QUERY, [1])
            await asyncio.sleep(9)
            start = loop.time()
            await server.start()
            await server.until(lambda: host.is_up)
            assert loop.time() - start < 9
            assert (await session.execute(QUERY, [3])).one() == (3,)
            assert not host.is_reconnecting


@pytest.mark.fault(50)
@in_memory
async def test_a_host_comes_back_after_an_earlier_loss_that_needed_no_replacement() -> None:
    async with ScriptedServer() as server:
        prime(server)
        async with aiocql.connect((server.address, server.port)) as session:
            await session.warm_up(2)
            assert session.stats().open_connections == 2
            server.connections[-1].close()
            await server.until(lambda: session.stats().open_connections == 1)
            await asyncio.sleep(5)
            assert not session.hosts[0].is_reconnecting
            await server.stop()
            await asyncio.sleep(0.5)
            await server.start()
            await server.until(lambda: session.hosts[0].is_up and session.stats().open_connections == 1)
            assert (await session.execute(QUERY, [3])).one() == (3,)


@pytest.mark.fault(25)
@pytest.mark.parametrize("seconds", [1.0, 10.0, 30.0, 60.0])
@in_memory
async def test_a_blocked_loop_does_not_fail_everything_on_waking(
    seconds: float, record_property: Record
) -> None:
    loop = asyncio.get_running_loop()
    async with ScriptedServer() as server:
        prime(server, delay=0.5)
        async with aiocql.connect((server.address, server.port), request_timeout=0.8) as session:
            await session.prepare(QUERY)
            tasks = [loop.create_task(session.execute(QUERY, [key])) for key in range(50)]
            await asyncio.sleep(0.1)
            loop.jump(seconds)  # type: ignore[attr-defined]
            assert [(await task).one()[0] for task in tasks] == list(range(50))
            assert session.stats().open_connections == 1
            assert server.connection_count == 2, "no heartbeat took it for a failure"
    record_property(
        "seen", (len(tasks), "answers that were there when a blocked loop woke, all of them taken")
    )


@pytest.mark.fault(31)
@in_memory
async def test_close_fails_what_is_in_flight_and_refuses_what_comes() -> None:
    loop = asyncio.get_running_loop()
    async with ScriptedServer() as server:
        prime(server, hold=True)
        session = await aiocql.connect((server.address, server.port))
        task = loop.create_task(session.execute(QUERY, [1]))
        await server.until(lambda: len(server.held) == 1)
        await session.close()
        with pytest.raises(aiocql.Error):
            await task
        with pytest.raises(aiocql.SessionClosed):
            await session.execute(QUERY, [2])
        await session.close()


async def test_a_failed_write_closes_the_connection_at_once() -> None:
    """Nobody waits for an answer to what could not be sent, nor for a heartbeat to find out. Real sockets."""
    async with ScriptedServer() as server:
        prime(server)
        insert = server.prime(INSERT, bind=[("k", "int")], partition_key=[0])
        async with aiocql.connect((server.address, server.port), heartbeat_interval=None) as session:
            await session.execute(INSERT, [1])
            (pool,) = internals.pools(session).values()
            (broken,) = pool.connections
            broken.transport.get_extra_info("socket").shutdown(socket.SHUT_WR)
            with pytest.raises(aiocql.ConnectionLost, match="Broken pipe"):
                await session.execute(INSERT, [2], timeout=30)
            assert broken.transport is None
            assert broken not in pool.connections
            assert insert.count == 1
            await server.until(lambda: session.stats().open_connections == 1)
            assert (await session.execute(QUERY, [5])).one() == (5,)
