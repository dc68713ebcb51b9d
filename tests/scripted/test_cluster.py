"""The cluster layer against scripted clusters, in virtual time: discovery, the control connection, events, hosts."""

from __future__ import annotations

import asyncio
import logging
import uuid
from typing import Any

import pytest
from tests import internals
from tests.plugins.canary import PASSWORD, WRONG_PASSWORD
from tests.plugins.fault_table import Record
from tests.scripted.in_memory import in_memory

import aiocql
from aiocql.cluster.cluster import Cluster
from aiocql.cluster.events import EventKind
from aiocql.errors import (
    AuthenticationFailed,
    ConfigurationError,
    InterfaceError,
    NoHostAvailable,
    SessionClosed,
)
from aiocql.nodes.host import Host
from aiocql.nodes.states import HostState
from aiocql.policies.load_balancing import DefaultLoadBalancingPolicy
from aiocql.policies.reconnection import ConstantReconnectionPolicy
from aiocql.testing import (
    ErrorAnswer,
    MemoryLoop,
    SchemaChange,
    SchemaChangeEvent,
    ScriptedCluster,
    ScriptedServer,
    StatusChange,
    TopologyChange,
    plain_text,
)

SLOW = ConstantReconnectionPolicy(3600)
"""What comes back sooner does so for another reason than the schedule."""


def cluster_of(session: aiocql.Session) -> Cluster:
    return internals.cluster(session)


def by_address(session: aiocql.Session) -> dict[str, Host]:
    return {host.address: host for host in session.hosts}


def memory_loop() -> MemoryLoop:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, MemoryLoop)
    return loop


def reads(server: ScriptedServer, table: str) -> int:
    return sum(table in (request.query or "") for request in server.requests)


def addresses(count: int, **more: Any) -> ScriptedCluster:
    return ScriptedCluster(count, first_address="127.0.61.1", port=9042, **more)


async def settle(seconds: float = 10) -> None:
    """Virtual seconds: long enough for events to be debounced and for everything that follows."""
    await asyncio.sleep(seconds)


# --- discovery -------------------------------------------------------------------------------------------------


@in_memory
async def test_all_nodes_are_found_from_one() -> None:
    async with addresses(3, datacenters=["dc1"], racks=["a", "b", "c"]) as scripted:
        async with aiocql.connect(scripted.contact_point) as session:
            assert [(host.endpoint, host.rack, host.is_up) for host in session.hosts] == [
                ("127.0.61.1:9042", "a", True),
                ("127.0.61.2:9042", "b", True),
                ("127.0.61.3:9042", "c", True),
            ]
            assert session.metadata.cluster_name == "Scripted Cluster"
            assert session.metadata.local_datacenter == "dc1"
            assert {host.host_id for host in session.hosts} == {node.node.host_id for node in scripted.nodes}
        assert scripted.violations == []


@in_memory
async def test_several_nodes_at_one_address_have_their_own_ports() -> None:
    async with ScriptedCluster(3) as scripted, aiocql.connect(scripted.contact_point) as session:
        assert {(host.address, host.port) for host in session.hosts} == {
            ("127.0.0.1", node.port) for node in scripted.nodes
        }
        assert all(host.is_up for host in session.hosts)


@pytest.mark.fault(29)
@in_memory
async def test_a_server_without_peers_v2() -> None:
    async with addresses(2) as scripted:
        for node in scripted.nodes:
            node.node.release_version = "3.11.19"
        async with aiocql.connect(scripted.contact_point) as session:
            assert len(session.hosts) == 2
            before = reads(scripted.nodes[0], "peers_v2")
            await cluster_of(session).refresh_topology()
            assert reads(scripted.nodes[0], "peers_v2") == before


