"""The cluster layer against a real cluster of three nodes in two datacenters: replicas, coordinators, nodes that go."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from uuid import UUID

import pytest
from cassandra.cluster import Cluster as ReferenceCluster
from cassandra.cluster import ExecutionProfile
from cassandra.io.libevreactor import LibevConnection
from cassandra.policies import RoundRobinPolicy as ReferenceRoundRobin

import aiocql
from aiocql.binary.murmur3 import token
from aiocql.metadata.host import Host
from aiocql.metadata.host_states import HostState
from aiocql.policies.load_balancing import DefaultLoadBalancingPolicy
from aiocql.testing import CassandraCluster
from aiocql.testing.waiting import until

# The official driver's reactor lives as long as the process: its descriptors are there before any test is.
LibevConnection.initialize_reactor()

pytestmark = [pytest.mark.cassandra, pytest.mark.timeout(400)]

REPLICATIONS = {
    "simple1": "{'class': 'SimpleStrategy', 'replication_factor': 1}",
    "simple2": "{'class': 'SimpleStrategy', 'replication_factor': 2}",
    "simple3": "{'class': 'SimpleStrategy', 'replication_factor': 3}",
    "dc1_only": "{'class': 'NetworkTopologyStrategy', 'dc1': 1}",
    "dc1_both": "{'class': 'NetworkTopologyStrategy', 'dc1': 2}",
    "everywhere": "{'class': 'NetworkTopologyStrategy', 'dc1': 2, 'dc2': 1}",
    "one_each": "{'class': 'NetworkTopologyStrategy', 'dc1': 1, 'dc2': 1}",
}


async def eventually(condition: Callable[[], bool], seconds: float = 60) -> None:
    assert await until(condition, seconds)


async def natural_endpoints(cluster: CassandraCluster, keyspace: str, table: str, key: str) -> set[str]:
    """What ``nodetool getendpoints`` says."""
    text = await cluster.nodetool("getendpoints", keyspace, table, key)
    return {line.strip() for line in text.splitlines() if line.strip()}


def addresses(hosts: tuple[Host, ...]) -> set[str]:
    return {host.address for host in hosts}


async def test_replicas_are_those_that_the_server_and_the_official_driver_name(
    cassandra_cluster3: CassandraCluster,
) -> None:
    async with aiocql.connect(
        *cassandra_cluster3.contact_points, local_datacenter="dc1", request_timeout=30
    ) as session:
        for name, replication in REPLICATIONS.items():
            await session.execute(f"CREATE KEYSPACE IF NOT EXISTS {name} WITH replication = {replication}")
            await session.execute(f"CREATE TABLE IF NOT EXISTS {name}.t (k text PRIMARY KEY)")
        try:
            await check_replicas(cassandra_cluster3, session)
        finally:
            for name in REPLICATIONS:
                await session.execute(f"DROP KEYSPACE {name}")


async def check_replicas(cluster: CassandraCluster, session: aiocql.Session) -> None:
    rng = random.Random(11)
    keys = [rng.randbytes(rng.randrange(1, 30)) for _ in range(3000)]
    expected = await asyncio.to_thread(reference_replicas, cluster, keys)
    for name in REPLICATIONS:
        for key in keys:
            mine = session.metadata.get_replicas(name, key)
            assert addresses(mine) == expected[name, key], (name, key)
    # And with the server itself, for some: each question starts a JVM.
    for name in ("simple2", "one_each"):
        mine = addresses(session.metadata.get_replicas(name, b"some key"))
        assert mine == await natural_endpoints(cluster, name, "t", "some key")


def reference_replicas(cluster: CassandraCluster, keys: list[bytes]) -> dict[tuple[str, bytes], set[str]]:
    """cassandra-driver's own view of the same live cluster."""
    host, _, port = cluster.contact_points[0].rpartition(":")
    profile = ExecutionProfile(load_balancing_policy=ReferenceRoundRobin())
    reference = ReferenceCluster([host], port=int(port), execution_profiles={"default": profile})
    try:
        reference.connect()
        return {
            (name, key): {replica.address for replica in reference.metadata.get_replicas(name, key)}
            for name in REPLICATIONS
            for key in keys
        }
    finally:
        reference.shutdown()


