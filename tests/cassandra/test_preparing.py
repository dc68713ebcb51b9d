"""A thousand tasks prepare and run the same statement while the nodes of a real cluster restart."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

import aiocql
from aiocql.testing import CassandraCluster

pytestmark = pytest.mark.cassandra

TASKS = 1000


@pytest.mark.timeout(400)
async def test_a_thousand_tasks_prepare_the_same_statement_while_nodes_restart(
    cassandra_cluster3: CassandraCluster, cassandra_keyspace3: str
) -> None:
    cluster, select = cassandra_cluster3, f"SELECT v FROM {cassandra_keyspace3}.t WHERE k = ?"
    async with aiocql.connect(
        *cluster.contact_points, local_datacenter="dc1", request_timeout=60, attempt_timeout=5
    ) as session:
        await session.execute(f"CREATE TABLE {cassandra_keyspace3}.t (k int PRIMARY KEY, v int)")
        insert = f"INSERT INTO {cassandra_keyspace3}.t (k, v) VALUES (?, ?)"
        await session.execute_concurrent(insert, ([k, -k] for k in range(TASKS)), consistency_level="ALL")
        restarted = asyncio.Event()
        read = 0

        async def restart() -> None:
            for node in cluster.nodes[:2]:
                await node.restart()
                await cluster.wait_until_up(node)
            restarted.set()

        async def reading(k: int) -> None:
            nonlocal read
            while not restarted.is_set():
                # Text, so that each task asks for the statement anew; a node that was restarted has forgotten it.
                result: Any = await session.execute(select, [k])
                assert result.one() == (-k,)
                read += 1
                await asyncio.sleep(2)

        async with asyncio.TaskGroup() as group:
            group.create_task(restart())
            for k in range(TASKS):
                group.create_task(reading(k))
        assert read >= TASKS
        assert session.stats().prepared_statements == 2
