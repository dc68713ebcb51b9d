"""The signals of overload: events that begin and end, and counters."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests import internals
from tests.scripted.in_memory import in_memory
from tests.scripted.pool.held import QUERY, answers, ask, held_node, held_nodes

import aiocql
from aiocql import EventKind
from aiocql.policies.load_balancing import RoundRobinPolicy
from aiocql.testing import Rows


class Heard:
    """What a session's listener heard, as (kind, began)."""

    def __init__(self, session: aiocql.Session, *kinds: EventKind) -> None:
        self.events: list[aiocql.ClusterEvent] = []
        self.end = session.listen(lambda event: self.events.append(event) if event.kind in kinds else None)

    @property
    def told(self) -> list[tuple[EventKind, bool]]:
        return [(event.kind, event.active) for event in self.events]


@in_memory
async def test_high_in_flight_begins_at_the_high_mark_and_ends_at_the_low_mark() -> None:
    async with held_node(max_local=1, max_requests_per_connection=10) as (server, session):
        heard = Heard(session, EventKind.HIGH_IN_FLIGHT)
        tasks = [ask(session, key) for key in range(8)]
        await server.until(lambda: len(server.held) == 8)
        assert heard.told == []
        tasks.append(ask(session, 8))
        await asyncio.sleep(0.1)
        assert heard.told == [(EventKind.HIGH_IN_FLIGHT, True)]
        assert heard.events[0].host is session.hosts[0]
        host = session.stats().hosts[0]
        assert (host.is_saturated, host.high_in_flight, host.waiting) == (True, 1, 1)
        for _ in range(3):
            server.held.pop(0).release()
        await asyncio.sleep(0.1)
        assert heard.told[1:] == [(EventKind.HIGH_IN_FLIGHT, False)]
        assert not session.stats().hosts[0].is_saturated
        assert await answers(server, tasks) == list(range(9))


@in_memory
async def test_high_in_flight_ends_where_nobody_had_to_wait() -> None:
    """The request that found a host full went to another one."""
    options = {"load_balancing": RoundRobinPolicy()}
    async with held_nodes(2, options, max_local=1, max_requests_per_connection=10) as (cluster, session):
        heard = Heard(session, EventKind.HIGH_IN_FLIGHT)
        tasks = [ask(session, key, host=session.hosts[0]) for key in range(8)]
        await asyncio.sleep(0.1)
        tasks += [ask(session, 1) for _ in range(8)]
        await asyncio.sleep(0.1)
        assert session.stats().waiting == 0
        assert [event.host for event in heard.events] == [session.hosts[0]]
        assert await answers(cluster, tasks) == [*range(8), *[1] * 8]
        assert [event.active for event in heard.events if event.host is session.hosts[0]] == [True, False]
        assert not any(host.is_saturated for host in session.stats().hosts)


@in_memory
async def test_a_new_connection_ends_high_in_flight() -> None:
    async with held_node(max_local=2, max_requests_per_connection=10) as (server, session):
        heard = Heard(session, EventKind.HIGH_IN_FLIGHT)
        tasks = [ask(session, key) for key in range(9)]
        await server.until(lambda: len(server.held) == 9)
        assert heard.told == [(EventKind.HIGH_IN_FLIGHT, True), (EventKind.HIGH_IN_FLIGHT, False)]
        await answers(server, tasks)


@in_memory
async def test_queue_full_begins_with_the_first_refusal_and_ends_with_half_of_the_places() -> None:
    async with held_node(max_local=1, max_requests_per_connection=10, max_queue=4) as (server, session):
        heard = Heard(session, EventKind.QUEUE_FULL)
        tasks = [ask(session, key) for key in range(12)]
        await server.until(lambda: len(server.held) == 8)
        assert heard.told == []
        for _ in range(3):
            with pytest.raises(aiocql.BusyConnection, match=r"max_queue=4"):
                await session.execute(QUERY, [99])
        assert heard.told == [(EventKind.QUEUE_FULL, True)]
        stats = session.stats()
        assert (stats.refused, stats.is_queue_full, stats.hosts[0].queue_full) == (3, True, 1)
        tasks.pop().cancel()
        await asyncio.sleep(0.1)
        assert len(heard.told) == 1
        tasks.pop().cancel()
        await asyncio.sleep(0.1)
        assert heard.told[1:] == [(EventKind.QUEUE_FULL, False)]
        assert not session.stats().is_queue_full
        assert await answers(server, tasks) == list(range(10))


@in_memory
async def test_queue_full_of_a_host_without_waiters_ends_too() -> None:
    """The places are the session's: others may hold them all."""
    pool: dict[str, Any] = {"max_local": 1, "max_requests_per_connection": 10, "max_queue": 2}
    async with held_nodes(2, **pool) as (cluster, session):
        first, second = session.hosts
        heard = Heard(session, EventKind.QUEUE_FULL)
        tasks = [ask(session, key, host=first) for key in range(10)]
        tasks += [ask(session, key, host=second) for key in range(8)]
        await asyncio.sleep(0.1)
        with pytest.raises(aiocql.BusyConnection):
            await session.execute(QUERY, [99], host=second)
        assert [event.host for event in heard.events] == [second]
        await answers(cluster, tasks)
        assert [event.active for event in heard.events] == [True, False]


