"""Discovery of nodes: contact points, system tables and rows that are skipped.

Clusters are scripted, and time is virtual.
"""

from __future__ import annotations

import logging
from typing import Any

import pytest
from tests.plugins.canary import PASSWORD, WRONG_PASSWORD
from tests.scripted.cluster_helpers import addresses, by_address, cluster_of, memory_loop, reads, settle
from tests.scripted.in_memory import in_memory

import aiocql
from aiocql.errors import (
    AuthenticationFailed,
    NoHostAvailable,
)
from aiocql.testing import (
    ErrorAnswer,
    ScriptedCluster,
    StatusChange,
    plain_text,
)


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
