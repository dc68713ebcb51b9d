"""Selection of hosts: datacenters, address translators, filters, ports and `host=`.

Clusters are scripted, and time is virtual.
"""

from __future__ import annotations

from typing import Any

import pytest
from tests.scripted.cluster_helpers import addresses, by_address, cluster_of, settle
from tests.scripted.in_memory import in_memory

import aiocql
from aiocql.errors import (
    ConfigurationError,
    InterfaceError,
    NoHostAvailable,
)
from aiocql.policies.load_balancing import (
    DefaultLoadBalancingPolicy,
    HostFilterPolicy,
    RoundRobinPolicy,
    TokenAwarePolicy,
)
from aiocql.testing import (
    ScriptedCluster,
    StatusChange,
)


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
async def test_policy_decides_for_contact_points_in_several_datacenters() -> None:
    async with addresses(2, datacenters=["dc1", "dc2"]):
        policy = TokenAwarePolicy(DefaultLoadBalancingPolicy("dc2"))
        async with aiocql.connect("127.0.61.1", "127.0.61.2", load_balancing=policy) as session:
            assert session.metadata.local_datacenter == "dc2"
            assert [host.open_connections for host in session.hosts] == [0, 1]
        async with aiocql.connect(
            "127.0.61.1", "127.0.61.2", load_balancing=RoundRobinPolicy()
        ) as everywhere:
            assert [host.open_connections for host in everywhere.hosts] == [1, 1]


@in_memory
async def test_policy_for_another_datacenter_is_refused_before_a_node_is_contacted() -> None:
    async with addresses(2, datacenters=["dc1", "dc2"]) as scripted:
        policy = HostFilterPolicy(DefaultLoadBalancingPolicy("dc2"), lambda host: True)
        with pytest.raises(ConfigurationError, match="'dc1', but the load balancing policy is for 'dc2'"):
            await aiocql.connect(scripted.contact_point, local_datacenter="dc1", load_balancing=policy)
        assert not any(node.connections or node.requests for node in scripted.nodes)
        # The policy of a profile may be for another datacenter: such profiles exist for that.
        profile = aiocql.ExecutionProfile(load_balancing=DefaultLoadBalancingPolicy("dc2"))
        async with aiocql.connect(
            scripted.contact_point, local_datacenter="dc1", profiles={"other": profile}
        ) as session:
            assert [host.open_connections for host in session.hosts] == [1, 1]


@in_memory
@pytest.mark.parametrize(
    ("policy", "text"),
    [
        (DefaultLoadBalancingPolicy("dc1", remote_datacenters=["DC2"]), "did you mean 'dc2'"),
        (DefaultLoadBalancingPolicy("dc1", remote_datacenters=["dc2 "]), "did you mean 'dc2'"),
        (DefaultLoadBalancingPolicy("DC1", remote_datacenters="all"), "did you mean 'dc1'"),
        (DefaultLoadBalancingPolicy("dc1", local_rack="R1"), "did you mean 'r1'"),
    ],
)
async def test_names_that_no_node_has_are_reported_once(
    policy: DefaultLoadBalancingPolicy, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with (
        addresses(2, datacenters=["dc1", "dc2"], racks=["r1"]) as scripted,
        aiocql.connect(scripted.contact_point, load_balancing=policy) as session,
    ):
        assert caplog.text.count(text) == 1
        await session.refresh_topology()
        assert caplog.text.count(text) == 1


@in_memory
async def test_wrong_names_of_a_later_profile_are_reported(caplog: pytest.LogCaptureFixture) -> None:
    async with (
        addresses(2, datacenters=["dc1", "dc2"]) as scripted,
        aiocql.connect(scripted.contact_point) as session,
    ):
        policy = DefaultLoadBalancingPolicy("dc1", remote_datacenters=["DC2"])
        session.set_profile("later", aiocql.ExecutionProfile(load_balancing=policy))
        assert "did you mean 'dc2'" in caplog.text


@in_memory
async def test_remote_datacenter_may_appear_later(caplog: pytest.LogCaptureFixture) -> None:
    async with addresses(1, datacenters=["dc1"]) as scripted:
        policy = DefaultLoadBalancingPolicy("dc1", remote_datacenters=["dc2"])
        async with aiocql.connect(scripted.contact_point, load_balancing=policy) as session:
            assert "the remote datacenter 'dc2', but the cluster has the datacenter 'dc1'" in caplog.text
            await scripted.add_node("dc2")
            await settle()
            assert [host.open_connections for host in session.hosts] == [1, 1]


@in_memory
async def test_policy_for_an_unknown_datacenter_is_told_the_known_ones() -> None:
    async with addresses(2, datacenters=["dc1", "dc2"]) as scripted:
        with pytest.raises(ConfigurationError, match=r"local datacenter 'DC1'.*did you mean 'dc1'"):
            await aiocql.connect(scripted.contact_point, load_balancing=DefaultLoadBalancingPolicy("DC1"))


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
    [
        {"local_datacenter": "dc1", "host_filter": lambda host: False},
        {"load_balancing": DefaultLoadBalancingPolicy("dc9")},
    ],
    ids=["host_filter", "load_balancing"],
)
async def test_nothing_to_be_used_is_told_what_there_is(wrong: dict[str, Any]) -> None:
    async with addresses(2, datacenters=["dc1", "dc2"]) as scripted:
        with pytest.raises(aiocql.Error) as caught:
            await aiocql.connect(scripted.contact_point, **wrong)
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