async def test_the_servers_token_is_ours(
    cassandra_cluster3: CassandraCluster, cassandra_keyspace3: str
) -> None:
    rng = random.Random(5)
    keys = [rng.randbytes(n) for n in range(1, 40) for _ in range(3)]
    async with aiocql.connect(*cassandra_cluster3.contact_points, local_datacenter="dc1") as session:
        await session.execute(f"CREATE TABLE {cassandra_keyspace3}.t (k blob PRIMARY KEY)")
        for key in keys:
            await session.execute(f"INSERT INTO {cassandra_keyspace3}.t (k) VALUES (?)", [key])
        result = await session.execute(f"SELECT k, token(k) AS t FROM {cassandra_keyspace3}.t")
        rows = await result.all()
        assert {row.k for row in rows} == set(keys)
        assert all(token(row.k) == row.t for row in rows)


async def coordinator_of(session: aiocql.Session, trace_id: UUID | None) -> str:
    """Who coordinated a traced request, by the server's own record."""
    assert trace_id is not None
    found: list[str] = []

    async def recorded() -> bool:
        for host in session.hosts:
            if not host.open_connections:
                continue
            result = await session.execute(
                f"SELECT coordinator, duration FROM system_traces.sessions WHERE session_id = {trace_id}",
                host=host,
            )
            row = result.one()
            if row is not None and row.coordinator is not None:
                found.append(str(row.coordinator))
                return True
        return False

    assert await until(recorded, 30)
    return found[0]


async def test_a_read_is_coordinated_by_a_replica_every_time(cassandra_cluster3: CassandraCluster) -> None:
    replication = "{'class': 'NetworkTopologyStrategy', 'dc1': 1, 'dc2': 1}"
    async with aiocql.connect(
        *cassandra_cluster3.contact_points, local_datacenter="dc1", request_timeout=30
    ) as session:
        await session.execute(f"CREATE KEYSPACE routed WITH replication = {replication}")
        try:
            await session.execute("CREATE TABLE routed.t (a int, b text, v int, PRIMARY KEY ((a, b)))")
            coordinators = set()
            for i in range(30):
                result = await session.execute(
                    "SELECT v FROM routed.t WHERE a = ? AND b = ?", [i, f"key {i}"], trace=True
                )
                coordinator = await coordinator_of(session, result.trace_id)
                composite = _composite(i.to_bytes(4, "big"), f"key {i}".encode())
                local = [
                    h for h in session.metadata.get_replicas("routed", composite) if h.datacenter == "dc1"
                ]
                assert [host.address for host in local] == [coordinator]
                coordinators.add(coordinator)
            assert len(coordinators) == 2
        finally:
            await session.execute("DROP KEYSPACE routed")


def _composite(*parts: bytes) -> bytes:
    return b"".join(len(part).to_bytes(2, "big") + part + b"\0" for part in parts)


async def test_a_node_that_dies_and_comes_back(
    cassandra_cluster3: CassandraCluster, cassandra_keyspace3: str
) -> None:
    policy = DefaultLoadBalancingPolicy("dc1", remote_datacenters=["dc2"])
    points = cassandra_cluster3.contact_points
    async with aiocql.connect(*points, local_datacenter="dc1", load_balancing=policy) as session:
        insert = f"INSERT INTO {cassandra_keyspace3}.t (k, v) VALUES (?, ?)"
        await session.execute(f"CREATE TABLE {cassandra_keyspace3}.t (k int PRIMARY KEY, v int)")
        failures: list[Exception] = []
        done = 0
        stop = False

        async def load() -> None:
            nonlocal done
            while not stop:
                try:
                    await session.execute(insert, [done % 1000, done], idempotent=True)
                    done += 1
                except aiocql.Error as error:
                    failures.append(error)

        loading = [asyncio.create_task(load()) for _ in range(8)]
        try:
            await eventually(lambda: done > 500)
            # The node that the control connection is on: it has to move as well.
            control = session._cluster.control.host
            assert control is not None
            node = next(each for each in cassandra_cluster3.nodes if each.address == control.address)
            host = next(each for each in session.hosts if each.address == node.address)
            await node.kill()
            await eventually(lambda: host.state is HostState.DOWN)
            await eventually(lambda: session._cluster.control.connection is not None)
            before = done
            await eventually(lambda: done > before + 500)
            await node.start()
            await eventually(lambda: host.is_up)
            before = done
            await eventually(lambda: done > before + 500)
        finally:
            stop = True
            await asyncio.gather(*loading)
            await cassandra_cluster3.heal()
        assert failures == []
