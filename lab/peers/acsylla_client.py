"""acsylla: the C++ driver. `tuned`: speculation after a second, heartbeats every 5 s, dead after 7 s of silence."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

import acsylla

from lab.peers import harness


class Acsylla(harness.Client):
    version = version("acsylla")

    async def connect(self, hosts: list[str], port: int, tuned: bool) -> None:
        more: dict[str, Any] = {}
        if tuned:
            more = {
                "speculative_execution_policy": acsylla.SpeculativeExecutionPolicy(1000, 2),
                "heartbeat_interval_sec": 5,
                "idle_timeout_sec": 7,
            }
        cluster = acsylla.create_cluster(
            hosts,
            port=port,
            protocol_version=acsylla.ProtocolVersion.V4,
            consistency=acsylla.Consistency.LOCAL_QUORUM,
            load_balance_dc_aware="dc1",
            request_timeout=10.0,
            **more,
        )
        self.session = await cluster.create_session()
        self.statements = {
            query: await self.session.create_prepared(query) for query in (harness.READ, harness.WRITE)
        }

    async def _execute(self, query: str, values: list[object]) -> Any:
        statement = self.statements[query].bind(values)
        statement.set_is_idempotent(True)
        return await self.session.execute(statement)

    async def write(self, k: int, v: str) -> None:
        await self._execute(harness.WRITE, [k, v])

    async def read(self, k: int) -> tuple[int, str]:
        k, v = (await self._execute(harness.READ, [k])).first().as_tuple()
        return k, v


if __name__ == "__main__":
    harness.main(Acsylla())
