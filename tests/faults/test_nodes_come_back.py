"""Rows 3 to 5 on scripted nodes: who is asked while a node is away, and what a node that comes back is asked for.

`test_real_nodes` does the same to a real cluster; here each node's own record says who was asked what and when.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator

import pytest
from tests.plugins.fault_table import Record
from tests.scripted.in_memory import in_memory

import aiocql
from aiocql import EventKind
from aiocql.testing import Opcode, ScriptedCluster, ScriptedServer

STATEMENTS = 20
WORKERS = 8
EVERY = 0.2
"""Seconds between two requests of a worker."""


def query(n: int) -> str:
    return f"SELECT v FROM t{n} WHERE k = ?"


class Traffic:
    """Workers that ask for rows which name their own key, by many statements; none of them may fail."""

    def __init__(self, session: aiocql.Session) -> None:
        self.session = session
        self.answers = 0
        self.moved = 0
        self.failures: list[aiocql.Error] = []
        self.coordinators: Counter[str] = Counter()
        self.stopping = False

    async def work(self, number: int) -> None:
        k = number
        while not self.stopping:
            k += WORKERS
            try:
                result = await self.session.execute(query(k % STATEMENTS), [k])
            except aiocql.Error as error:
                self.failures.append(error)
                continue
            assert result.one() == (f"{k % STATEMENTS} of {k}",)
            self.answers += 1
            self.moved += len(result.attempts)
            self.coordinators[result.coordinator.endpoint] += 1
            await asyncio.sleep(EVERY)

    async def share_of(self, node: ScriptedServer, seconds: float) -> float:
        """What part of the answers of the next seconds that node gives."""
        self.coordinators.clear()
        await asyncio.sleep(seconds)
        return self.coordinators[f"{node.address}:{node.port}"] / self.coordinators.total()


@contextlib.asynccontextmanager
async def traffic() -> AsyncIterator[tuple[ScriptedCluster, Traffic]]:
    async with ScriptedCluster(3) as cluster:
        cluster.view.schema.add_keyspace("ks", {"class": "SimpleStrategy", "replication_factor": "3"})
        for n in range(STATEMENTS):
            cluster.prime(
                query(n),
                bind=[("k", "int")],
                partition_key=[0],
                columns=[("v", "text")],
                rows=lambda request, n=n: [(f"{n} of {request.bound['k']}",)],
                delay=0.002,
                keep=False,
            )
        async with aiocql.connect(cluster.contact_point, attempt_timeout=1.0) as session:
            await session.warm_up(statements=[query(n) for n in range(STATEMENTS)])
            load = Traffic(session)
            async with asyncio.TaskGroup() as group:
                for number in range(WORKERS):
                    group.create_task(load.work(number))
                await asyncio.sleep(2)
                yield cluster, load
                load.stopping = True
            assert load.failures == []
            stats = session.stats()
            assert (stats.in_flight, stats.waiting) == (0, 0)
            assert [host.orphans for host in stats.hosts] == [0, 0, 0]
        assert cluster.violations == []


def prepares(node: ScriptedServer) -> int:
    return sum(request.opcode is Opcode.PREPARE for request in node.requests)


@pytest.mark.fault(3)
@in_memory
async def test_a_node_that_is_away_is_asked_nothing_and_its_share_is_back_soon_after_it_is(
    record_property: Record,
) -> None:
    loop = asyncio.get_running_loop()
    async with traffic() as (cluster, load):
        node = cluster.nodes[1]
        host = load.session.find_host((node.address, node.port))
        away: list[float] = []
        load.session.listen(
            lambda event: away.append(event.time) if event.kind is EventKind.HOST_DOWN else None
        )
        begun = loop.time()
        await cluster.stop_node(1, reset=True, announce=False)
        await asyncio.sleep(1)
        moved = load.moved
        assert await load.share_of(node, 30) == 0
        assert load.moved == moved, "nothing is tried there first"
        assert len(away) == 1
        assert away[0] - begun < 1
        assert not host.is_up
        node.requests.clear()
        await cluster.start_node(1, announce=False)
        async with asyncio.timeout(60 * 1.15 + 1):
            while not host.is_up:  # noqa: ASYNC110  # in virtual time
                await asyncio.sleep(0.1)
        share = await load.share_of(node, 10)
        assert share > 0.2, "within ten seconds it serves its part again"
        again = prepares(node)
        assert again <= STATEMENTS, "each statement is prepared once, whoever asks for it"
    record_property(
        "seen", f"a node away for 30 s: asked nothing, {again} PREPAREs for {STATEMENTS} statements after"
    )


@pytest.mark.fault(4)
@in_memory
async def test_a_node_paused_for_a_minute_fails_nothing_and_late_answers_reach_nobody(
    record_property: Record,
) -> None:
    async with traffic() as (cluster, load):
        node = cluster.nodes[2]
        host = load.session.find_host((node.address, node.port))
        node.pause_reading()
        before = load.answers
        assert await load.share_of(node, 60) < 0.02
        during = load.answers - before
        assert during > 60 / (EVERY + 1.1) * WORKERS, "the others serve"
        node.resume_reading()
        async with asyncio.timeout(60 * 1.15 + 1):
            while not host.is_up:  # noqa: ASYNC110  # in virtual time
                await asyncio.sleep(0.1)
        await asyncio.sleep(5)
        share = await load.share_of(node, 10)
        assert share > 0.2
    record_property("seen", f"paused for 60 s: {during:,} requests answered by the others, none failed")


@pytest.mark.fault(5)
@in_memory
async def test_a_rolling_restart_prepares_each_statement_once_at_each_node(record_property: Record) -> None:
    async with traffic() as (cluster, load):
        again = []
        for index, node in enumerate(cluster.nodes):
            host = load.session.find_host((node.address, node.port))
            await cluster.stop_node(index)
            await asyncio.sleep(5)
            node.requests.clear()
            await cluster.start_node(index)
            async with asyncio.timeout(20):
                while not host.is_up:  # noqa: ASYNC110  # in virtual time
                    await asyncio.sleep(0.1)
            await asyncio.sleep(10)
            again.append(prepares(node))
            assert node.count(Opcode.STARTUP) <= 4, "a pool's connection, the control connection"
        assert max(again) <= STATEMENTS
        assert await load.share_of(cluster.nodes[0], 5) > 0.2
        answers = load.answers
    record_property(
        "seen",
        f"rolling restart: {answers:,} requests, none failed; {again} PREPAREs for {STATEMENTS} statements",
    )


@pytest.mark.fault(5)
@pytest.mark.parametrize("version", [4, 5])
@in_memory
async def test_a_thousand_requests_at_once_to_a_node_that_forgot_are_one_prepare_a_statement(
    version: int,
) -> None:
    """The moment after a restart, when all that waited comes at once."""
    async with ScriptedServer(max_version=version) as server:
        for n in range(STATEMENTS):
            server.prime(
                query(n), bind=[("k", "int")], columns=[("v", "int")], rows=[(n,)], delay=0.01, keep=False
            )
        options = {"protocol_version": version, "pool": aiocql.PoolOptions(core_local=4)}
        async with aiocql.connect(server.address, port=server.port, **options) as session:
            await session.warm_up(statements=[query(n) for n in range(STATEMENTS)])
            server.forget_prepared()
            before = prepares(server)
            results = await asyncio.gather(
                *(session.execute(query(k % STATEMENTS), [k]) for k in range(1000))
            )
            assert [result.one()[0] for result in results] == [k % STATEMENTS for k in range(1000)]
            assert prepares(server) - before == STATEMENTS
