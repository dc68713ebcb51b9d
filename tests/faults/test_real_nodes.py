"""Rows 3 to 6 on a real cluster of three nodes: killed, paused and restarted under load that checks every answer."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

import aiocql
from aiocql import EventKind
from aiocql.testing import CassandraCluster, CassandraNode
from aiocql.testing.cassandra.waiting import until

WORKERS = 12
INSERT, SELECT = "INSERT INTO faults.kv (k, v) VALUES (?, ?)", "SELECT k, v FROM faults.kv WHERE k = ?"


@contextlib.contextmanager
def paused(node: CassandraNode) -> Iterator[None]:
    node.pause()
    try:
        yield
    finally:
        node.resume()


class Traffic:
    """Tasks that each write their own row and read it back, all at LOCAL_QUORUM: what was written is what is read."""

    def __init__(self, session: aiocql.Session) -> None:
        self.session = session
        self.rounds = [0] * WORKERS
        self.failures: list[str] = []
        self.coordinators: set[aiocql.Host] = set()
        self.stopping = False
        self._counts_from = 0

    async def work(self, number: int) -> None:
        while not self.stopping:
            counts_from = self._counts_from
            value = f"{number}:{self.rounds[number]}"
            try:
                written = await self.session.execute(INSERT, [number, value], idempotent=True)
                read = await self.session.execute(SELECT, [number])
            except aiocql.Error as error:
                self.failures.append(f"{type(error).__name__}: {error}")
                continue
            assert read.one() == (number, value)
            if counts_from == self._counts_from:
                self.coordinators |= {written.coordinator, read.coordinator}
            self.rounds[number] += 1
            await asyncio.sleep(0.2)

    def count_coordinators_anew(self) -> None:
        """Count the coordinators of rounds that begin from now on: one under way may have met a host before."""
        self._counts_from += 1
        self.coordinators.clear()

    async def further(self) -> None:
        """Waits until every task has done three more rounds."""
        wanted = [done + 3 for done in self.rounds]
        async with asyncio.timeout(60):
            while any(  # noqa: ASYNC110
                done < more for done, more in zip(self.rounds, wanted, strict=True)
            ):
                await asyncio.sleep(0.05)


async def eventually(condition: Callable[[], bool], seconds: float = 60) -> None:
    assert await until(condition, seconds)


@contextlib.asynccontextmanager
async def connected(ring: CassandraCluster, **options: Any) -> AsyncIterator[aiocql.Session]:
    """A session, and the table."""
    given: dict[str, Any] = {
        "consistency_level": "LOCAL_QUORUM",
        "request_timeout": 30.0,
        "attempt_timeout": 2.0,
        "heartbeat_interval": 5.0,
        "heartbeat_timeout": 3.0,
    }
    async with aiocql.connect(*ring.contact_points, **(given | options)) as session:
        await session.execute(
            "CREATE KEYSPACE IF NOT EXISTS faults"
            " WITH replication = {'class': 'NetworkTopologyStrategy', 'dc1': 3}",
            timeout=30.0,
        )
        await session.execute(
            "CREATE TABLE IF NOT EXISTS faults.kv (k int PRIMARY KEY, v text)", timeout=30.0
        )
        yield session


@contextlib.asynccontextmanager
async def traffic(ring: CassandraCluster, **options: Any) -> AsyncIterator[Traffic]:
    """Load for as long as the block runs, and a little longer; nothing of it may have failed."""
    async with connected(ring, **options) as session:
        load = Traffic(session)
        async with asyncio.TaskGroup() as group:
            for number in range(WORKERS):
                group.create_task(load.work(number))
            await load.further()
            yield load
            await load.further()
            load.stopping = True
        assert load.failures == []


def host_of(session: aiocql.Session, node: CassandraNode) -> aiocql.Host:
    return session.find_host((node.address, node.port))


def figures(session: aiocql.Session, host: aiocql.Host) -> Any:
    return session.stats().hosts[session.hosts.index(host)]


def events_of(session: aiocql.Session, host: aiocql.Host) -> list[Any]:
    """What happens to a host from now on."""
    seen: list[Any] = []
    session.listen(lambda event: seen.append(event) if event.host is host else None)
    return seen


@pytest.mark.xfail(strict=True, raises=ZeroDivisionError, reason="it fails on purpose, with nodes down")
async def test_that_fails_leaves_the_ring_to_be_restored(ring: CassandraCluster) -> None:
    await ring.nodes[0].kill()
    ring.nodes[1].pause()
    raise ZeroDivisionError


@pytest.mark.timeout(300)
async def test_ring_is_whole_after_a_test_that_failed(ring: CassandraCluster) -> None:
    assert [node.state for node in ring.nodes] == ["running"] * 3
    async with connected(ring, consistency_level="ALL") as session:
        await session.execute(INSERT, [0, "on every node"])


@pytest.mark.fault(3)
@pytest.mark.timeout(300)
async def test_a_killed_node_fails_no_idempotent_request(
    ring: CassandraCluster, record_property: Callable[[str, object], None]
) -> None:
    node = ring.nodes[1]
    async with traffic(ring) as load:
        session, host = load.session, host_of(load.session, node)
        others = [figures(session, each).connections_lost for each in session.hosts if each is not host]
        seen = events_of(session, host)
        await node.kill()
        await eventually(lambda: not host.is_up)
        [down] = [event for event in seen if event.kind is EventKind.HOST_DOWN]
        assert not isinstance(down.error, aiocql.HeartbeatFailed), (
            "its connections ended: nothing is waited for"
        )
        load.count_coordinators_anew()
        await load.further()
        assert not host.is_up
        assert host not in load.coordinators, "no request to it until it is back"
        assert others == [
            figures(session, each).connections_lost for each in session.hosts if each is not host
        ]
        await node.start()
        await ring.wait_until_up(node)
        await eventually(lambda: host.is_up)
        load.count_coordinators_anew()
        await eventually(lambda: host in load.coordinators)
        assert figures(session, host).connections_lost > 0
        await eventually(
            lambda: len(figures(session, host).connections) == figures(session, host).core_connections
        )
    record_property("seen", f"killed: {2 * sum(load.rounds):,} requests, none failed")


@pytest.mark.fault(4)
@pytest.mark.timeout(300)
async def test_a_paused_node_fails_no_idempotent_request_and_its_late_answers_reach_nobody(
    ring: CassandraCluster, record_property: Callable[[str, object], None]
) -> None:
    """Shorter than heartbeats notice: its connections stay, and so do the ids of what was given up until it answers."""
    node = ring.nodes[2]
    async with traffic(ring, heartbeat_interval=60.0, heartbeat_timeout=30.0) as load:
        host = host_of(load.session, node)
        seen = events_of(load.session, host)
        with paused(node):
            await eventually(lambda: figures(load.session, host).orphans > 0)
            await load.further()
            await asyncio.sleep(2)
        await eventually(lambda: figures(load.session, host).orphans == 0)
        load.count_coordinators_anew()
        await eventually(lambda: host in load.coordinators)
        assert EventKind.HOST_DOWN not in [event.kind for event in seen]
    record_property("seen", f"paused: {2 * sum(load.rounds):,} requests, none failed")


@pytest.mark.fault(4)
@pytest.mark.timeout(300)
async def test_a_node_paused_for_longer_than_heartbeats_wait_is_left_and_comes_back(
    ring: CassandraCluster, record_property: Callable[[str, object], None]
) -> None:
    node = ring.nodes[2]
    async with traffic(ring, heartbeat_interval=1.0, heartbeat_timeout=1.0) as load:
        host = host_of(load.session, node)
        seen = events_of(load.session, host)
        with paused(node):
            await eventually(lambda: not host.is_up)
            load.count_coordinators_anew()
            await load.further()
            assert host not in load.coordinators
        await eventually(lambda: host.is_up)
        await eventually(lambda: host in load.coordinators)
        [down] = [event for event in seen if event.kind is EventKind.HOST_DOWN]
        assert isinstance(down.error, aiocql.HeartbeatFailed)
    record_property("seen", f"paused until it was left: {2 * sum(load.rounds):,} requests, none failed")


@pytest.mark.fault(5)
@pytest.mark.timeout(400)
async def test_a_rolling_restart_fails_no_idempotent_request(
    ring: CassandraCluster, record_property: Callable[[str, object], None]
) -> None:
    async with traffic(ring) as load:
        for node in ring.nodes:
            await node.restart()
            await ring.wait_until_up(node)
            await load.further()
    record_property("seen", f"three restarts: {2 * sum(load.rounds):,} requests, none failed")


@pytest.mark.fault(6)
@pytest.mark.timeout(300)
async def test_the_whole_cluster_down_and_up(
    ring: CassandraCluster, record_property: Callable[[str, object], None]
) -> None:
    """What is asked meanwhile fails at once and says of each node why; the same session serves when they are back."""
    async with connected(ring, reconnection=aiocql.ConstantReconnectionPolicy(1.0)) as session:
        hosts = session.hosts
        await session.execute(INSERT, [1000, "before"])
        try:
            for node in ring.nodes:
                await node.kill()
            await eventually(lambda: not any(host.is_up for host in hosts))
            await asyncio.sleep(2)  # the first tries to come back have failed
            await refused(session)
            busy = time.process_time()
            await asyncio.sleep(4)
            assert time.process_time() - busy < 2, "it waits between two tries"
            await refused(session)
        finally:
            await ring.heal()
        await eventually(lambda: all(host.is_up for host in hosts))
        assert session.hosts == hosts
        for host in hosts:
            assert (await session.execute(SELECT, [1000], host=host)).one() == (1000, "before")
        await session.execute(INSERT, [1000, "after"])
        assert (await session.execute(SELECT, [1000])).one() == (1000, "after")
    record_property(
        "seen", "three real nodes down: each request refused at once; the same session served again"
    )


async def refused(session: aiocql.Session) -> None:
    """Requests that could wait for half a minute, and end long before."""
    async with asyncio.timeout(10):
        outcomes = await asyncio.gather(
            *(session.execute(SELECT, [k], timeout=30.0) for k in range(100)), return_exceptions=True
        )
    for outcome in outcomes:
        assert isinstance(outcome, aiocql.NoHostAvailable)
        assert {attempt.host for attempt in outcome.attempts} == set(session.hosts)
        assert all(isinstance(error, aiocql.ConnectionException) for error in outcome.errors.values())
        assert all(host.endpoint in str(outcome) for host in session.hosts)