@pytest.mark.fault(29)
@in_memory
async def test_bad_rows_are_skipped_with_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    wrong: list[dict[str, Any]] = [
        {"host_id": None},
        {"data_center": None},
        {"rack": None},
        {"tokens": None},
        {"native_address": "0.0.0.0"},
        {"native_address": "224.0.0.1"},
        {"native_address": None},
        {"native_port": 0},
    ]
    async with addresses(2 + len(wrong)) as scripted:
        for server, overrides in zip(scripted.nodes[2:], wrong, strict=True):
            server.node.overrides = overrides
        with caplog.at_level(logging.WARNING, "aiocql.cluster"):
            async with aiocql.connect(scripted.contact_point) as session:
                assert [host.address for host in session.hosts] == ["127.0.61.1", "127.0.61.2"]
                assert len(caplog.records) == len(wrong)
                await cluster_of(session).refresh_topology()
                assert len(caplog.records) == len(wrong), "the same reasons are not told twice"


@in_memory
async def test_a_row_that_is_complete_later_is_taken_up() -> None:
    async with addresses(2) as scripted:
        scripted.nodes[1].node.overrides = {"tokens": None}
        async with aiocql.connect(scripted.contact_point) as session:
            assert len(session.hosts) == 1
            scripted.nodes[1].node.overrides = {}
            scripted.push(StatusChange("UP", "127.0.61.2", 9042))
            await settle()
            assert by_address(session)["127.0.61.2"].is_up


@pytest.mark.fault(29)
@in_memory
async def test_a_host_id_twice_counts_once() -> None:
    async with addresses(3) as scripted:
        scripted.nodes[2].node.host_id = scripted.nodes[0].node.host_id
        async with aiocql.connect(scripted.contact_point) as session:
            assert sorted(by_address(session)) == ["127.0.61.1", "127.0.61.2"]


@pytest.mark.fault(54)
@in_memory
async def test_none_reachable_is_a_table_of_attempts_and_leaves_nothing() -> None:
    with pytest.raises(NoHostAvailable) as caught:
        await aiocql.connect("127.0.61.1", "127.0.61.2", "nowhere.invalid")
    assert len(caught.value.attempts) == 3
    for text in ("127.0.61.1:9042", "127.0.61.2:9042", "nowhere.invalid", "cannot be resolved"):
        assert text in str(caught.value)


@pytest.mark.fault(28)
@in_memory
async def test_a_name_stands_for_all_its_addresses() -> None:
    async with addresses(2):
        memory_loop().network.names["cluster.test"] = ["127.0.61.99", "127.0.61.2"]
        async with aiocql.connect("cluster.test") as session:
            assert len(session.hosts) == 2
        memory_loop().network.names["db2.test"] = ["127.0.61.2"]
        async with aiocql.connect("db2.test") as session:
            assert session.find_host("db2.test") is session.find_host("127.0.61.2")


@pytest.mark.fault(20)
@in_memory
async def test_wrong_credentials_everywhere_are_that_error() -> None:
    async with addresses(2, auth=plain_text({"user": PASSWORD})) as scripted:
        with pytest.raises(AuthenticationFailed) as caught:
            await aiocql.connect("127.0.61.1", "127.0.61.2", auth=("user", WRONG_PASSWORD))
        assert len(caught.value.attempts) == 2
        assert WRONG_PASSWORD not in str(caught.value)
        assert scripted.violations == []


@in_memory
async def test_a_node_that_is_not_ready_is_passed_over() -> None:
    async with addresses(2) as scripted:
        scripted.nodes[0].prime(
            "SELECT * FROM system.local WHERE key='local'", ErrorAnswer(0x1002, "starting")
        )
        async with aiocql.connect("127.0.61.1", "127.0.61.2") as session:
            control = cluster_of(session).control.host
            assert control is not None
            assert control.address == "127.0.61.2"


@in_memory
async def test_a_hundred_nodes() -> None:
    async with addresses(100, tokens_per_node=16, datacenters=["dc1"], racks=["a", "b", "c"]) as scripted:
        scripted.view.schema.add_keyspace("ks", {"class": "NetworkTopologyStrategy", "dc1": "3"})
        async with aiocql.connect(scripted.contact_point) as session:
            assert sum(host.is_up for host in session.hosts) == 100
            assert len(session.metadata.get_replicas("ks", b"key")) == 3


# --- which hosts are ours ---------------------------------------------------------------------------------------


