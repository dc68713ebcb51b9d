"""This driver. `tuned`: speculation after a second, heartbeats every 5 s."""

from __future__ import annotations

from typing import Any

import aiocql
from aiocql.policies.speculative import ConstantSpeculativeExecutionPolicy
from lab.peers import harness


class Aiocql(harness.Client):
    version = aiocql.__version__

    async def connect(self, hosts: list[str], port: int, tuned: bool) -> None:
        more: dict[str, Any] = {}
        if tuned:
            more = {
                "speculative": ConstantSpeculativeExecutionPolicy(1.0, 2),
                "heartbeat_interval": 5.0,
                "heartbeat_timeout": 2.0,
            }
        self.session = await aiocql.connect(
            *hosts,
            port=port,
            local_datacenter="dc1",
            consistency_level="LOCAL_QUORUM",
            request_timeout=10.0,
            **more,
        )

    async def write(self, k: int, v: str) -> None:
        await self.session.execute(harness.WRITE, [k, v], idempotent=True)

    async def read(self, k: int) -> tuple[int, str]:
        rows = (await self.session.execute(harness.READ, [k])).rows
        return rows[0].k, rows[0].v


if __name__ == "__main__":
    harness.main(Aiocql())
