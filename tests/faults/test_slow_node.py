"""Row 7: one of three replicas answers fifty times slower. Its share of the requests falls, and none fails."""

from __future__ import annotations

import asyncio

import pytest
from tests.plugins.canary import value_of
from tests.plugins.fault_table import Record
from tests.scripted.in_memory import in_memory
from tests.scripted.scripted_sessions import SELECT, prime_select

import aiocql
from aiocql.testing import Prime, ScriptedCluster

pytestmark = pytest.mark.fault(7)

QUICK, SLOW = 0.004, 0.2
RATE, SECONDS = 200, 5
"""Requests a second, whatever becomes of those before."""


def primed(cluster: ScriptedCluster) -> list[Prime]:
    """One of its own for each node: its count is that node's."""
    cluster.view.schema.add_keyspace("ks", {"class": "SimpleStrategy", "replication_factor": "3"})
    return [prime_select(server, delay=QUICK, keep=False) for server in cluster.nodes]


async def asked(session: aiocql.Session, k: int) -> float:
    """One request, and the seconds that it took."""
    loop = asyncio.get_running_loop()
    begun = loop.time()
    assert (await session.execute(SELECT, [k])).one() == (value_of(k),)
    return loop.time() - begun


async def load(session: aiocql.Session, nodes: list[Prime]) -> tuple[list[float], list[float]]:
    """Some seconds of load; gives the nodes' shares of it, and how long each request took."""
    before = [node.count for node in nodes]
    tasks = []
    for k in range(RATE * SECONDS):
        tasks.append(asyncio.create_task(asked(session, k)))
        await asyncio.sleep(1 / RATE)
    took = sorted(await asyncio.gather(*tasks))
    counts = [node.count - earlier for node, earlier in zip(nodes, before, strict=True)]
    assert sum(counts) == RATE * SECONDS, "nothing was sent twice"
    return [count / sum(counts) for count in counts], took


@in_memory
async def test_a_node_fifty_times_slower_gets_fewer_requests(record_property: Record) -> None:
    async with ScriptedCluster(3) as cluster:
        nodes = primed(cluster)
        async with aiocql.connect(cluster.contact_point) as session:
            await session.warm_up(statements=[SELECT])
            shares, _ = await load(session, nodes)
            assert min(shares) > 0.2, shares
            nodes[0].how["delay"] = SLOW
            shares, took = await load(session, nodes)
            slow = shares[0]
            assert slow < 0.1, shares
            assert took[len(took) * 9 // 10] < 2 * QUICK, "nine in ten do not notice"
            nodes[0].how["delay"] = QUICK
            await asyncio.sleep(1)
            shares, took = await load(session, nodes)
            assert min(shares) > 0.2, "and it has its share again when it is well"
            assert took[-1] < 5 * QUICK
            stats = session.stats()
            assert (stats.in_flight, stats.waiting) == (0, 0)
            assert all(host.connections_lost == 0 for host in stats.hosts)
    record_property("seen", f"fifty times slower, its share fell from a third to {slow:.1%}")