@in_memory
async def test_hosts_of_other_datacenters_have_no_pool() -> None:
    async with addresses(3, datacenters=["dc1", "dc1", "dc2"]) as scripted:
        async with aiocql.connect(scripted.contact_point) as session:
            assert [host.open_connections for host in session.hosts] == [1, 1, 0]
        async with aiocql.connect(scripted.contact_point, local_datacenter="dc2") as session:
            assert [host.open_connections for host in session.hosts] == [0, 0, 1]


@in_memory
async def test_a_wrong_local_datacenter_is_told_the_right_ones() -> None:
    async with addresses(2, datacenters=["dc1", "dc2"]) as scripted:
        with pytest.raises(ConfigurationError, match="'dc1', 'dc2'"):
            await aiocql.connect(scripted.contact_point, local_datacenter="DC1")


@in_memory
async def test_contact_points_in_several_datacenters_do_not_decide() -> None:
    async with addresses(2, datacenters=["dc1", "dc2"]):
        with pytest.raises(ConfigurationError, match="local_datacenter"):
            await aiocql.connect("127.0.61.1", "127.0.61.2")


@in_memory
async def test_translated_addresses() -> None:
    async with addresses(2) as scripted:
        scripted.nodes[1].node.address = "10.9.9.9"
        table = {"10.9.9.9": ("127.0.61.2", 9042)}
        async with aiocql.connect(
            scripted.contact_point, address_translator=lambda a, p: table.get(a, (a, p))
        ) as session:
            host = by_address(session)["127.0.61.2"]
            assert host.is_up
            # Events name the server's own address.
            await scripted.stop_node(1, announce=False)
            await settle(1)
            await scripted.start_node(1, announce=False)
            scripted.nodes[0].push(StatusChange("UP", "10.9.9.9", 9042))
            await settle()
            assert host.is_up


@pytest.mark.fault(29)
@in_memory
async def test_a_translator_that_fails_leaves_out_its_host(caplog: pytest.LogCaptureFixture) -> None:
    def failing(address: str, port: int) -> tuple[str, int]:
        raise LookupError(address)

    async with (
        addresses(2) as scripted,
        aiocql.connect(scripted.contact_point, address_translator=failing) as session,
    ):
        assert [host.address for host in session.hosts] == ["127.0.61.1"]
        assert "LookupError" in caplog.text


@in_memory
@pytest.mark.parametrize("form", ["addresses", "function"])
async def test_hosts_that_the_filter_refuses_are_not_contacted(form: str) -> None:
    async with addresses(4) as scripted:
        allowed: Any = ["127.0.61.1", "127.0.61.3:9042"]
        if form == "function":
            allowed = lambda host: host.address in ("127.0.61.1", "127.0.61.3")  # noqa: E731
        async with aiocql.connect(scripted.contact_point, host_filter=allowed) as session:
            assert [host.open_connections for host in session.hosts] == [1, 0, 1, 0]
            # Neither when events tell of them, nor for the control connection, nor by name.
            scripted.push(StatusChange("UP", "127.0.61.2", 9042))
            for index in (0, 2):
                await scripted.stop_node(index)
            await settle(300)
            with pytest.raises(NoHostAvailable):
                await session.execute("SELECT 1", host="127.0.61.2")
            assert [len(scripted.nodes[index].requests) for index in (1, 3)] == [0, 0]


@in_memory
async def test_a_contact_point_that_the_filter_refuses_only_tells_of_the_others() -> None:
    async with (
        addresses(2) as scripted,
        aiocql.connect(
            scripted.contact_point, host_filter=lambda host: host.address != "127.0.61.1"
        ) as session,
    ):
        control = cluster_of(session).control.host
        assert control is not None
        assert control.address == "127.0.61.2"
        assert [host.open_connections for host in session.hosts] == [0, 1]
        assert not scripted.nodes[0].connections


@in_memory
@pytest.mark.parametrize(
    "wrong",
    [{"host_filter": lambda host: False}, {"load_balancing": DefaultLoadBalancingPolicy("dc9")}],
    ids=["host_filter", "load_balancing"],
)
async def test_nothing_to_be_used_is_told_what_there_is(wrong: dict[str, Any]) -> None:
    async with addresses(2, datacenters=["dc1", "dc2"]) as scripted:
        with pytest.raises(aiocql.Error) as caught:
            await aiocql.connect(scripted.contact_point, local_datacenter="dc1", **wrong)
        told = str(caught.value)
        assert "127.0.61.1:9042" in told
        assert "host_filter" in told
        await settle(1)
        assert not any(node.connections for node in scripted.nodes)


