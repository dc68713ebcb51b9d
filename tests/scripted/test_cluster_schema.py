"""Schema metadata: events, partial refreshes and schema agreement.

Clusters are scripted, and time is virtual.
"""

from __future__ import annotations

import asyncio
import uuid

import pytest
from tests.scripted.cluster_helpers import addresses, cluster_of, reads, settle
from tests.scripted.in_memory import in_memory

import aiocql
from aiocql.cluster.events import EventKind
from aiocql.errors import (
    InterfaceError,
)
from aiocql.testing import (
    SchemaChange,
    SchemaChangeEvent,
    ScriptedServer,
)


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
