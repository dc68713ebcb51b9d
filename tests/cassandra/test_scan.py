"""A whole table of a real cluster, read by ranges of tokens while a node is lost."""

from __future__ import annotations

import pytest

import aiocql
from aiocql import HostState
from aiocql.testing import CassandraCluster
from aiocql.testing.cassandra.waiting import until

pytestmark = [pytest.mark.cassandra, pytest.mark.timeout(400)]

PARTITIONS = 500
ROWS = [(k, c, f"value {k}/{c}") for k in range(PARTITIONS) for c in range(10)]


async def fill(session: aiocql.Session, table: str) -> None:
    """Write all rows to all replicas: what a scan does not find is not for want of a repair."""
    await session.execute(f"CREATE TABLE {table} (k int, c int, v text, PRIMARY KEY (k, c))")
    insert = f"INSERT INTO {table} (k, c, v) VALUES (?, ?, ?)"
    await session.execute_concurrent(insert, ROWS, consistency_level="ALL", idempotent=True)


@pytest.mark.parametrize("consistency", ["LOCAL_ONE", "QUORUM"])
async def test_a_node_that_dies_in_a_scan_costs_no_row(
    consistency: str, cassandra_cluster3: CassandraCluster, cassandra_keyspace3: str
) -> None:
    """The scan goes on at the other replicas: each row comes once, those of pages that were cut off too."""
    cluster, table = cassandra_cluster3, f"{cassandra_keyspace3}.t"
    async with aiocql.connect(
        *cluster.contact_points, local_datacenter="dc1", request_timeout=60.0, attempt_timeout=10.0
    ) as session:
        await fill(session, table)
        node = next(each for each in cluster.nodes if each.datacenter == "dc1")
        host = session.find_host((node.address, node.port))
        rows: list[tuple[int, int, str]] = []
        async with session.scan(table, concurrency=8, page_size=20, consistency_level=consistency) as scan:
            async for batch in scan:
                rows += [(row["k"], row["c"], row["v"]) for row in batch.to_pylist()]
                if node.state == "running" and len(rows) > len(ROWS) // 4:
                    await node.kill()
                    done, total = scan.progress
                    assert 0 < done < total - 8, "most of the ranges are still to be read"
        assert sorted(rows) == ROWS
        assert scan.progress == (total, total)

        async def is_lost() -> bool:
            return host.state is HostState.DOWN

        assert await until(is_lost, 90)
