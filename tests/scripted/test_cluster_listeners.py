"""Listeners and event streams of a session, and refreshes on request.

Clusters are scripted, and time is virtual.
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.scripted.cluster_helpers import addresses, cluster_of, settle
from tests.scripted.in_memory import in_memory

import aiocql
from aiocql.cluster.events import EventKind
from aiocql.errors import (
    SessionClosed,
)


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
