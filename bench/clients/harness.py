"""What all workers share: arguments, warm-up, the closed loop, clocks, one line of JSON.

A worker keeps `--in-flight` tasks busy, each of which sends its next request when its last one was answered.
A client's methods take the iterator that those tasks share and loop over it themselves, so that nothing of the
harness stands between two requests.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import itertools
import json
import os
import resource
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

from bench.clients.works import PREPARED, WORKS

STARTED = time.perf_counter()
"""When the worker had begun; what it imports after this counts as its client's import."""

FIRST_KEY = 1_000_000
"""Keys begin here, so that no int of a request is one that Python keeps."""


class Client:
    """A client under test: `connect`, `prepare`, then one coroutine a work, each of which takes the shared keys."""

    version = "?"
    unable: dict[str, str] = {}
    """The works that it cannot do, with the reason."""

    async def connect(self, hosts: list[str], port: int, protocol: int) -> None:
        raise NotImplementedError

    async def prepare(self, statement: str) -> None:
        """Prepares the statement of the work that is to be done."""
        raise NotImplementedError

    async def close(self) -> None:
        """Ends the session; a client that has no such thing leaves this out."""


def cpu_seconds() -> tuple[float, float]:
    """Processor time used so far: in all, and the kernel's part of it."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime, used.ru_stime


def peak_memory_kb() -> int:
    """The most that this program held. getrusage would count what the process was before exec: its parent's size."""
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--hosts", default="127.0.0.1", help="contact points, separated by commas")
    parser.add_argument("--port", type=int, default=9142)
    parser.add_argument("--protocol", type=int, default=4)
    parser.add_argument("--work", choices=[*WORKS, "start", "bursts"], default="read")
    parser.add_argument("--in-flight", type=int, default=100)
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument(
        "--warm-up", type=int, help="requests before the clock starts; a fifth of --requests unless said"
    )
    parser.add_argument(
        "--keys", type=int, help="only so many keys, again and again; each its own unless said"
    )
    parser.add_argument("--sizes", default="10,50,100", help="of --work bursts: requests at once")
    parser.add_argument("--core", type=int, help="the only core to run on, all threads of it")
    parser.add_argument("--loop", choices=["asyncio", "uvloop"], default="asyncio")
    return parser.parse_args()


async def closed_loop(
    work: Callable[[Iterator[int]], Coroutine[Any, Any, None]],
    in_flight: int,
    requests: int,
    distinct: int | None = None,
) -> None:
    """Does `requests` of a work, at most `in_flight` of them at once, with `distinct` keys or one for each."""
    keys: Iterator[int] = iter(range(FIRST_KEY, FIRST_KEY + requests))
    if distinct is not None and distinct < requests:
        keys = itertools.islice(itertools.cycle(range(FIRST_KEY, FIRST_KEY + distinct)), requests)
    async with asyncio.TaskGroup() as group:
        for _ in range(min(in_flight, requests)):
            group.create_task(work(keys))


async def _measure(client: Client, args: argparse.Namespace) -> dict[str, object]:
    if args.work in client.unable:
        return {"unable": client.unable[args.work]}
    await client.connect(args.hosts.split(","), args.port, args.protocol)
    await client.prepare(PREPARED[args.work])
    work = getattr(client, args.work)
    warm_up = args.requests // 5 if args.warm_up is None else args.warm_up
    await closed_loop(work, args.in_flight, max(warm_up, args.in_flight, 1), args.keys)
    gc.collect()
    before, clock = cpu_seconds(), time.perf_counter()
    await closed_loop(work, args.in_flight, args.requests, args.keys)
    seconds, after = time.perf_counter() - clock, cpu_seconds()
    await client.close()
    return {
        "seconds": seconds,
        "per_second": args.requests / seconds,
        "cpu_us": (after[0] - before[0]) / args.requests * 1e6,
        "kernel_us": (after[1] - before[1]) / args.requests * 1e6,
        "rss_kb": peak_memory_kb(),
    }


async def _start(client: Client, args: argparse.Namespace) -> dict[str, object]:
    """Milliseconds from the start of the worker to imported, connected, first row."""
    imported = time.perf_counter()
    await client.connect(args.hosts.split(","), args.port, args.protocol)
    connected = time.perf_counter()
    await client.prepare(PREPARED["read"])
    await closed_loop(getattr(client, "read"), 1, 1)  # noqa: B009  # the method is the subclass's
    row = time.perf_counter()
    await client.close()
    marks = {"import_ms": imported, "connected_ms": connected, "first_row_ms": row}
    return {name: (mark - STARTED) * 1000 for name, mark in marks.items()}


async def _bursts(client: Client, args: argparse.Namespace) -> dict[str, object]:
    """Milliseconds of each of `--requests` bursts: n reads at once, for each n of `--sizes`, in turns.

    A client that also reads one by one without asyncio (`sequence`) does the same reads that way too.
    """
    sizes = [int(size) for size in args.sizes.split(",")]
    await client.connect(args.hosts.split(","), args.port, args.protocol)
    await client.prepare(PREPARED["read"])
    read, sequence = getattr(client, "read"), getattr(client, "sequence", None)  # noqa: B009
    await closed_loop(read, 100, args.warm_up or 1000, args.keys)
    at_once: dict[int, list[float]] = {n: [] for n in sizes}
    one_by_one: dict[int, list[float]] = {n: [] for n in sizes}
    for _ in range(args.requests):
        for n in sizes:
            clock = time.perf_counter()
            await closed_loop(read, n, n)
            at_once[n].append((time.perf_counter() - clock) * 1000)
            if sequence is not None:
                clock = time.perf_counter()
                sequence(iter(range(FIRST_KEY, FIRST_KEY + n)))
                one_by_one[n].append((time.perf_counter() - clock) * 1000)
    await client.close()
    return {"at_once_ms": at_once, "one_by_one_ms": one_by_one if sequence is not None else {}}


MODES = {"start": _start, "bursts": _bursts}


def main(name: str, client: Client) -> None:
    """Runs the work that the command line names and prints one line of JSON."""
    args = arguments()
    if args.core is not None:
        os.sched_setaffinity(0, {args.core})
    factory = None
    if args.loop == "uvloop":
        import uvloop

        factory = uvloop.new_event_loop
        name += "-uvloop"
    with asyncio.Runner(loop_factory=factory) as runner:
        measured = runner.run(MODES.get(args.work, _measure)(client, args))
    said = {
        "client": name,
        "version": client.version,
        "work": args.work,
        "in_flight": args.in_flight,
        "requests": args.requests,
    }
    print(json.dumps(said | {"protocol": args.protocol} | measured), flush=True)
    sys.stdout.flush()
    os._exit(0)  # the threads of some clients keep a process from ending