@in_memory
async def test_mapped_ports_behind_one_address() -> None:
    async with ScriptedCluster(3) as scripted:
        table = {}
        for i, server in enumerate(scripted.nodes):
            server.node.address = f"10.0.0.{i + 1}"
            server.node.port = 9042
            table[f"10.0.0.{i + 1}", 9042] = ("127.0.0.1", server.port)
        async with aiocql.connect(("127.0.0.1", scripted.nodes[0].port), address_translator=table) as session:
            assert {host.port for host in session.hosts} == {server.port for server in scripted.nodes}
            assert all(host.is_up for host in session.hosts)
            # Each is known by the server's own name as well.
            for i, server in enumerate(scripted.nodes):
                assert session.find_host((f"10.0.0.{i + 1}", 9042)).port == server.port


# --- the control connection -------------------------------------------------------------------------------------


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
    async with addresses(20) as scripted, aiocql.connect(scripted.contact_point) as session:
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


# --- events -----------------------------------------------------------------------------------------------------


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
@pytest.mark.parametrize("whole", [True, False])
async def test_lost_schema_events_are_made_up_for_as_well(whole: bool) -> None:
    async with (
        addresses(3) as scripted,
        aiocql.connect(scripted.contact_point, schema_metadata=whole) as session,
    ):
        before = reads(scripted.nodes[0], "system_schema.keyspaces")
        await settle(700)
        assert reads(scripted.nodes[0], "system_schema.keyspaces") == before
        scripted.view.schema.add_keyspace("ks", {"class": "SimpleStrategy", "replication_factor": "2"})
        await settle(400)
        assert len(session.metadata.get_replicas("ks", b"key")) == 2
        assert reads(scripted.nodes[0], "system_schema.keyspaces") == before + 1


@in_memory
async def test_the_schema_follows_events() -> None:
    async with addresses(3) as scripted, aiocql.connect(scripted.contact_point) as session:
        assert session.metadata.get_replicas("ks", b"key") == ()
        scripted.view.schema.add_keyspace("ks", {"class": "SimpleStrategy", "replication_factor": "2"})
        scripted.push(SchemaChangeEvent("CREATED", "KEYSPACE", "ks"))
        await settle()
        assert len(session.metadata.get_replicas("ks", b"key")) == 2
        scripted.view.schema.drop_keyspace("ks")
        scripted.push(SchemaChangeEvent("DROPPED", "KEYSPACE", "ks"))
        await settle()
        assert session.metadata.get_replicas("ks", b"key") == ()


def asked_since(server: ScriptedServer, count: int) -> list[str]:
    return [query for request in server.requests[count:] if "system_schema" in (query := request.query or "")]


@in_memory
async def test_a_change_of_a_table_is_read_alone() -> None:
    async with addresses(2) as scripted:
        schema = scripted.view.schema
        schema.add_table("ks", "a", {"k": "int"}, ["k"])
        async with aiocql.connect(scripted.contact_point) as session:
            events = session.events()
            before = len(scripted.nodes[0].requests)
            schema.add_table("ks", "b", {"k": "int"}, ["k"])
            schema.add_table("ks", "quiet", {"k": "int"}, ["k"])
            scripted.push(SchemaChangeEvent("CREATED", "TABLE", "ks", "b"))
            await settle()
            assert list(session.metadata.keyspaces["ks"].tables) == ["a", "b"]
            asked = asked_since(scripted.nodes[0], before)
            assert all("keyspace_name = 'ks'" in query and "IN ('b')" in query for query in asked)
            assert {query.split()[3] for query in asked} >= {"system_schema.tables", "system_schema.columns"}
            assert "system_schema.keyspaces" not in {query.split()[3] for query in asked}
            event = await anext(events)
            assert (event.kind, event.keyspace, event.table) == (EventKind.SCHEMA_CHANGED, "ks", "b")
            schema.drop_table("ks", "a")
            await session.refresh_schema("ks", "a")
            assert list(session.metadata.keyspaces["ks"].tables) == ["b"]
            with pytest.raises(InterfaceError, match="without its keyspace"):
                await session.refresh_schema(table="a")


