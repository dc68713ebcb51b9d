"""The real cluster of the fault table: three nodes in three racks of one datacenter, for everything that stops them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from aiocql.testing import CassandraCluster
from aiocql.testing.apart import run_apart


@pytest.fixture(scope="session")
def ring() -> Iterator[CassandraCluster]:
    """Three running nodes; a test that stops one starts it again."""
    cluster = CassandraCluster(3, racks=["r1", "r2", "r3"])
    run_apart(cluster.start())
    try:
        yield cluster
    finally:
        cluster.close()
