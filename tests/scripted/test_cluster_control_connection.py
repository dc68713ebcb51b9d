"""The control connection: moves, losses, and the hosts that it wakes.

Clusters are scripted, and time is virtual.
"""

from __future__ import annotations

import pytest
from tests.plugins.fault_table import Record
from tests.scripted.cluster_helpers import addresses, by_address, cluster_of, memory_loop, settle
from tests.scripted.in_memory import in_memory

import aiocql
from aiocql.cluster.events import EventKind
from aiocql.errors import (
    NoHostAvailable,
)
from aiocql.nodes.states import HostState
from aiocql.policies import ConstantReconnectionPolicy
from aiocql.testing import (
    ScriptedCluster,
)


@pytest.mark.fault(57)
@in_memory
async def test_it_moves_when_its_host_goes_and_the_pools_do_not_notice() -> None:
    async with addresses(3) as scripted, aiocql.connect(scripted.contact_point) as session:
        control = cluster_of(session).control
        pools = dict(cluster_of(session).pools)
        before = {host: list(pool.connections) for host, pool in pools.items()}
        await scripted.stop_node(0)
        await settle()
        assert control.host is not None
        assert control.host.address != "127.0.61.1"
        assert cluster_of(session).pools == pools
        for host, pool in pools.items():
            if host.address != "127.0.61.1":
                assert pool.connections == before[host]
        # Its events arrive over the new one.
        await scripted.add_node()
        await settle()
        assert by_address(session)["127.0.61.4"].is_up


@pytest.mark.fault(57)
@in_memory
async def test_only_the_control_connection_is_lost() -> None:
    async with addresses(1) as scripted, aiocql.connect(scripted.contact_point) as session:
        control = cluster_of(session).control
        first = control.connection
        assert first is not None
        first.abort(aiocql.errors.ConnectionLost("for the test"))
        assert control.connection is None
        await settle()
        assert control.connection is not None
        assert control.connection is not first
        assert session.hosts[0].is_up


@pytest.mark.fault(6)
@in_memory
async def test_all_down_and_back(record_property: Record) -> None:
    async with addresses(2) as scripted, aiocql.connect(scripted.contact_point) as session:
        await scripted.stop()
        await settle(100)
        assert cluster_of(session).control.connection is None
        assert [host.state for host in session.hosts] == [HostState.DOWN, HostState.DOWN]
        with pytest.raises(NoHostAvailable):
            await session.execute("SELECT v FROM t")
        begun = memory_loop().time()
        await scripted.start()
        while cluster_of(session).control.connection is None or not all(host.is_up for host in session.hosts):
            await settle(0.5)
        took = memory_loop().time() - begun
        assert took < 60 * 1.15 + 1
        assert [host.state for host in session.hosts] == [HostState.UP, HostState.UP]
    record_property("seen", f"both nodes away for 100 s: all is back {took:.0f} s after they are")


@pytest.mark.fault(6, 28, 49)
@in_memory
async def test_all_addresses_of_a_hundred_nodes_change_at_once_and_the_name_is_asked_again(
    record_property: Record,
) -> None:
    async with addresses(100) as scripted:
        memory_loop().network.names["cluster.test"] = ["127.0.61.1", "127.0.61.2"]
        async with aiocql.connect("cluster.test") as session:
            hosts = session.hosts
            await scripted.stop()
            for i, server in enumerate(scripted.nodes):
                server.address = server.node.address = f"127.0.62.{i + 1}"
            memory_loop().network.names["cluster.test"] = ["127.0.62.1", "127.0.62.2"]
            await scripted.start()
            await settle(100)
            assert session.hosts == hosts
            assert [host.address for host in hosts] == [f"127.0.62.{i + 1}" for i in range(100)]
            assert all(host.is_up for host in hosts)
    record_property("seen", f"{len(hosts)} nodes with other addresses, all found again by the name")


@in_memory
async def test_a_host_of_another_cluster_is_not_followed() -> None:
    async with (
        addresses(2) as scripted,
        ScriptedCluster(1, first_address="127.0.62.1", port=9042, name="Other"),
    ):
        memory_loop().network.names["cluster.test"] = ["127.0.61.1", "127.0.62.1"]
        async with aiocql.connect("cluster.test") as session:
            await scripted.stop()
            await settle(30)
            assert cluster_of(session).control.connection is None
            assert len(session.hosts) == 2


@in_memory
async def test_a_host_that_comes_up_ends_the_wait_of_the_search() -> None:
    async with addresses(2) as scripted, aiocql.connect(scripted.contact_point) as session:
        await scripted.stop()
        await settle(300)
        events = cluster_of(session).events.stream()
        await scripted.start_node(1, announce=False)
        kinds = []
        async for event in events:
            kinds.append(event.kind)
            if event.kind is EventKind.HOST_UP:
                break
        await settle(1)
        assert cluster_of(session).control.connection is not None


@in_memory
async def test_control_connection_wakes_the_pools_of_all_hosts_that_are_down() -> None:
    async with addresses(3) as scripted, aiocql.connect(scripted.contact_point) as session:
        await scripted.stop()
        await settle(300)
        for index in (0, 1):
            await scripted.start_node(index, announce=False)
        cluster_of(session).control.retry_now()
        await settle(0.5)
        states = {address: host.is_up for address, host in by_address(session).items()}
        assert states == {"127.0.61.1": True, "127.0.61.2": True, "127.0.61.3": False}


@in_memory
async def test_many_hosts_that_return_together_wake_a_dead_host_once_a_second() -> None:
    # The dead host's own attempt, at a random moment by default, is not to fall into the second that is looked at.
    rarely = ConstantReconnectionPolicy(200.0)
    async with (
        addresses(20) as scripted,
        aiocql.connect(scripted.contact_point, reconnection=rarely) as session,
    ):
        await scripted.stop()
        await settle(300)
        failed: list[str] = []
        session.listen(
            lambda event: (
                failed.append(event.host.address) if event.kind is EventKind.CONNECT_FAILED else None
            )
        )
        for index in range(19):
            await scripted.start_node(index, announce=False)
        cluster_of(session).control.retry_now()
        await settle(0.9)
        assert sum(host.is_up for host in session.hosts) == 19
        assert failed == ["127.0.61.20"]


@in_memory
async def test_attempt_that_was_under_way_when_its_host_was_woken_is_repeated_soon() -> None:
    async with addresses(2) as scripted, aiocql.connect(scripted.contact_point) as session:
        await scripted.stop()
        await settle(300)
        pools = cluster_of(session).pools
        for pool in pools.values():
            pool.reconnect_now()
            pool.reconnect_now()
        await settle(0.1)
        await scripted.start_node(0, announce=False)
        await settle(1.5)
        assert by_address(session)["127.0.61.1"].is_up
