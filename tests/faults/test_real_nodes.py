"""Rows 3 to 5 on a real cluster of three nodes: killed, paused and restarted under load that checks every answer."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

import pytest

import aiocql
from aiocql.testing import CassandraCluster

WORKERS = 12


class Traffic:
    """Tasks that each write their own row and read it back, all at LOCAL_QUORUM: what was written is what is read."""

    def __init__(self, session: aiocql.Session) -> None:
        self.session = session
        self.rounds = [0] * WORKERS
        self.failures: list[str] = []
        self.stopping = False

    async def work(self, number: int) -> None:
        while not self.stopping:
            value = f"{number}:{self.rounds[number]}"
            try:
                await self.session.execute(
                    "INSERT INTO faults.kv (k, v) VALUES (?, ?)", [number, value], idempotent=True
                )
                row = (await self.session.execute("SELECT k, v FROM faults.kv WHERE k = ?", [number])).one()
            except aiocql.Error as error:
                self.failures.append(f"{type(error).__name__}: {error}")
                continue
            assert row == (number, value)
            self.rounds[number] += 1
            await asyncio.sleep(0.2)

    async def further(self) -> None:
        """Waits until every task has done three more rounds."""
        wanted = [done + 3 for done in self.rounds]
        async with asyncio.timeout(60):
            while any(  # noqa: ASYNC110
                done < more for done, more in zip(self.rounds, wanted, strict=True)
            ):
                await asyncio.sleep(0.05)


@contextlib.asynccontextmanager
async def traffic(ring: CassandraCluster) -> AsyncIterator[Traffic]:
    """Load for as long as the block runs, and a little longer; nothing of it may have failed."""
    async with aiocql.connect(
        *ring.contact_points,
        consistency_level="LOCAL_QUORUM",
        request_timeout=30.0,
        attempt_timeout=2.0,
        heartbeat_interval=5.0,
        heartbeat_timeout=3.0,
    ) as session:
        await session.execute(
            "CREATE KEYSPACE IF NOT EXISTS faults"
            " WITH replication = {'class': 'NetworkTopologyStrategy', 'dc1': 3}",
            timeout=30.0,
        )
        await session.execute(
            "CREATE TABLE IF NOT EXISTS faults.kv (k int PRIMARY KEY, v text)", timeout=30.0
        )
        load = Traffic(session)
        async with asyncio.TaskGroup() as group:
            for number in range(WORKERS):
                group.create_task(load.work(number))
            await load.further()
            yield load
            await load.further()
            load.stopping = True
        assert load.failures == []


@pytest.mark.timeout(300)
async def test_a_killed_node_fails_no_idempotent_request(
    ring: CassandraCluster, record_property: Callable[[str, object], None]
) -> None:
    node = ring.nodes[1]
    async with traffic(ring) as load:
        host = next(h for h in load.session.hosts if node.contact_point.startswith(h.address))
        await node.kill()
        await load.further()
        assert not host.is_up
        await node.start()
        await ring.wait_until_up(node)
        async with asyncio.timeout(60):
            while not host.is_up:  # noqa: ASYNC110
                await asyncio.sleep(0.1)
    record_property("seen", f"killed: {2 * sum(load.rounds):,} requests, none failed")


@pytest.mark.timeout(300)
async def test_a_paused_node_fails_no_idempotent_request(
    ring: CassandraCluster, record_property: Callable[[str, object], None]
) -> None:
    node = ring.nodes[2]
    async with traffic(ring) as load:
        node.pause()
        try:
            await load.further()
            await asyncio.sleep(5)
        finally:
            node.resume()
    record_property("seen", f"paused for 5 s: {2 * sum(load.rounds):,} requests, none failed")


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
