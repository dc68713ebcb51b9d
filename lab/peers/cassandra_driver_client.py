"""cassandra-driver, its callbacks brought into the event loop. `tuned`: speculation after a second, heartbeats 5 s."""

from __future__ import annotations

import asyncio
from typing import Any

import cassandra
from cassandra import ConsistencyLevel
from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile
from cassandra.policies import (
    ConstantSpeculativeExecutionPolicy,
    DCAwareRoundRobinPolicy,
    TokenAwarePolicy,
)

from lab.peers import harness


def _settle(future: asyncio.Future[Any], rows: Any, error: BaseException | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(rows)
    else:
        future.set_exception(error)


class CassandraDriver(harness.Client):
    version = cassandra.__version__

    async def connect(self, hosts: list[str], port: int, tuned: bool) -> None:
        self.loop = asyncio.get_running_loop()
        profile: dict[str, Any] = {}
        heartbeats: dict[str, Any] = {}
        if tuned:
            profile["speculative_execution_policy"] = ConstantSpeculativeExecutionPolicy(1.0, 2)
            heartbeats = {"idle_heartbeat_interval": 5, "idle_heartbeat_timeout": 2}
        profiles = {
            EXEC_PROFILE_DEFAULT: ExecutionProfile(
                load_balancing_policy=TokenAwarePolicy(DCAwareRoundRobinPolicy(local_dc="dc1")),
                consistency_level=ConsistencyLevel.LOCAL_QUORUM,
                request_timeout=10.0,
                **profile,
            )
        }
        cluster = Cluster(hosts, port=port, protocol_version=5, execution_profiles=profiles, **heartbeats)
        self.session = await self.loop.run_in_executor(None, cluster.connect)
        self.statements = {}
        for query in (harness.READ, harness.WRITE):
            statement = await self.loop.run_in_executor(None, self.session.prepare, query)
            statement.is_idempotent = True
            self.statements[query] = statement

    async def _rows(self, query: str, values: list[object]) -> Any:
        future = self.loop.create_future()
        answer = self.session.execute_async(self.statements[query], values)
        answer.add_callbacks(
            lambda rows: self.loop.call_soon_threadsafe(_settle, future, rows, None),
            lambda error: self.loop.call_soon_threadsafe(_settle, future, None, error),
        )
        return await future

    async def write(self, k: int, v: str) -> None:
        await self._rows(harness.WRITE, [k, v])

    async def read(self, k: int) -> tuple[int, str]:
        row = (await self._rows(harness.READ, [k]))[0]
        return row.k, row.v


if __name__ == "__main__":
    harness.main(CassandraDriver())
