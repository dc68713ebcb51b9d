"""`make bench-sync`: the synchronous session beside cassandra-driver, on the replay server.

Both run in this process, one after the other in each round, so that whatever else the machine does meets both. Figures
are medians over the rounds of requests per second; the last column is how many times cassandra-driver. `concurrent` is
`execute_concurrent` of a synchronous session beside that of an asynchronous one.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from cassandra import ConsistencyLevel
from cassandra.cluster import EXEC_PROFILE_DEFAULT, Cluster, ExecutionProfile
from cassandra.policies import DCAwareRoundRobinPolicy, TokenAwarePolicy

import aiocql
import aiocql.sync
from bench.clients.works import READ
from bench.replay.server import replaying

ADDRESS = ("127.0.26.1", 26042)
CONCURRENT = 20_000

Read = Callable[[int], Any]
Figures = dict[str, dict[str, list[float]]]


def one_thread(read: Read, requests: int) -> float:
    """Read one row at a time; return the requests per second."""
    begun = time.perf_counter()
    for key in range(requests):
        read(key)
    return requests / (time.perf_counter() - begun)


def threads(count: int) -> Callable[[Read, int], float]:
    """Read from several threads, each one row at a time."""

    def measure(read: Read, requests: int) -> float:
        workers = [threading.Thread(target=one_thread, args=(read, requests // count)) for _ in range(count)]
        begun = time.perf_counter()
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        return requests / (time.perf_counter() - begun)

    return measure


WORKS = {"1 thread": one_thread, "16 threads": threads(16)}


@contextmanager
def ours() -> Iterator[Read]:
    """Read with `aiocql.sync`."""
    with aiocql.sync.connect(ADDRESS) as session:
        execute = session.execute
        yield lambda key: execute(READ, [key]).one()


@contextmanager
def theirs() -> Iterator[Read]:
    """Read with cassandra-driver."""
    profile = ExecutionProfile(
        load_balancing_policy=TokenAwarePolicy(DCAwareRoundRobinPolicy(local_dc="dc1")),
        consistency_level=ConsistencyLevel.LOCAL_ONE,
    )
    cluster = Cluster(
        [ADDRESS[0]], port=ADDRESS[1], protocol_version=4, execution_profiles={EXEC_PROFILE_DEFAULT: profile}
    )
    try:
        session = cluster.connect()
        execute, statement = session.execute, session.prepare(READ)
        yield lambda key: execute(statement, [key]).one()
    finally:
        cluster.shutdown()


def concurrent_sync() -> float:
    """Return the requests per second of `execute_concurrent` of a synchronous session."""
    with aiocql.sync.connect(ADDRESS) as session:
        session.execute_concurrent(READ, [(key,) for key in range(1000)])
        begun = time.perf_counter()
        session.execute_concurrent(READ, [(key,) for key in range(CONCURRENT)])
        return CONCURRENT / (time.perf_counter() - begun)


async def concurrent_async() -> float:
    """Return the same of an asynchronous session."""
    async with aiocql.connect(ADDRESS) as session:
        await session.execute_concurrent(READ, [(key,) for key in range(1000)])
        begun = time.perf_counter()
        await session.execute_concurrent(READ, [(key,) for key in range(CONCURRENT)])
        return CONCURRENT / (time.perf_counter() - begun)


def measure(rounds: int, requests: int) -> Figures:
    """Return the figures of each work, by client."""
    figures: Figures = {name: {"aiocql.sync": [], "cassandra-driver": []} for name in WORKS}
    figures["concurrent"] = {"aiocql.sync": [], "aiocql": []}
    with replaying([ADDRESS]), ExitStack() as stack:
        clients = {
            "aiocql.sync": stack.enter_context(ours()),
            "cassandra-driver": stack.enter_context(theirs()),
        }
        for read in clients.values():
            one_thread(read, 200)
        for _ in range(rounds):
            for work, run in WORKS.items():
                for name, read in clients.items():
                    figures[work][name].append(run(read, requests))
            figures["concurrent"]["aiocql.sync"].append(concurrent_sync())
            figures["concurrent"]["aiocql"].append(asyncio.run(concurrent_async()))
    return figures


def main() -> None:
    """Measure, print a table, and write the figures where the command line says."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--requests", type=int, default=3200)
    parser.add_argument("--output", type=Path)
    args = parser.parse_args()
    figures = measure(args.rounds, args.requests)
    for work, clients in figures.items():
        (own_name, own), (name, other) = clients.items()
        mine, its = statistics.median(own), statistics.median(other)
        print(f"{work:12} {own_name} {mine:9,.0f}/s   {name} {its:9,.0f}/s   {mine / its:.2f}x")
    if args.output:
        args.output.parent.mkdir(parents=True, exist_ok=True)
        args.output.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
