"""Rows 22 and 44: a hundred thousand events while the cluster is being read. The reading goes on, memory is bounded."""

from __future__ import annotations

import asyncio
import tracemalloc
from collections.abc import Iterator

import pytest
from tests.plugins.canary import value_of
from tests.plugins.fault_table import Record
from tests.scripted.in_memory import in_memory
from tests.scripted.scripted_sessions import SELECT, one_node

import aiocql
from aiocql.testing import Opcode, SchemaChangeEvent, ScriptedServer, StatusChange, TopologyChange

pytestmark = pytest.mark.fault(22, 44)

FLOOD, KINDS = 100_000, 10_000
READING = 2.0
"""Virtual seconds that each query of system tables takes."""
BOUND = 4_000_000
"""Bytes. The flood itself is three times as many."""

Event = StatusChange | TopologyChange | SchemaChangeEvent


def different_events(count: int) -> Iterator[Event]:
    """Of nodes and tables that nobody knows: none of them is another's repetition."""
    for i in range(count):
        address = f"10.{i >> 16 & 255}.{i >> 8 & 255}.{i & 255}"
        yield (
            StatusChange("UP", address),
            TopologyChange("NEW_NODE", address),
            SchemaChangeEvent("UPDATED", "TABLE", f"ks{i}", "t"),
            StatusChange("DOWN", address),
        )[i % 4]


def slow_reading(server: ScriptedServer) -> None:
    """From now on every query of a system table takes its time."""
    server.prime(
        lambda request: request.opcode is Opcode.QUERY and "FROM system" in (request.query or ""),
        lambda request: server._query(server.connections[0], request),
        delay=READING,
    )


def readings(server: ScriptedServer) -> int:
    return sum("FROM system.local" in (request.query or "") for request in server.requests)


async def flood(session: aiocql.Session, server: ScriptedServer) -> int:
    """Sends the events, with requests between them. Gives by how many bytes the process grew at most."""
    [control] = [connection for connection in server.connections if connection.event_types]
    wire = control._framed([control._envelope(event, -1) for event in different_events(KINDS)])
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        for k in range(FLOOD // KINDS):
            control.send_bytes(wire)
            assert (await session.execute(SELECT, [k], timeout=1.0)).one() == (value_of(k),)
            await asyncio.sleep(0.05)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return peak - before


@in_memory
async def test_a_hundred_thousand_events_while_metadata_is_read(
    record_property: Record,
) -> None:
    async with one_node() as (server, session):
        assert (await session.execute(SELECT, [0])).one() == (value_of(0),)
        slow_reading(server)
        before, asked = readings(server), len(server.requests)
        server.push(TopologyChange("NEW_NODE", "10.200.0.1"))
        await server.until(lambda: readings(server) == before + 1)
        held = await flood(session, server)
        assert readings(server) == before + 1, "the reading that was under way still is"
        assert held < BOUND, held
        await asyncio.sleep(120)
        more = readings(server) - before - 1
        assert 1 <= more <= 2, "what came meanwhile is one reading more"
        assert len(server.requests) - asked < 60, "not one for each keyspace that was named"
        assert [connection.event_types for connection in server.connections].count(set()) == 1
        assert len(server.connections) == 2
        assert session.hosts[0].is_up
        assert (await session.execute(SELECT, [1])).one() == (value_of(1),)
    record_property(
        "seen",
        f"{FLOOD:,} events, {held / 1e6:.1f} MB more at most, {more} reading(s) afterwards",
    )
