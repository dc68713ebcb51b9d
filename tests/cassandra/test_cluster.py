"""The cluster layer against a real cluster of three nodes in two datacenters: replicas and coordinators."""

from __future__ import annotations

import asyncio
import random
import re
from pathlib import Path
from uuid import UUID

import pytest
from cassandra.cluster import Cluster as ReferenceCluster
from cassandra.cluster import ExecutionProfile
from cassandra.io.libevreactor import LibevConnection
from cassandra.policies import RoundRobinPolicy as ReferenceRoundRobin

import aiocql
from aiocql.binary.murmur3 import token
from aiocql.nodes.host import Host
from aiocql.testing import CassandraCluster
from aiocql.testing.cassandra.waiting import until

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


async def natural_endpoints(cluster: CassandraCluster, asked: list[tuple[str, str]]) -> list[set[str]]:
    """What ``nodetool getendpoints`` says of (keyspace, key) pairs, all of them asked from one JVM."""
    node = cluster.nodes[0]
    await node.open_jmx()
    process = await asyncio.create_subprocess_exec(
        str(node._runtime.java.path),
        "-Dcom.sun.jndi.rmiURLParsing=legacy",
        "-XX:TieredStopAtLevel=1",
        str(Path(__file__).with_name("NaturalEndpoints.java")),
        f"{node.address}:{node._config.ports.jmx}",
        str(node.jmx.password_file),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    lines = "".join(f"{keyspace} t {key}\n" for keyspace, key in asked)
    output, errors = await process.communicate(lines.encode())
    assert process.returncode == 0, errors.decode()
    return [
        {endpoint.rpartition(":")[0] for endpoint in line.split()} for line in output.decode().splitlines()
    ]


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
    # The server's own word: other keys, which have to be text here. Half of them make bytes above 127.
    letters = "abcdefghijklmnopqrstuvwxyz\u00e4\u00f6\u00fc\u20ac\U0001f600"
    texts = ["".join(rng.choices(letters, k=rng.randrange(1, 20))) for _ in range(500)]
    asked = [(name, text) for name in REPLICATIONS for text in texts]
    said = await natural_endpoints(cluster, asked)
    assert len(said) == len(asked)
    for (name, text), endpoints in zip(asked, said, strict=True):
        assert addresses(session.metadata.get_replicas(name, text.encode())) == endpoints, (name, text)


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
    async with aiocql.connect(
        *cassandra_cluster3.contact_points,
        local_datacenter="dc1",
        request_timeout=30,
        consistency_level="LOCAL_QUORUM",  # one of two replicas may not have a row yet that the other has
    ) as session:
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


@pytest.mark.parametrize("version", [3, 5])
async def test_a_read_is_coordinated_by_a_replica_every_time(
    version: int, cassandra_cluster3: CassandraCluster
) -> None:
    replication = "{'class': 'NetworkTopologyStrategy', 'dc1': 1, 'dc2': 1}"
    async with aiocql.connect(
        *cassandra_cluster3.contact_points,
        local_datacenter="dc1",
        request_timeout=30,
        protocol_version=version,
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


MORE = [
    'CREATE TYPE {ks}.address (street text, city text, "Zip" int)',
    "CREATE TYPE {ks}.person (name text, home frozen<address>)",
    'CREATE TABLE {ks}.people (a int, b text, c timestamp, s int static, "V" map<text, frozen<list<person>>>, '
    "w vector<float, 3>, PRIMARY KEY ((a, b), c)) WITH CLUSTERING ORDER BY (c DESC) AND comment = 'it''s' "
    "AND gc_grace_seconds = 100",
    "CREATE TABLE {ks}.counts (k uuid PRIMARY KEY, n counter)",
    "CREATE INDEX by_s ON {ks}.people (w) USING 'sai'",
    "CREATE INDEX by_b ON {ks}.people (b)",
    'CREATE TYPE {ks}."select" ("default" int, "größe" frozen<address>)',
    'CREATE TABLE {ks}."Old" (k int PRIMARY KEY, v text, w list<int>, "ä" set<int>, "é" int, a int, '
    's frozen<"select">) WITH bloom_filter_fp_chance = 1.2345E-4',
    'CREATE MATERIALIZED VIEW {ks}.zz AS SELECT * FROM {ks}."Old" WHERE k IS NOT NULL AND v IS NOT NULL '
    "PRIMARY KEY (v, k)",
    "CREATE TABLE {ks}.thrift (k int PRIMARY KEY, v text) WITH COMPACT STORAGE",
    'CREATE TYPE {ks}."größe" (a int)',
]


async def test_what_is_exported_is_what_the_server_describes(
    cassandra_cluster3: CassandraCluster, cassandra_keyspace3: str
) -> None:
    points, keyspace = cassandra_cluster3.contact_points, cassandra_keyspace3
    async with aiocql.connect(*points, local_datacenter="dc1", request_timeout=30) as session:
        for statement in MORE:
            await session.execute(statement.format(ks=keyspace))
        described = await session.execute(f"DESCRIBE KEYSPACE {keyspace}")
        mine = session.metadata.keyspaces[keyspace].export_as_cql()
        theirs = "\n\n".join([row.create_statement async for row in described])
        assert _factors_sorted(mine) == _factors_sorted(theirs)
        for table in session.metadata.keyspaces[keyspace].tables.values():
            selected = await session.execute(f"SELECT * FROM {table.full_name}")
            assert [column.name for column in selected.columns] == list(table.columns)
        await session.refresh_schema("system_views")
        for name in ("system_views", "system_virtual_schema"):
            described = await session.execute(f"DESCRIBE KEYSPACE {name}")
            theirs = "\n\n".join([row.create_statement async for row in described])
            assert session.metadata.keyspaces[name].export_as_cql() == theirs


def _factors_sorted(cql: str) -> str:
    """With the replication's parts in order: each server has an order of its own, that of a hash map."""
    before, parts, after = re.split(r"(?<=replication = \{)(.*?)(?=\})", cql, maxsplit=1)
    return before + ", ".join(sorted(parts.split(", "))) + after


async def test_the_schema_is_followed_from_another_session(
    cassandra_cluster3: CassandraCluster, cassandra_keyspace3: str
) -> None:
    points = cassandra_cluster3.contact_points
    async with (
        aiocql.connect(*points, local_datacenter="dc1", request_timeout=30) as session,
        aiocql.connect(points[-1], local_datacenter="dc1", request_timeout=30) as other,
    ):
        events = session.events()
        await other.execute(f"CREATE TABLE {cassandra_keyspace3}.t (k int PRIMARY KEY)")
        async for event in events:
            if event.kind is aiocql.EventKind.SCHEMA_CHANGED and event.keyspace == cassandra_keyspace3:
                break
        assert list(session.metadata.keyspaces[cassandra_keyspace3].tables["t"].columns) == ["k"]
