"""Topology and status events, and the periodic refresh that replaces lost events.

Clusters are scripted, and time is virtual.
"""

from __future__ import annotations

import asyncio
import uuid

import pytest
from tests.scripted.cluster_helpers import SLOW, addresses, by_address, cluster_of, reads, settle
from tests.scripted.in_memory import in_memory

import aiocql
from aiocql.cluster.events import EventKind
from aiocql.errors import (
    InterfaceError,
)
from aiocql.nodes.states import HostState
from aiocql.testing import (
    StatusChange,
    TopologyChange,
)


@pytest.mark.fault(30)
@in_memory
async def test_nodes_come_and_go() -> None:
    async with addresses(2) as scripted:
        async with aiocql.connect(scripted.contact_point) as session:
            stream = cluster_of(session).events.stream()
            await scripted.add_node()
            await settle()
            added = by_address(session)["127.0.61.3"]
            assert added.is_up
            assert added.open_connections == 1
            await scripted.remove_node(1)
            await settle()
            assert sorted(by_address(session)) == ["127.0.61.1", "127.0.61.3"]
            assert len(cluster_of(session).pools) == 2
        kinds = [event.kind async for event in stream]
        assert EventKind.HOST_ADDED in kinds
        assert EventKind.HOST_REMOVED in kinds


@pytest.mark.fault(30)
@in_memory
async def test_a_node_with_another_address_is_the_same_host() -> None:
    async with addresses(2) as scripted, aiocql.connect(scripted.contact_point) as session:
        host = by_address(session)["127.0.61.2"]
        await scripted.move_node(1, "127.0.61.77")
        await settle()
        assert by_address(session)["127.0.61.77"] is host
        assert host.is_up
        assert len(session.hosts) == 2


@pytest.mark.fault(30)
@in_memory
async def test_a_replaced_node_is_another_host_at_the_same_address() -> None:
    async with addresses(2) as scripted, aiocql.connect(scripted.contact_point) as session:
        before = by_address(session)["127.0.61.2"]
        await scripted.stop_node(1)
        scripted.nodes[1].node.host_id = uuid.uuid4()
        await scripted.start_node(1)
        await settle()
        after = by_address(session)["127.0.61.2"]
        assert after is not before
        assert after.host_id == scripted.nodes[1].node.host_id
        assert after.is_up
        assert len(session.hosts) == len(cluster_of(session).pools) == 2
        with pytest.raises(InterfaceError):
            session.find_host(before)


@in_memory
async def test_a_new_node_waits_until_it_serves() -> None:
    async with addresses(1) as scripted, aiocql.connect(scripted.contact_point) as session:
        server = await scripted.add_node(announce=False)
        await server.stop()
        scripted.nodes[0].push(TopologyChange("NEW_NODE", "127.0.61.2", 9042))
        await settle()
        host = by_address(session)["127.0.61.2"]
        assert not host.is_up
        server.prime("SELECT v FROM t", columns=[("v", "int")], rows=[(1,)])
        scripted.nodes[0].prime("SELECT v FROM t", columns=[("v", "int")], rows=[(1,)])
        coordinators = {(await session.execute("SELECT v FROM t")).coordinator for _ in range(10)}
        assert coordinators == {session.hosts[0]}
        await server.start()
        scripted.nodes[0].push(StatusChange("UP", "127.0.61.2", 9042))
        await settle()
        assert host.is_up
        coordinators = {(await session.execute("SELECT v FROM t")).coordinator for _ in range(10)}
        assert coordinators == set(session.hosts)


@in_memory
async def test_a_stale_down_does_not_drop_a_healthy_pool() -> None:
    async with addresses(2) as scripted, aiocql.connect(scripted.contact_point) as session:
        host = by_address(session)["127.0.61.2"]
        connections = list(cluster_of(session).pools[host].connections)
        scripted.nodes[0].push(StatusChange("DOWN", "127.0.61.2", 9042))
        await settle()
        assert host.is_up
        assert cluster_of(session).pools[host].connections == connections


@pytest.mark.fault(50)
@in_memory
async def test_up_reconnects_at_once() -> None:
    async with addresses(2) as scripted, aiocql.connect(scripted.contact_point, reconnection=SLOW) as session:
        host = by_address(session)["127.0.61.2"]
        await scripted.stop_node(1)
        await settle()
        assert host.state is HostState.DOWN
        await scripted.start_node(1)
        await settle(2)
        assert host.is_up


@in_memory
async def test_ignored_hosts_are_what_events_say() -> None:
    async with (
        addresses(2, datacenters=["dc1", "dc2"]) as scripted,
        aiocql.connect(scripted.contact_point) as session,
    ):
        host = by_address(session)["127.0.61.2"]
        assert host.state is HostState.UNKNOWN
        for change, state in (("UP", HostState.UP), ("DOWN", HostState.DOWN)):
            scripted.nodes[0].push(StatusChange(change, "127.0.61.2", 9042))
            await settle()
            assert host.state is state


@pytest.mark.fault(22, 44)
@in_memory
async def test_a_flood_of_events_is_a_handful_of_readings() -> None:
    async with addresses(1) as scripted, aiocql.connect(scripted.contact_point) as session:
        server = scripted.nodes[0]
        before = reads(server, "system.local")
        for second in range(20):
            for i in range(200):
                server.push(StatusChange("UP", f"10.{second}.{i}.1", 9042))
                server.push(TopologyChange("NEW_NODE", f"10.{second}.{i}.1", 9042))
            await asyncio.sleep(0.5)
        await settle()
        # Ten seconds of events that never pause: one reading in five seconds, and one at the end.
        assert 2 <= reads(server, "system.local") - before <= 4
        assert session.hosts[0].is_up


@in_memory
async def test_lost_events_are_made_up_for_by_the_periodic_reading() -> None:
    async with addresses(1) as scripted, aiocql.connect(scripted.contact_point) as session:
        await scripted.add_node(announce=False)
        await settle(400)
        assert by_address(session)["127.0.61.2"].is_up


@in_memory
async def test_how_often_the_hosts_are_read_without_an_event() -> None:
    async with addresses(1) as scripted:
        for interval, readings in ((10.0, 10), (None, 0)):
            async with aiocql.connect(scripted.contact_point, topology_refresh_interval=interval):
                before = reads(scripted.nodes[0], "system.peers")
                await settle(100)
                assert abs(reads(scripted.nodes[0], "system.peers") - before - readings) <= 1