@in_memory
async def test_without_a_queue_the_signal_ends_with_the_high_mark() -> None:
    async with held_node(max_local=1, max_requests_per_connection=10, max_queue=0) as (server, session):
        heard = Heard(session, EventKind.QUEUE_FULL, EventKind.HIGH_IN_FLIGHT)
        tasks = [ask(session, key) for key in range(8)]
        await server.until(lambda: len(server.held) == 8)
        with pytest.raises(aiocql.BusyConnection, match="max_queue=0"):
            await session.execute(QUERY, [99])
        assert heard.told == [(EventKind.HIGH_IN_FLIGHT, True), (EventKind.QUEUE_FULL, True)]
        await answers(server, tasks)
        assert heard.told[2:] == [(EventKind.HIGH_IN_FLIGHT, False), (EventKind.QUEUE_FULL, False)]


@in_memory
async def test_read_buffer_full_while_the_application_has_not_taken_what_came() -> None:
    async with held_node(read_budget=10_000) as (server, session):
        server.prime("SELECT big FROM t", Rows([("v", "text")], [("x" * 60_000,)]))
        heard = Heard(session, EventKind.READ_BUFFER_FULL)
        seen: list[tuple[int, bool, int]] = []
        session.listen(lambda event: seen.append(connection_of(session)))
        results = await asyncio.gather(*(session.execute("SELECT big FROM t") for _ in range(3)))
        assert [len(result.one().v) for result in results] == [60_000] * 3
        assert set(heard.told[::2]) == {(EventKind.READ_BUFFER_FULL, True)}
        assert set(heard.told[1::2]) == {(EventKind.READ_BUFFER_FULL, False)}
        assert len(heard.told) % 2 == 0
        begin, end = seen[0], seen[1]
        assert begin[0] > 10_000
        assert not begin[1]
        assert end[1]
        host = session.stats().hosts[0]
        assert host.read_buffer_full == len(heard.told) // 2
        assert host.connections[0].read_pauses == host.read_buffer_full


@in_memory
async def test_read_buffer_full_ends_with_its_connection() -> None:
    async with held_node(read_budget=10_000) as (server, session):
        server.prime("SELECT big FROM t", Rows([("v", "text")], [("x" * 60_000,)]))
        heard = Heard(session, EventKind.READ_BUFFER_FULL)

        def lose_it(event: aiocql.ClusterEvent) -> None:
            if event.kind is EventKind.READ_BUFFER_FULL and event.active:
                pool = internals.pools(session)[session.hosts[0]]
                pool.connections[0].abort(aiocql.ConnectionLost("for the test"))

        session.listen(lose_it)
        await session.execute("SELECT big FROM t")
        assert heard.told == [(EventKind.READ_BUFFER_FULL, True), (EventKind.READ_BUFFER_FULL, False)]
        await server.until(lambda: session.hosts[0].is_up)


@in_memory
async def test_high_in_flight_ends_with_its_pool() -> None:
    """A host that is let go while it is full is not full for ever."""
    async with held_node(max_local=1, max_requests_per_connection=10) as (server, session):
        heard = Heard(session, EventKind.HIGH_IN_FLIGHT)
        tasks = [ask(session, key) for key in range(9)]
        await server.until(lambda: len(server.held) == 8)
        internals.host_pools(session).remove(session.hosts[0])
        assert heard.told == [(EventKind.HIGH_IN_FLIGHT, True), (EventKind.HIGH_IN_FLIGHT, False)]
        server.release()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        assert [type(each).__name__ for each in outcomes] == ["Result"] * 8 + ["NoHostAvailable"]


@in_memory
async def test_without_a_queue_the_signal_ends_when_the_peer_reads_again() -> None:
    async with held_node(max_local=1, max_queue=0) as (_, session):
        heard = Heard(session, EventKind.QUEUE_FULL)
        connection = internals.pools(session)[session.hosts[0]].connections[0]
        connection.pause_writing()
        with pytest.raises(aiocql.BusyConnection, match="max_queue=0"):
            await session.execute(QUERY, [1])
        connection.resume_writing()
        assert heard.told == [(EventKind.QUEUE_FULL, True), (EventKind.QUEUE_FULL, False)]


def connection_of(session: aiocql.Session) -> tuple[int, bool, int]:
    only = session.stats().hosts[0].connections[0]
    return only.undelivered, only.is_reading, only.in_flight


@in_memory
async def test_events_are_an_async_iterator_and_listening_can_end() -> None:
    async with held_node(max_local=1, max_requests_per_connection=10) as (server, session):
        heard = Heard(session, EventKind.HIGH_IN_FLIGHT)
        events = session.events()
        tasks = [ask(session, key) for key in range(9)]
        event = await anext(aiter(events))
        assert (event.kind, event.active, event.host) == (EventKind.HIGH_IN_FLIGHT, True, session.hosts[0])
        heard.end()
        await answers(server, tasks)
        event = await anext(aiter(events))
        assert (event.kind, event.active) == (EventKind.HIGH_IN_FLIGHT, False)
        assert len(heard.told) == 1
        await session.close()
        assert [each async for each in events if each.kind is EventKind.HIGH_IN_FLIGHT] == []
