"""Execution profiles: by name, by call and by statement, and on a live session."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.scripted.in_memory import in_memory
from tests.scripted.scripted_sessions import SELECT, one_node, prime_table, three_nodes

import aiocql
from aiocql import ConsistencyLevel, ExecutionProfile
from aiocql.policies import DefaultLoadBalancingPolicy
from aiocql.testing import Opcode, ReceivedRequest, ScriptedCluster, ScriptedServer, Void

ANALYTICS = ExecutionProfile(consistency_level="ONE", page_size=77)


def consistencies(server: ScriptedServer) -> list[ConsistencyLevel]:
    return [
        ConsistencyLevel(request.options.consistency)
        for request in server.requests
        if request.opcode in (Opcode.EXECUTE, Opcode.QUERY, Opcode.BATCH)
        and "system" not in (request.query or "")
    ]


def is_execute(request: ReceivedRequest) -> bool:
    return request.opcode is Opcode.EXECUTE


@in_memory
async def test_a_profile_by_name() -> None:
    async with one_node(
        profiles={"analytics": ANALYTICS, "writes": {"consistency_level": "ALL"}}, consistency_level="TWO"
    ) as (server, session):
        server.prime("SELECT 1", columns=[("v", "int")], rows=[(1,)])
        await session.execute(SELECT, [1])
        await session.execute(SELECT, [1], profile="analytics")
        await session.execute("SELECT 1", profile="writes")
        await session.execute(SELECT, [1], profile=None)
        assert [level.name for level in consistencies(server)] == ["TWO", "ONE", "ALL", "TWO"]
        pages = [request.options.page_size for request in server.requests if request.opcode is Opcode.EXECUTE]
        assert pages == [5000, 77, 5000]
        assert session.profiles["analytics"] == ANALYTICS


@in_memory
async def test_the_call_goes_before_the_statement_before_the_profile() -> None:
    async with one_node(profiles={"analytics": ANALYTICS}) as (server, session):
        statement = await session.prepare(SELECT, profile="analytics")
        own = await session.prepare(SELECT, profile="analytics", consistency_level="THREE")
        await session.execute(statement, [1])
        await session.execute(own, [1])
        await session.execute(own, [1], consistency_level="QUORUM")
        await session.execute(own, [1], page_size=3)
        assert [level.name for level in consistencies(server)] == ["ONE", "THREE", "QUORUM", "THREE"]


@in_memory
async def test_one_that_is_not_there_is_said_with_those_there_are() -> None:
    async with one_node(profiles={"analytics": ANALYTICS}) as (server, session):
        for name in ("analytic", 5, ["analytics"]):
            with pytest.raises(aiocql.InterfaceError, match="no execution profile") as caught:
                await session.execute(SELECT, [1], profile=name)
            assert "'default', 'analytics'" in str(caught.value)
        with pytest.raises(aiocql.InterfaceError):
            await session.prepare(SELECT, profile="analytic")
        with pytest.raises(aiocql.InterfaceError):
            await session.batch([], profile="analytic")
        assert consistencies(server) == []


@in_memory
async def test_a_live_session_takes_another_profile() -> None:
    async with one_node(profiles={"analytics": ANALYTICS}) as (server, session):
        server.prime("SELECT 1", columns=[("v", "int")], rows=[(1,)])
        plain = await session.prepare(SELECT)
        bound = await session.prepare(SELECT, profile="analytics")

        async def one_of_each() -> list[str]:
            server.requests.clear()
            await session.execute(plain, [1])
            await session.execute(bound, [1])
            await session.execute(SELECT, [1])
            await session.execute("SELECT 1")
            await session.execute(SELECT, [1], profile="analytics")
            return [level.name for level in consistencies(server)]

        assert await one_of_each() == ["LOCAL_ONE", "ONE", "LOCAL_ONE", "LOCAL_ONE", "ONE"]
        session.set_profile("analytics", {"consistency_level": "TWO"})
        assert await one_of_each() == ["LOCAL_ONE", "TWO", "LOCAL_ONE", "LOCAL_ONE", "TWO"]
        session.set_profile("default", ExecutionProfile(consistency_level="QUORUM"))
        assert await one_of_each() == ["QUORUM", "TWO", "QUORUM", "QUORUM", "TWO"]
        session.set_profile("analytics", ExecutionProfile())
        assert await one_of_each() == ["QUORUM"] * 5
        limited = session.rate_limited(max_concurrent=1)
        await limited.execute("SELECT 1")
        session.set_profile("new", ExecutionProfile(consistency_level="ALL"))
        await session.execute(SELECT, [1], profile="new")
        assert consistencies(server)[-1] is ConsistencyLevel.ALL
        session.set_profile("default", ExecutionProfile(consistency_level="THREE"))
        await limited.execute("SELECT 1")
        assert consistencies(server)[-1] is ConsistencyLevel.THREE


@in_memory
async def test_a_wrong_one_changes_nothing() -> None:
    async with one_node() as (server, session):
        for wrong in ({"timeout": 1}, 7):
            with pytest.raises(aiocql.ConfigurationError):
                session.set_profile("default", wrong)  # type: ignore[arg-type]
        await session.execute(SELECT, [1])
        assert consistencies(server) == [ConsistencyLevel.LOCAL_ONE]
        assert session.profiles == {}


@in_memory
async def test_its_timeout_holds() -> None:
    async with one_node(profiles={"quick": ExecutionProfile(request_timeout=0.5)}) as (server, session):
        await session.execute(SELECT, [1])
        server.prime(is_execute, Void(delay=3.0))
        begun = asyncio.get_running_loop().time()
        with pytest.raises(aiocql.OperationTimedOut):
            await session.execute(SELECT, [1], profile="quick")
        assert asyncio.get_running_loop().time() - begun < 0.6


@in_memory
async def test_its_policy_routes_and_gives_hosts_their_pools() -> None:
    far = DefaultLoadBalancingPolicy("dc2")
    async with ScriptedCluster(2, datacenters=["dc1", "dc2"]) as cluster:
        prime_table(cluster)
        address, port = cluster.contact_point
        async with aiocql.connect(
            (address, port), local_datacenter="dc1", profiles={"far": ExecutionProfile(load_balancing=far)}
        ) as session:
            assert [host.open_connections for host in session.hosts] == [1, 1]

            async def coordinator(**options: Any) -> str | None:
                return (await session.execute(SELECT, [1], **options)).coordinator.datacenter

            assert await coordinator() == "dc1"
            assert await coordinator(profile="far") == "dc2"
            # Nobody uses the other datacenter any more, then both do again.
            session.set_profile("far", ExecutionProfile())
            await asyncio.sleep(1)
            assert [host.open_connections for host in session.hosts] == [1, 0]
            assert await coordinator(profile="far") == "dc1"
            session.set_profile("default", ExecutionProfile(load_balancing=far))
            await asyncio.sleep(1)
            assert [host.open_connections for host in session.hosts] == [0, 1]
            assert await coordinator() == "dc2"
        assert cluster.violations == []


@in_memory
async def test_batches_streams_and_many_at_once_take_it() -> None:
    async with three_nodes(profiles={"analytics": ANALYTICS}) as (cluster, session):
        cluster.prime("INSERT INTO t (k) VALUES (1)", [])
        await session.batch(["INSERT INTO t (k) VALUES (1)"], profile="analytics")
        [_ async for _ in session.stream(SELECT, [1], profile="analytics")]
        await session.execute_concurrent(SELECT, [[1], [2]], profile="analytics")
        levels = [level for node in cluster.nodes for level in consistencies(node)]
        # Statements are executed again where a node has not prepared them.
        assert len(levels) >= 4
        assert set(levels) == {ConsistencyLevel.ONE}
