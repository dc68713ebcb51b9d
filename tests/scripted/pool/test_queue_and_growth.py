"""Pools under load: growth at the high mark, waiting in order, limits, shrinking; in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from tests.scripted.pool.held import QUERY, answers, ask, prime

import aiocql
from aiocql.testing.loop.memory_loop import MemoryLoop
from aiocql.testing.loop.virtual_time import run_virtual
from aiocql.testing.server.scripted_server import ScriptedServer


def scripted(
    scenario: Callable[[ScriptedServer, aiocql.Session], Awaitable[None]],
    *,
    request_timeout: float | None = 10.0,
    **pool: Any,
) -> None:
    """Runs a scenario with one scripted node, whose answers are held until released, and a session with this pool."""

    async def main() -> None:
        async with ScriptedServer() as server:
            prime(server, hold=True)
            options = aiocql.PoolOptions(**pool)
            async with aiocql.connect(
                (server.address, server.port), pool=options, request_timeout=request_timeout
            ) as session:
                await session.prepare(QUERY)
                await scenario(server, session)
                server.release()
            assert server.violations == []

    run_virtual(main, loop_factory=MemoryLoop)


def only_pool(session: aiocql.Session) -> aiocql.monitoring.stats.HostStats:
    return session.stats().hosts[0]


def test_a_pool_grows_when_all_connections_are_at_the_high_mark() -> None:
    async def scenario(server: ScriptedServer, session: aiocql.Session) -> None:
        tasks = [ask(session, key) for key in range(8)]
        await server.until(lambda: len(server.held) == 8)
        assert len(only_pool(session).connections) == 1
        tasks.append(ask(session, 8))
        await server.until(lambda: len(server.held) == 9)
        assert [each.in_flight for each in only_pool(session).connections] == [8, 1]
        tasks += [ask(session, key) for key in range(9, 40)]
        await server.until(lambda: len(server.held) == 24)
        await asyncio.sleep(1)
        assert len(only_pool(session).connections) == 3
        assert session.stats().waiting == 16
        assert await answers(server, tasks) == list(range(40))
        assert session.stats().waiting == 0

    scripted(scenario, max_local=3, max_requests_per_connection=10)


@pytest.mark.fault(62)
def test_those_who_wait_are_served_in_the_order_of_their_coming() -> None:
    async def scenario(server: ScriptedServer, session: aiocql.Session) -> None:
        done: list[int] = []
        tasks = [ask(session, key) for key in range(20)]
        for key, task in enumerate(tasks):
            task.add_done_callback(lambda _, key=key: done.append(key))
        await server.until(lambda: len(server.held) == 8)
        assert await answers(server, tasks) == list(range(20))
        assert done == list(range(20))

    scripted(scenario, max_local=1, max_requests_per_connection=10)


def test_waiting_ends_at_the_low_mark_not_before() -> None:
    async def scenario(server: ScriptedServer, session: aiocql.Session) -> None:
        tasks = [ask(session, key) for key in range(9)]
        await server.until(lambda: len(server.held) == 8)
        for _ in range(2):
            server.held[0].release()
            del server.held[0]
        await asyncio.sleep(0.1)
        assert session.stats().waiting == 1
        server.held[0].release()
        del server.held[0]
        await asyncio.sleep(0.1)
        assert session.stats().waiting == 0
        await answers(server, tasks)

    scripted(scenario, max_local=1, max_requests_per_connection=10)


@pytest.mark.fault(15)
def test_beyond_the_queue_a_request_is_refused_and_the_error_says_which_limit() -> None:
    async def scenario(server: ScriptedServer, session: aiocql.Session) -> None:
        tasks = [ask(session, key) for key in range(11)]
        await server.until(lambda: len(server.held) == 8)
        with pytest.raises(aiocql.BusyConnection, match="max_queue"):
            await session.execute(QUERY, [99])
        assert session.stats().refused == 1
        assert await answers(server, tasks) == list(range(11))
        after = [ask(session, 100)]
        assert await answers(server, after) == [100]

    scripted(scenario, max_local=1, max_requests_per_connection=10, max_queue=3)


@pytest.mark.fault(62)
def test_a_cancelled_waiter_frees_its_place_once() -> None:
    async def scenario(server: ScriptedServer, session: aiocql.Session) -> None:
        tasks = [ask(session, key) for key in range(11)]
        await server.until(lambda: len(server.held) == 8)
        assert session.stats().waiting == 3
        tasks[9].cancel()
        await asyncio.wait([tasks[9]])
        assert tasks[9].cancelled()
        assert session.stats().waiting == 2
        del tasks[9]
        assert await answers(server, tasks) == [*range(9), 10]
        assert session.stats().waiting == 0
        assert server.count(QUERY) <= 11

    scripted(scenario, max_local=1, max_requests_per_connection=10)


def test_the_time_in_the_queue_counts() -> None:
    async def scenario(server: ScriptedServer, session: aiocql.Session) -> None:
        loop = asyncio.get_running_loop()
        tasks = [ask(session, key) for key in range(9)]
        start = loop.time()
        with pytest.raises(aiocql.OperationTimedOut, match="room"):
            await tasks[8]
        assert loop.time() - start == pytest.approx(10.0, abs=0.1)
        assert session.stats().waiting == 0
        outcomes = await asyncio.gather(*tasks[:8], return_exceptions=True)
        assert {type(each) for each in outcomes} == {aiocql.OperationTimedOut}
        # Eight orphans are too many for ten streams: the connection was replaced.
        await server.until(lambda: server.connection_count == 3)
        assert await answers(server, [ask(session, 42)]) == [42]
        assert only_pool(session).orphans == 0

    scripted(scenario, max_local=1, max_requests_per_connection=10)


def test_queue_timeout_is_an_own_limit() -> None:
    async def scenario(server: ScriptedServer, session: aiocql.Session) -> None:
        tasks = [ask(session, key) for key in range(9)]
        with pytest.raises(aiocql.BusyConnection, match="queue_timeout"):
            await tasks.pop()
        assert asyncio.get_running_loop().time() < 2
        assert await answers(server, tasks) == list(range(8))

    scripted(scenario, max_local=1, max_requests_per_connection=10, queue_timeout=1.0)


@pytest.mark.fault(54)
def test_an_idle_pool_shrinks_to_its_core() -> None:
    async def scenario(server: ScriptedServer, session: aiocql.Session) -> None:
        tasks = [ask(session, key) for key in range(24)]
        await server.until(lambda: len(server.held) == 24)
        assert len(only_pool(session).connections) == 3
        await answers(server, tasks)
        await asyncio.sleep(31)
        assert len(only_pool(session).connections) == 3
        await asyncio.sleep(35)
        assert len(only_pool(session).connections) == 1
        assert await answers(server, [ask(session, 7)]) == [7]

    scripted(scenario, max_local=3, max_requests_per_connection=10, idle_timeout=30.0)


@pytest.mark.fault(15)
def test_a_gather_of_ten_thousand_on_one_host_is_served() -> None:
    async def main() -> None:
        async with ScriptedServer() as server:
            server.keep_requests = False
            prime(server, keep=False)
            async with aiocql.connect((server.address, server.port), request_timeout=None) as session:
                results = await asyncio.gather(*(session.execute(QUERY, [key]) for key in range(10_000)))
                assert [result.rows[0][0] for result in results] == list(range(10_000))
                assert len(only_pool(session).connections) > 1

    run_virtual(main, loop_factory=MemoryLoop)


def test_sizes_change_on_a_live_session() -> None:
    async def scenario(server: ScriptedServer, session: aiocql.Session) -> None:
        session.set_core_connections_per_host(aiocql.HostDistance.LOCAL, 3)
        await server.until(lambda: len(only_pool(session).connections) == 3)
        session.set_core_connections_per_host(aiocql.HostDistance.LOCAL, 1)
        session.set_max_connections_per_host(aiocql.HostDistance.LOCAL, 2)
        await asyncio.sleep(0.1)
        assert len(only_pool(session).connections) == 2
        with pytest.raises(aiocql.ConfigurationError, match="max_local"):
            session.set_core_connections_per_host(aiocql.HostDistance.LOCAL, 5)

    scripted(scenario, max_local=3, max_requests_per_connection=10)


@pytest.mark.parametrize("distance", [aiocql.HostDistance.IGNORED, "NEAR", None])
def test_sizes_are_those_of_hosts_that_have_a_pool(distance: Any) -> None:
    async def scenario(server: ScriptedServer, session: aiocql.Session) -> None:
        for change in (session.set_core_connections_per_host, session.set_max_connections_per_host):
            with pytest.raises(aiocql.ConfigurationError, match=r"LOCAL or HostDistance\.REMOTE"):
                change(distance, 4)
        session.set_max_connections_per_host("LOCAL", 4)  # type: ignore[arg-type]
        assert session.stats().hosts[0].max_connections == 4

    scripted(scenario)
