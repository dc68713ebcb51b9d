"""Requests that wait for a host which dies: they move to another, in their order."""

from __future__ import annotations

import asyncio

import pytest
from tests.scripted.in_memory import in_memory
from tests.scripted.pool.held import QUERY, answers, ask, held_node, held_nodes

import aiocql
from aiocql.policies.load_balancing import RoundRobinPolicy


@in_memory
async def test_those_who_wait_move_to_another_host_in_their_order() -> None:
    options = {"load_balancing": RoundRobinPolicy(), "request_timeout": 60.0}
    async with held_nodes(2, options, max_local=1, max_requests_per_connection=10) as (cluster, session):
        dying, other = session.hosts
        done: list[int] = []
        tasks = [ask(session, key, idempotent=False) for key in range(32)]
        for key, task in enumerate(tasks):
            task.add_done_callback(lambda _, key=key: done.append(key))
        await asyncio.sleep(0.1)
        waiting = {host.endpoint: host.waiting for host in session.stats().hosts}
        assert waiting == {dying.endpoint: 8, other.endpoint: 8}
        [node] = [node for node in cluster.nodes if node.port == dying.port]
        await node.stop()
        await asyncio.sleep(0.1)
        assert [host.waiting for host in session.stats().hosts if host.endpoint == other.endpoint] == [16]
        while not all(task.done() for task in tasks):
            [alive] = [node for node in cluster.nodes if node.port == other.port]
            alive.release()
            await asyncio.sleep(0.01)
        failed = [task for task in tasks if task.exception() is not None]
        assert {type(task.exception()) for task in failed} == {aiocql.ConnectionLost}
        assert len(failed) == 8, "those that were in flight on the host that died"
        moved = [key for key in done if key >= 16 and tasks[key].result().attempts == ()]
        assert sorted(moved) == list(range(16, 32))
        assert session.stats().waiting == 0


@in_memory
async def test_without_another_host_they_end_with_the_reason() -> None:
    async with held_node({"request_timeout": 60.0}, max_local=1, max_requests_per_connection=10) as (
        server,
        session,
    ):
        tasks = [ask(session, key) for key in range(12)]
        await server.until(lambda: len(server.held) == 8)
        await server.stop()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(each, aiocql.Error) for each in outcomes)
        assert session.stats().waiting == 0
        await server.start()
        server.held.clear()
        await server.until(lambda: session.hosts[0].is_up)
        assert await answers(server, [ask(session, 5)]) == [5]


@pytest.mark.fault(36)
@in_memory
async def test_orphans_count_as_load_and_too_many_replace_their_connection_without_failing_others() -> None:
    async with held_node(max_local=1, max_requests_per_connection=16) as (server, session):
        late = [ask(session, key, timeout=1.0) for key in range(4)]
        await server.until(lambda: len(server.held) == 4)
        outcomes = await asyncio.gather(*late, return_exceptions=True)
        assert {type(each) for each in outcomes} == {aiocql.OperationTimedOut}
        await asyncio.sleep(0.1)  # the heartbeat that the first of them caused
        stats = session.stats().hosts[0]
        assert (stats.orphans, stats.in_flight, stats.timeouts) == (4, 4, 4)
        steady = ask(session, 50, timeout=30.0)
        one_more = ask(session, 5, timeout=1.0)
        with pytest.raises(aiocql.OperationTimedOut):
            await one_more
        # Five orphans of sixteen are too many: another connection stands, and this one drains.
        await server.until(lambda: len(session.stats().hosts[0].draining) == 1)
        assert session.stats().hosts[0].connections[0].orphans == 0
        assert not steady.done()
        assert await answers(server, [steady]) == [50]
        await server.until(lambda: not session.stats().hosts[0].draining)
        assert session.stats().hosts[0].connections_lost == 0


@pytest.mark.parametrize(("limit", "high"), [(1, 0.8), (2, 0.8), (3, 0.8), (100, 0.2), (100, 0.25)])
def test_a_connection_that_only_orphans_fill_is_replaced(limit: int, high: float) -> None:
    """However small the share is that the pool uses of it: nobody could be sent over it any more."""

    @in_memory
    async def scenario() -> None:
        async with held_node(
            max_local=1, max_requests_per_connection=limit, high_watermark=high, low_watermark=high / 2
        ) as (server, session):
            mark = max(int(limit * high), 1)
            late = [ask(session, key, timeout=1.0) for key in range(mark)]
            outcomes = await asyncio.gather(*late, return_exceptions=True)
            assert {type(each) for each in outcomes} == {aiocql.OperationTimedOut}
            await server.until(lambda: len(session.stats().hosts[0].draining) == 0)
            steady = ask(session, 50, timeout=30.0)
            await server.until(lambda: len(server.held) == mark + 1 or steady.done())
            assert session.stats().hosts[0].orphans == 0
            assert await answers(server, [steady]) == [50]

    scenario()


@in_memory
async def test_thirty_two_thousand_streams_of_one_connection() -> None:
    """All 32,768 ids of the protocol at once, and their answers backwards."""
    limit = 32768
    async with held_node(
        {"request_timeout": None}, max_local=1, max_requests_per_connection=limit, high_watermark=1.0
    ) as (server, session):
        server.keep_requests = False
        tasks = [ask(session, key) for key in range(limit)]
        await server.until(lambda: len(server.held) == limit)
        only = session.stats().hosts[0].connections[0]
        assert only.in_flight == limit
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(session.execute(QUERY, [0]), 0.1)
        server.release(reverse=True)
        results = await asyncio.gather(*tasks)
        assert [result.rows[0][0] for result in results] == list(range(limit))
