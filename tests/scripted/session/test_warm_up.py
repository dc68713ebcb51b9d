"""Warming up: every host's pool and every host's prepared statements, and a host that is down does not stop it."""

from __future__ import annotations

import asyncio

import pytest
from tests.plugins.canary import VALUE
from tests.scripted.in_memory import in_memory
from tests.scripted.scripted_sessions import INSERT, SELECT, noticed, three_nodes

import aiocql
from aiocql.testing import ErrorAnswer, Opcode, ScriptedCluster


def prepares(cluster: ScriptedCluster) -> list[int]:
    """How many PREPAREs each node has had."""
    return [sum(request.opcode is Opcode.PREPARE for request in node.requests) for node in cluster.nodes]


@in_memory
async def test_each_host_has_the_connections_and_the_statements() -> None:
    async with three_nodes() as (cluster, session):
        warm = await session.warm_up(2, statements=[SELECT, INSERT])
        assert sorted(warm.ready.values()) == [2, 2, 2]
        assert (warm.failed, warm.prepared) == ({}, 2)
        assert [len(host.connections) for host in session.stats().hosts] == [2, 2, 2]
        before = prepares(cluster)
        assert all(count >= 2 for count in before)
        for host in session.hosts:
            await session.execute(SELECT, [1], host=host)
            await session.execute(INSERT, [1, VALUE], host=host)
        assert prepares(cluster) == before


@in_memory
async def test_a_host_that_is_down_is_reported_and_does_not_stop_it() -> None:
    async with three_nodes() as (cluster, session):
        await cluster.stop_node(2)
        await noticed(session)
        warm = await session.warm_up(2, statements=[SELECT])
        assert sorted(warm.ready.values()) == [2, 2]
        [(host, error)] = warm.failed.items()
        assert host.port == cluster.nodes[2].port
        assert isinstance(error, aiocql.Error)
        assert all(count >= 1 for count in prepares(cluster)[:2])
        await cluster.start_node(2)


@in_memory
async def test_a_statement_that_is_none_is_said() -> None:
    async with three_nodes() as (_, session):
        with pytest.raises(aiocql.Error):
            await session.warm_up(statements=["NO SUCH STATEMENT"])


@in_memory
async def test_a_host_that_is_back_is_tried_at_once_whenever_its_next_attempt_is_due() -> None:
    policy = aiocql.ConstantReconnectionPolicy(1000.0)
    async with three_nodes(reconnection=policy) as (cluster, session):
        await cluster.stop_node(2)
        await noticed(session)
        await asyncio.sleep(5.0)
        loop = asyncio.get_running_loop()
        before = loop.time()
        assert len((await session.warm_up()).failed) == 1
        await cluster.start_node(2)
        assert len((await session.warm_up()).ready) == 3
        assert loop.time() - before < 30.0


@in_memory
async def test_a_host_that_is_removed_meanwhile_is_reported() -> None:
    async with three_nodes() as (cluster, session):
        await cluster.stop_node(2)
        await noticed(session)
        host = next(host for host in session.hosts if host.port == cluster.nodes[2].port)
        pool = host.pool
        warming = asyncio.ensure_future(session.warm_up())
        for _ in range(3):
            await asyncio.sleep(0)
        pool.close()
        warm = await warming
        assert list(warm.failed) == [host]
        assert len(warm.ready) == 2


@in_memory
async def test_a_host_that_will_not_prepare_is_reported() -> None:
    async with three_nodes() as (cluster, session):
        await session.prepare(SELECT)
        cluster.nodes[2].prime(
            lambda request: request.opcode is Opcode.PREPARE, ErrorAnswer(0x2200, "not here")
        )
        warm = await session.warm_up(statements=[SELECT])
        assert [host.port for host in warm.unprepared] == [cluster.nodes[2].port]
        assert isinstance(next(iter(warm.unprepared.values())), aiocql.InvalidRequest)


@in_memory
async def test_more_connections_than_a_pool_may_have_are_refused() -> None:
    async with three_nodes() as (_, session):
        for connections in (0, 9):
            with pytest.raises(aiocql.ConfigurationError, match="max_local"):
                await session.warm_up(connections)