@in_memory
async def test_a_table_of_a_keyspace_that_is_not_known_is_read_with_it() -> None:
    async with addresses(2) as scripted, aiocql.connect(scripted.contact_point) as session:
        scripted.view.schema.add_table("new", "t", {"k": "int"}, ["k"])
        scripted.push(SchemaChangeEvent("CREATED", "TABLE", "new", "t"))
        await settle()
        assert list(session.metadata.keyspaces["new"].tables) == ["t"]


@in_memory
async def test_a_change_that_was_followed_does_not_hide_one_that_was_lost() -> None:
    async with addresses(2) as scripted:
        for name in ("a", "b"):
            scripted.view.schema.add_keyspace(name)
        async with aiocql.connect(scripted.contact_point, topology_refresh_interval=60) as session:
            scripted.view.schema.add_table("a", "lost", {"k": "int"}, ["k"])
            scripted.view.schema.add_table("b", "told", {"k": "int"}, ["k"])
            scripted.push(SchemaChangeEvent("CREATED", "TABLE", "b", "told"))
            scripted.push(SchemaChangeEvent("UPDATED", "KEYSPACE", "b"))
            await settle()
            assert "lost" not in session.metadata.keyspaces["a"].tables
            await settle(80)
            assert "lost" in session.metadata.keyspaces["a"].tables


@in_memory
async def test_without_schema_metadata_replicas_are_known_all_the_same() -> None:
    async with addresses(3) as scripted:
        scripted.view.schema.add_keyspace("ks", {"class": "SimpleStrategy", "replication_factor": "2"})
        async with aiocql.connect(scripted.contact_point, schema_metadata=False) as session:
            assert len(session.metadata.get_replicas("ks", b"key")) == 2
            assert not any("system_schema.tables" in (r.query or "") for r in scripted.requests)


# --- schema agreement -------------------------------------------------------------------------------------------


@in_memory
async def test_a_change_of_the_schema_waits_for_agreement() -> None:
    async with addresses(2) as scripted:
        schema = scripted.view.schema
        statement = "CREATE KEYSPACE ks WITH replication = {}"
        scripted.prime(statement, SchemaChange("CREATED", "KEYSPACE", "ks"))
        async with aiocql.connect(scripted.contact_point) as session:
            scripted.nodes[1].node.schema_version = schema.version
            schema.add_keyspace("ks", {"class": "SimpleStrategy", "replication_factor": "2"})
            running = asyncio.create_task(session.execute(statement))
            await asyncio.sleep(3)
            assert not running.done()
            scripted.nodes[1].node.schema_version = None
            await running
            assert len(session.metadata.get_replicas("ks", b"key")) == 2


@in_memory
async def test_it_does_not_wait_for_ever_nor_for_hosts_that_are_down() -> None:
    async with addresses(3) as scripted, aiocql.connect(scripted.contact_point) as session:
        scripted.nodes[1].node.schema_version = scripted.nodes[1].node.host_id
        cluster = cluster_of(session)
        assert not await cluster.wait_for_schema_agreement(timeout=1)
        assert asyncio.get_running_loop().time() < 60
        await scripted.stop_node(1)
        await settle(1)
        assert await cluster.wait_for_schema_agreement(timeout=1)


# --- host= --------------------------------------------------------------------------------------------------------


@in_memory
async def test_a_host_by_any_of_its_names() -> None:
    async with ScriptedCluster(2) as scripted, aiocql.connect(scripted.contact_point) as session:
        cluster = cluster_of(session)
        for host in session.hosts:
            names: list[Any] = [
                host,
                host.endpoint,
                (host.address, host.port),
                host.host_id,
                str(host.host_id),
                str(host.host_id).upper(),
            ]
            assert {cluster.find_host(name) for name in names} == {host}
        with pytest.raises(InterfaceError, match="several"):
            cluster.find_host("127.0.0.1")
        for wrong in ("10.0.0.1", ("127.0.0.1", 1), 5, None):
            with pytest.raises(InterfaceError, match="no host") as caught:
                cluster.find_host(wrong)
            assert session.hosts[0].endpoint in str(caught.value)


