"""`make bench-cluster`: what knowing the cluster and routing cost.

- a cluster of 100 nodes with 256 tokens each: read, its token map built, and read again after a node's tokens changed;
  how long the event loop was held at most meanwhile;
- a query plan and its first host, with 3 and with 100 hosts; what `execute` adds to it, `make bench-requests` measures.

Times are of the processor unless "wall" is said: other work on the machine does not count. Each figure is the median of
its rounds.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import random
import statistics
import subprocess
import sys
import time
import timeit
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

import aiocql
from aiocql.metadata.replication import parse_replication
from aiocql.metadata.snapshot import ClusterSnapshot
from aiocql.metadata.tokens import build_token_map
from aiocql.nodes.host import Host
from aiocql.nodes.states import HostState
from aiocql.policies import DefaultLoadBalancingPolicy, Routing
from bench.large_cluster import NODES, TOKENS

Figures = dict[str, float]


class Ticks:
    """How long one turn of the event loop took at most: a callback in every turn looks at the clocks."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.wall = self.cpu = 0.0
        self._last = time.perf_counter(), time.thread_time()
        self._handle = self.loop.call_soon(self._tick)

    def _tick(self) -> None:
        now = time.perf_counter(), time.thread_time()
        self.wall = max(self.wall, now[0] - self._last[0])
        self.cpu = max(self.cpu, now[1] - self._last[1])
        self._last = now
        self._handle = self.loop.call_soon(self._tick)

    def stop(self) -> None:
        self._handle.cancel()


class Measured:
    """A block's duration, on both clocks, and the longest turn of the loop in it, in milliseconds."""

    def __init__(self, figures: Figures, name: str) -> None:
        self.figures, self.name = figures, name

    async def __aenter__(self) -> None:
        self._ticks = Ticks()
        await asyncio.sleep(0)
        self._began = time.perf_counter(), time.process_time()

    async def __aexit__(self, *raised: object) -> None:
        wall, cpu = time.perf_counter() - self._began[0], time.process_time() - self._began[1]
        self._ticks.stop()
        self.figures[f"{self.name}: wall, ms"] = wall * 1000
        self.figures[f"{self.name}: longest hold of the loop, ms"] = self._ticks.cpu * 1000
        self.figures[f"{self.name}: longest hold of the loop, wall, ms"] = self._ticks.wall * 1000
        self.figures[f"{self.name}: processor, the ticks' own included, ms"] = cpu * 1000


@contextlib.contextmanager
def large_cluster(address: str) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    command = [sys.executable, "-m", "bench.large_cluster", address]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline()), process
        finally:
            assert process.stdin is not None
            process.stdin.close()


async def discovery(address: str, port: int, server: subprocess.Popen[str]) -> Figures:
    """Reading the large cluster, and again after a change."""
    figures: Figures = {}
    assert server.stdin is not None
    assert server.stdout is not None
    name = f"{NODES} nodes x {TOKENS} tokens"
    async with Measured(figures, f"{name}, connect"):
        # Only the one that answers: what is measured is the reading, not a hundred connections.
        session = await aiocql.connect(address, port=port, host_filter=[address], request_timeout=60)
    async with session:
        before = session.metadata.token_map
        assert len(session.hosts) == NODES
        assert len(before.keyspaces) >= 3
        server.stdin.write("move\n")
        server.stdin.flush()
        assert server.stdout.readline() == "moved\n"
        async with Measured(figures, f"{name}, a change of tokens"):
            await session.refresh_topology()
        assert session.metadata.token_map is not before
    return figures


def snapshot_of(count: int) -> ClusterSnapshot:
    rng = random.Random(7)
    hosts = [
        Host(f"10.0.{i // 250}.{i % 250 + 1}", datacenter="dc1", rack=f"rack{i % 3}") for i in range(count)
    ]
    for host in hosts:
        host.state = HostState.UP
    owners = [(host, [rng.randrange(-(2**63), 2**63) for _ in range(TOKENS)]) for host in hosts]
    replication = parse_replication({"class": "NetworkTopologyStrategy", "dc1": "3"})
    return ClusterSnapshot(
        hosts, token_map=build_token_map(owners, {"ks": replication}), local_datacenter="dc1"
    )


def plans() -> Figures:
    """A plan and its first host, in nanoseconds, the call from Python included."""
    figures: Figures = {}
    for count in (3, NODES):
        snapshot, policy = snapshot_of(count), DefaultLoadBalancingPolicy()
        rng = random.Random(8)
        routings = [Routing("ks", rng.randrange(-(2**63), 2**63)) for _ in range(1000)]

        def step(
            snapshot: ClusterSnapshot = snapshot,
            policy: DefaultLoadBalancingPolicy = policy,
            routings: list[Routing] = routings,
        ) -> None:
            for routing in routings:
                next(iter(policy.plan(snapshot, routing)))

        timer = timeit.Timer(step, timer=time.thread_time)
        figures[f"plan and first host, {count} hosts, ns"] = min(timer.repeat(7, 30)) / 30 / 1000 * 1e9
    return figures


def one_round(args: argparse.Namespace) -> Figures:
    with large_cluster(args.address) as (port, server):
        figures = asyncio.run(discovery(args.address, port, server))
    return figures | plans()


def show(figures: dict[str, list[float]], console: Console) -> None:
    table = Table("figure", "median", "least", "most")
    for name, values in figures.items():
        numbers = (statistics.median(values), min(values), max(values))
        table.add_row(name, *(f"{number:,.2f}" for number in numbers))
    console.print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--address", default="127.0.22.1")
    parser.add_argument("--output", type=Path)
    args = parser.parse_args()
    figures: dict[str, list[float]] = {}
    for _ in range(args.rounds):
        for name, value in one_round(args).items():
            figures.setdefault(name, []).append(value)
    show(figures, Console())
    if args.output is not None:
        said: dict[str, Any] = {"figures": figures}
        args.output.parent.mkdir(parents=True, exist_ok=True)
        args.output.write_text(json.dumps(said, indent=2))


if __name__ == "__main__":
    main()
