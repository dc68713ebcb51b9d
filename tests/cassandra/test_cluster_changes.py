"""A real cluster of three nodes in two datacenters that changes under load: nodes die, hang, return, join and leave."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

import pytest
from tests import internals

import aiocql
from aiocql import EventKind, Host, HostState
from aiocql.policies import ConstantReconnectionPolicy, DefaultLoadBalancingPolicy
from aiocql.testing import CassandraCluster, CassandraNode
from aiocql.testing.cassandra.waiting import until

pytestmark = [pytest.mark.cassandra, pytest.mark.timeout(400)]


class Load:
    """Eight tasks that write and read the same row, and nothing that they do may fail."""

    def __init__(self, session: aiocql.Session, keyspace: str) -> None:
        self.done = 0
        self.failures: list[aiocql.Error] = []
        self.coordinators: set[Host] = set()
        self._session = session
        self._keyspace = keyspace
        self._stop = False

    async def work(self, number: int) -> None:
        insert = f"INSERT INTO {self._keyspace}.t (k, v) VALUES (?, ?)"
        select = f"SELECT v FROM {self._keyspace}.t WHERE k = ?"
        while not self._stop:
            key = number * 1000 + self.done % 100
            try:
                await self._session.execute(insert, [key, self.done], idempotent=True)
                result = await self._session.execute(select, [key])
            except aiocql.Error as error:
                self.failures.append(error)
                await asyncio.sleep(0.1)
                continue
            self.coordinators.add(result.coordinator)
            self.done += 1
            await asyncio.sleep(
                0.1
            )  # the nodes need the processor too: they start, join and gossip meanwhile

    async def goes_on(self) -> None:
        before = self.done
        await eventually(lambda: self.done > before + 100)

    async def reaches(self, host: Host) -> None:
        self.coordinators.clear()
        await eventually(lambda: host in self.coordinators)

    def stop(self) -> None:
        self._stop = True


async def eventually(condition: Callable[[], bool], seconds: float = 90) -> None:
    assert await until(condition, seconds)


@contextlib.asynccontextmanager
async def under_load(session: aiocql.Session, keyspace: str) -> AsyncIterator[Load]:
    load = Load(session, keyspace)
    async with asyncio.TaskGroup() as group:
        for number in range(8):
            group.create_task(load.work(number))
        try:
            await load.goes_on()
            yield load
        finally:
            load.stop()


def host_of(session: aiocql.Session, node: CassandraNode) -> Host:
    return session.find_host((node.address, node.port))


def node_of_control(session: aiocql.Session, cluster: CassandraCluster) -> CassandraNode:
    control = internals.cluster(session).control.host
    assert control is not None
    return next(node for node in cluster.nodes if node.address == control.address)


@pytest.mark.fault(30)
async def test_nodes_that_die_hang_return_join_and_leave(
    cassandra_cluster3: CassandraCluster, cassandra_keyspace3: str
) -> None:
    """The application notices nothing of all that."""
    cluster = cassandra_cluster3
    try:
        async with aiocql.connect(
            *cluster.contact_points,
            local_datacenter="dc1",
            load_balancing=DefaultLoadBalancingPolicy("dc1", remote_datacenters=["dc2"]),
            consistency_level="ONE",
            request_timeout=30.0,
            attempt_timeout=2.0,
            heartbeat_interval=1.0,
            heartbeat_timeout=2.0,
            reconnection=ConstantReconnectionPolicy(1.0),
        ) as session:
            await session.execute(f"CREATE TABLE {cassandra_keyspace3}.t (k int PRIMARY KEY, v int)")
            kinds: list[tuple[EventKind, Host | None]] = []
            session.listen(lambda event: kinds.append((event.kind, event.host)))
            async with under_load(session, cassandra_keyspace3) as load:
                await dies_and_returns(session, cluster, load)
                await hangs_and_returns(session, cluster, load)
                await joins_and_leaves(session, cluster, load, kinds)
            assert load.failures == []
    finally:
        await cluster.heal()


async def dies_and_returns(session: aiocql.Session, cluster: CassandraCluster, load: Load) -> None:
    # The one that the control connection is on: it has to move as well.
    node = node_of_control(session, cluster)
    host = host_of(session, node)
    await node.kill()
    await eventually(lambda: host.state is HostState.DOWN)
    await eventually(lambda: internals.cluster(session).control.connection is not None)
    assert node_of_control(session, cluster) is not node
    await load.goes_on()
    await node.start()
    await eventually(lambda: host.is_up)
    assert host_of(session, node) is host
    if host.datacenter == "dc1":
        await load.reaches(host)


async def hangs_and_returns(session: aiocql.Session, cluster: CassandraCluster, load: Load) -> None:
    node = next(each for each in cluster.nodes if each.datacenter == "dc1")
    host = host_of(session, node)
    node.pause()
    await eventually(lambda: not host.is_up)
    await load.goes_on()
    node.resume()
    await eventually(lambda: host.is_up)
    await load.reaches(host)


async def joins_and_leaves(
    session: aiocql.Session,
    cluster: CassandraCluster,
    load: Load,
    kinds: list[tuple[EventKind, Host | None]],
) -> None:
    await cluster.wait_until_up()
    node = await cluster.add_node(datacenter="dc1")
    await eventually(lambda: len(session.hosts) == 4)
    host = host_of(session, node)
    await eventually(lambda: host.is_up)
    assert (EventKind.HOST_ADDED, host) in kinds
    await load.reaches(host)
    await cluster.decommission(node)
    await eventually(lambda: len(session.hosts) == 3)
    assert (EventKind.HOST_REMOVED, host) in kinds
    assert host not in internals.pools(session)
    load.coordinators.clear()
    await load.goes_on()
    assert host not in load.coordinators


async def test_a_node_that_died_is_removed_from_the_ring() -> None:
    """``nodetool removenode``: nothing comes back, so the host is gone for good, and requests go on."""
    async with (
        CassandraCluster(nodes=2) as cluster,
        aiocql.connect(
            cluster.nodes[0].contact_point,
            request_timeout=30.0,
            heartbeat_interval=1.0,
            reconnection=ConstantReconnectionPolicy(1.0),
        ) as session,
    ):
        kinds: list[tuple[EventKind, Host | None]] = []
        session.listen(lambda event: kinds.append((event.kind, event.host)))
        host = host_of(session, cluster.nodes[1])
        await eventually(lambda: host.is_up)
        await cluster.remove_node(cluster.nodes[1])
        await eventually(lambda: session.hosts == (host_of(session, cluster.nodes[0]),))
        told = [kind for kind, of in kinds if of is host and kind is not EventKind.CONNECT_FAILED]
        assert told == [EventKind.HOST_DOWN, EventKind.HOST_REMOVED]
        assert host not in internals.pools(session)
        assert (await session.execute("SELECT key FROM system.local")).one() == ("local",)
