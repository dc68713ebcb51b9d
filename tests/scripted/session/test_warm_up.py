"""Warming up: every host's pool and every host's prepared statements, and a host that is down does not stop it."""

from __future__ import annotations

import asyncio

import pytest
from tests.scripted.in_memory import in_memory
from tests.scripted.scripted_sessions import INSERT, SELECT, three_nodes

import aiocql
from aiocql.testing import Opcode, ScriptedCluster


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
            await session.execute(INSERT, [1, "a"], host=host)
        assert prepares(cluster) == before


@in_memory
async def test_a_host_that_is_down_is_reported_and_does_not_stop_it() -> None:
    async with three_nodes() as (cluster, session):
        await cluster.stop_node(2)
        for _ in range(1000):
            if session.health().status == "warn":
                break
            await asyncio.sleep(0.05)
        warm = await session.warm_up(2, statements=[SELECT])
        assert sorted(warm.ready.values()) == [2, 2]
        [(host, error)] = warm.failed.items()
        assert host.address == cluster.nodes[2].address
        assert isinstance(error, aiocql.Error)
        assert all(count >= 1 for count in prepares(cluster)[:2])
        await cluster.start_node(2)


@in_memory
async def test_a_statement_that_is_none_is_said() -> None:
    async with three_nodes() as (_, session):
        with pytest.raises(aiocql.Error):
            await session.warm_up(statements=["NO SUCH STATEMENT"])
