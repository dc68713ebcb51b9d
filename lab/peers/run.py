"""`make peers-faults`: a rolling restart and a half-open node, once for each driver, and the page with the figures.

One real cluster of three nodes; the drivers take turns, each in a separate process and with all nodes behind proxies.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.figures import machine
from bench.peers import PEERS_PYTHON, ROOT

from aiocql.testing import CassandraCluster, FaultProxy
from lab.peers.faults import Fault, Ring, half_open, proxy_address, rolling_restart
from lab.peers.figures import Blow, Figures, figures
from lab.peers.page import write_page

SCHEMA = (
    "CREATE KEYSPACE compared WITH replication = {'class': 'NetworkTopologyStrategy', 'dc1': 3}",
    "CREATE TABLE compared.kv (k int PRIMARY KEY, v text)",
)
CLIENTS = {
    "aiocql": (sys.executable, "aiocql_client"),
    "cassandra-driver": (str(PEERS_PYTHON), "cassandra_driver_client"),
    "acsylla": (str(PEERS_PYTHON), "acsylla_client"),
}


@dataclass(frozen=True)
class Scenario:
    """A fault, how the clients are set up, and for how long a node is silent."""

    fault: Fault
    tuned: bool = False
    silence: float = 0.0


SCENARIOS = {
    "restart": Scenario(rolling_restart),
    "half-open": Scenario(half_open, silence=60.0),
    "half-open-tuned": Scenario(half_open, tuned=True, silence=30.0),
}


class Contest:
    """The cluster, its proxies, and what each client went through."""

    def __init__(self, cluster: CassandraCluster, proxies: list[FaultProxy], rate: float) -> None:
        self.cluster, self.proxies, self.rate = cluster, proxies, rate

    async def run(self, client: str, scenario: Scenario) -> tuple[str, Figures]:
        """One client in one scenario: its version, and the figures."""
        with tempfile.TemporaryDirectory() as folder:
            output = Path(folder) / "seen.json"
            process = await self._start(client, scenario, output)
            assert process.stdin is not None
            assert process.stdout is not None
            try:
                line = await process.stdout.readline()
                if not line:
                    raise SystemExit(f"{client} ended before it was ready: see what it wrote")
                ready = json.loads(line)
                blows = await scenario.fault(Ring(self.cluster, self.proxies, scenario.silence))
                process.stdin.write(b"over\n")
                await asyncio.wait_for(process.wait(), 60.0)
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
            return ready["ready"], _figures(json.loads(output.read_text()), blows)

    async def _start(self, client: str, scenario: Scenario, output: Path) -> asyncio.subprocess.Process:
        python, module = CLIENTS[client]
        hosts = ",".join(proxy.address for proxy in self.proxies)
        return await asyncio.create_subprocess_exec(
            *(python, "-m", f"lab.peers.{module}", "--hosts", hosts, "--port", str(self.proxies[0].port)),
            *("--rate", str(self.rate), "--output", str(output)),
            *(["--tuned"] if scenario.tuned else []),
            cwd=ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )


def _figures(said: dict[str, Any], blows: list[Blow]) -> Figures:
    """A request that never ended is one that failed."""
    never = [(blows[-1].healed, 0.0, "never ended")] * said["never_ended"]
    return figures([(begun, seconds, what) for begun, seconds, what in (*said["seen"], *never)], blows)


async def contest(names: list[str], clients: list[str], rate: float) -> dict[str, Any]:
    """All clients in all scenarios that are named, on one cluster."""
    said: dict[str, Any] = {}
    cluster = CassandraCluster(
        3,
        racks=["r1", "r2", "r3"],
        settings=lambda address: {"broadcast_rpc_address": proxy_address(address)},
        report=print,
    )
    async with cluster, AsyncExitStack() as stack:
        proxies = [
            await stack.enter_async_context(
                FaultProxy(node.address, node.port, address=proxy_address(node.address), port=node.port)
            )
            for node in cluster.nodes
        ]
        for statement in SCHEMA:
            await cluster.execute(statement)
        run = Contest(cluster, proxies, rate)
        for name in names:
            said[name] = {"date": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()), "rate": rate}
            said[name] |= {"machine": machine(), "silence": SCENARIOS[name].silence, "clients": {}}
            for client in clients:
                version, seen = await run.run(client, SCENARIOS[name])
                print(f"{name:16} {client:17} {version:8} {seen}", flush=True)
                said[name]["clients"][client] = {"version": version, **asdict(seen)}
    return said


def main() -> None:
    parser = argparse.ArgumentParser(prog="make peers-faults", description=__doc__)
    parser.add_argument("--scenarios", default=",".join(SCENARIOS))
    parser.add_argument("--clients", default=",".join(CLIENTS))
    parser.add_argument("--rate", type=float, default=200.0, help="requests a second")
    parser.add_argument("--figures", type=Path, default=ROOT / "lab" / "results" / "peers.json")
    parser.add_argument("--page", type=Path, help="the page that is written from all figures there are")
    args = parser.parse_args()
    kept = json.loads(args.figures.read_text()) if args.figures.exists() else {}
    kept |= asyncio.run(contest(args.scenarios.split(","), args.clients.split(","), args.rate))
    args.figures.parent.mkdir(parents=True, exist_ok=True)
    args.figures.write_text(json.dumps(kept, indent=1) + "\n")
    if args.page:
        write_page(args.page, kept)


if __name__ == "__main__":
    main()
