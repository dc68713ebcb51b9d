"""pytest fixtures with a real Apache Cassandra, for this project's tests and for its users'.

The plugin is there in every pytest run of an environment that has aiocql (entry point ``pytest11``). It is a package
of its own because it must cost nothing where it is not used: whatever is in ``aiocql`` brings the driver with it. No
event loop plugin is needed, and any may be there.

- `cassandra_cluster`: one node (``--cassandra-nodes``), or what ``--cassandra-contact-points`` names;
- `cassandra_cluster3`: three nodes, two in datacenter dc1 (rack1, rack2) and one in dc2;
- `cassandra_keyspace`, `cassandra_keyspace3`: the name of a fresh keyspace in one of them, dropped after the test.

Each cluster starts once for the whole run, when the first test asks for it, and is gone after the last.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from aiocql.testing.cassandra.cluster import CassandraCluster
    from aiocql.testing.cassandra.existing_cluster import ExistingCluster
    from aiocql.testing.cassandra.node import CassandraNode

__all__ = [
    "cassandra_cluster",
    "cassandra_cluster3",
    "cassandra_keyspace",
    "cassandra_keyspace3",
    "pytest_addoption",
]


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options; none of them costs anything until a fixture is used."""
    group = parser.getgroup("cassandra", "Apache Cassandra (aiocql)")
    group.addoption(
        "--cassandra-nodes",
        type=int,
        default=1,
        metavar="N",
        help="nodes of the cluster that the fixture cassandra_cluster starts (default: 1)",
    )
    group.addoption(
        "--cassandra-contact-points",
        metavar="HOSTS",
        help="use this cluster for cassandra_cluster rather than starting one: host1,host2:9042",
    )


@pytest.fixture(scope="session")
def cassandra_cluster(request: pytest.FixtureRequest) -> Iterator[CassandraCluster | ExistingCluster]:
    """A running cluster; `contact_points` is what `aiocql.connect` takes. Leave its nodes alone, or `heal()` it."""
    points = request.config.getoption("--cassandra-contact-points")
    if points:
        from aiocql.testing.cassandra.existing_cluster import ExistingCluster

        yield ExistingCluster.parse(points)
    else:
        yield from _started(request.config.getoption("--cassandra-nodes"), ["dc1"])


@pytest.fixture(scope="session")
def cassandra_cluster3() -> Iterator[CassandraCluster]:
    """Three running nodes in two datacenters. A test that stops one ends with `await cluster.heal()`."""
    yield from _started(3, ["dc1", "dc2"])


@pytest.fixture
def cassandra_keyspace(cassandra_cluster: CassandraCluster | ExistingCluster) -> Iterator[str]:
    """The name of a fresh keyspace in `cassandra_cluster`, replicated once."""
    yield from _keyspace(cassandra_cluster, "'replication_factor': 1")


@pytest.fixture
def cassandra_keyspace3(cassandra_cluster3: CassandraCluster) -> Iterator[str]:
    """The name of a fresh keyspace in `cassandra_cluster3`, replicated to all nodes of each datacenter."""
    yield from _keyspace(cassandra_cluster3, "'dc1': 2, 'dc2': 1")


def _started(nodes: int, datacenters: list[str]) -> Iterator[CassandraCluster]:
    from aiocql.testing.apart import run_apart
    from aiocql.testing.cassandra.cluster import CassandraCluster

    cluster = CassandraCluster(nodes, datacenters=datacenters)
    run_apart(cluster.start())
    try:
        yield cluster
    finally:
        cluster.close()


def _keyspace(cluster: CassandraCluster | ExistingCluster, factors: str) -> Iterator[str]:
    import uuid

    from aiocql.testing.apart import run_apart

    name = f"test_{uuid.uuid4().hex[:12]}"
    replication = f"{{'class': 'NetworkTopologyStrategy', {factors}}}"
    run_apart(cluster.execute(f"CREATE KEYSPACE {name} WITH replication = {replication}"))
    run_apart(_wait_until_known(cluster, name))
    try:
        yield name
    finally:
        run_apart(cluster.execute(f"DROP KEYSPACE {name}"))


async def _wait_until_known(cluster: CassandraCluster | ExistingCluster, keyspace: str) -> None:
    """Every node that runs knows the keyspace: the one that made it answers before the others have heard of it."""
    from aiocql.testing.cassandra.waiting import until
    from aiocql.testing.errors import LauncherError

    for node in getattr(cluster, "nodes", ()):

        async def knows(node: CassandraNode = node) -> bool:
            try:
                await node.execute(f'USE "{keyspace}"')
            except LauncherError:
                return False
            return True

        if node.state == "running" and not await until(knows, 30):
            raise LauncherError(f"{node.name} does not know the keyspace {keyspace} after 30 s")