# --- listeners --------------------------------------------------------------------------------------------------


@in_memory
async def test_listeners() -> None:
    async with addresses(2) as scripted, aiocql.connect(scripted.contact_point) as session:
        heard: list[EventKind] = []
        end = session.listen(lambda event: heard.append(event.kind))
        session.listen(lambda event: 1 / 0)
        await scripted.stop_node(1)
        await settle()
        assert EventKind.HOST_DOWN in heard
        end()
        end()
        heard.clear()
        await scripted.start_node(1)
        await settle()
        assert heard == []


@in_memory
async def test_events_are_iterated_until_the_session_ends() -> None:
    async with addresses(2) as scripted:
        async with aiocql.connect(scripted.contact_point) as session:
            events = session.events()
            await scripted.stop_node(1)
            await settle()
            event = await anext(events)
            assert (event.kind, event.host) == (EventKind.HOST_DOWN, session.hosts[1])
            assert isinstance(event.error, aiocql.Error)
        assert EventKind.HOST_UP not in [event.kind async for event in events]
        with pytest.raises(SessionClosed):
            session.events()


@pytest.mark.fault(44)
@in_memory
async def test_a_slow_reader_of_events_costs_bounded_memory_and_one_that_left_none() -> None:
    async with addresses(1) as scripted, aiocql.connect(scripted.contact_point) as session:
        hub = cluster_of(session).events
        events = session.events()
        for _ in range(1500):
            hub.publish(EventKind.SCHEMA_CHANGED, keyspace="ks")
        assert events.dropped == 500

        async def the_next() -> Any:
            async for event in session.events():
                return event
            raise AssertionError("the events ended")

        asked = asyncio.create_task(the_next())
        await asyncio.sleep(0)
        hub.publish(EventKind.SCHEMA_CHANGED, keyspace="another")
        assert (await asked).keyspace == "another"
        del asked
        assert list(hub._streams) == [events]


@in_memory
async def test_looking_again_when_it_is_asked_for() -> None:
    async with addresses(2) as scripted, aiocql.connect(scripted.contact_point) as session:
        await scripted.add_node(announce=False)
        await session.refresh_topology()
        assert len(session.hosts) == 3
        scripted.view.schema.add_keyspace("ks", {"class": "SimpleStrategy", "replication_factor": "2"})
        await session.refresh_schema("ks")
        assert "ks" in session.metadata.keyspaces
        assert await session.wait_for_schema_agreement(timeout=1)
        await session.close()
        for asked in (session.refresh_topology(), session.refresh_schema(), session.refresh_schema("ks")):
            with pytest.raises(SessionClosed):
                await asyncio.wait_for(asked, 5)


# --- options ----------------------------------------------------------------------------------------------------


@in_memory
async def test_how_often_the_hosts_are_read_without_an_event() -> None:
    async with addresses(1) as scripted:
        for interval, readings in ((10.0, 10), (None, 0)):
            async with aiocql.connect(scripted.contact_point, topology_refresh_interval=interval):
                before = reads(scripted.nodes[0], "system.peers")
                await settle(100)
                assert abs(reads(scripted.nodes[0], "system.peers") - before - readings) <= 1


@in_memory
async def test_how_long_a_change_of_the_schema_waits() -> None:
    async with addresses(2) as scripted:
        statement = "CREATE TABLE ks.t (k int PRIMARY KEY)"
        scripted.prime(statement, SchemaChange("CREATED", "TABLE", "ks", "t"))
        async with aiocql.connect(scripted.contact_point, schema_agreement_timeout=2.0) as session:
            scripted.nodes[1].node.schema_version = uuid.uuid4()
            begun = asyncio.get_running_loop().time()
            await session.execute(statement)
            assert 1.5 < asyncio.get_running_loop().time() - begun < 2.5
