"""`make bench-requests`: what a session adds to the bare core, rows of a dataclass, and a stream of a million rows.

- *execute*: one row read by a prepared statement, 100 requests in flight, through the session (binding, routing,
  options, deadline, retry, `Result`) and through the compiled core alone, in turns, in one process, against the replay
  server. Processor time is counted, so that other programs of the machine disturb little.
- *into*: a page of 5,000 rows decoded as the default row and as a dataclass.
- *stream*: `session.stream()` over pages of 5,000 rows, with a task that looks every millisecond when it was run last:
  the longest gap, on the clock and in processor time (where other programs share the processor only the second is the
  driver's), and the most rows that were alive at once.
"""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import gc
import itertools
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import aiocql
from aiocql.protocol.metadata import Column, ResultMetadata
from aiocql.protocol.requests import QueryParameters
from aiocql.protocol.row_decoder import decode_rows
from aiocql.rows.row import row_decoder
from aiocql.types.names import parse_cql_type
from aiocql.types.registry import default_registry
from bench.clients.works import READ
from bench.core.bare import Caller
from bench.core.link import open_link
from bench.pages import COLUMNS, NARROW, PAGE_ROWS, VALUES, WIDE
from bench.replay.server import replaying

Work = Callable[[Iterator[int]], Coroutine[Any, Any, None]]


# --- execute -------------------------------------------------------------------------------------------------------


async def _cpu_us(work: Work, requests: int, in_flight: int) -> float:
    """Microseconds of processor time for one of `requests`."""
    keys = iter(range(1_000_000, 1_000_000 + requests))
    gc.collect()
    begun = time.process_time()
    async with asyncio.TaskGroup() as group:
        for _ in range(in_flight):
            group.create_task(work(keys))
    return (time.process_time() - begun) / requests * 1e6


async def execute_figures(port: int, version: int, rounds: int, requests: int) -> dict[str, Any]:
    """Of the session and of the core, in turns."""
    async with aiocql.connect("127.0.0.1", port=port, protocol_version=version) as session:
        statement = await session.prepare(READ)
        link = await open_link("127.0.0.1", port, version)
        parameters = QueryParameters(skip_metadata=version >= 5, page_size=5000)
        caller = Caller(link.core, statement, parameters, asyncio.get_running_loop())

        async def core(keys: Iterator[int]) -> None:
            request = caller.execute
            for key in keys:
                await request([key])

        async def whole(keys: Iterator[int]) -> None:
            execute = session.execute
            for key in keys:
                await execute(statement, [key])

        ways: dict[str, Work] = {"core": core, "session": whole}
        taken: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(rounds + 1):
            for name, way in ways.items():
                taken[name].append(await _cpu_us(way, requests, 100))
        link.close()
    of = {name: statistics.median(each[1:]) for name, each in taken.items()}
    pairs = zip(taken["session"][1:], taken["core"][1:], strict=True)
    distance = statistics.median(session - core for session, core in pairs)
    return {
        "protocol": version,
        "core_us": of["core"],
        "session_us": of["session"],
        "distance_us": distance,
        "least_distance_us": min(taken["session"][1:]) - min(taken["core"][1:]),
    }


# --- into ----------------------------------------------------------------------------------------------------------


@dataclasses.dataclass
class Item:
    id: int
    name: str
    price: float
    amount: int


@dataclasses.dataclass(slots=True)
class Slotted:
    id: int
    name: str
    price: float
    amount: int


def into_figures(rounds: int) -> dict[str, dict[str, float]]:
    """Nanoseconds a row."""
    columns = [Column("bench", "pages", name, parse_cql_type(str(kind))) for name, kind in COLUMNS[NARROW]]
    registry = default_registry()
    row = b""
    for column in columns:
        data = registry.codec(column.type).to_bytes(VALUES[str(column.type)])
        row += len(data).to_bytes(4) + data
    page = row * PAGE_ROWS
    shapes: dict[str, Any] = {"Row": None, "dataclass": Item, "dataclass with slots": Slotted}
    decoders = {name: row_decoder(ResultMetadata(columns), registry, shape) for name, shape in shapes.items()}
    taken: dict[str, list[float]] = {name: [] for name in decoders}
    for _ in range(rounds * 10):
        for name, decoder in decoders.items():
            gc.collect()
            begun = time.process_time()
            decode_rows(decoder, page, PAGE_ROWS)
            taken[name].append((time.process_time() - begun) / PAGE_ROWS * 1e9)
    return {name: {"median": statistics.median(each), "least": min(each)} for name, each in taken.items()}


# --- stream --------------------------------------------------------------------------------------------------------


class Gaps:
    """Looks every millisecond when it was run last."""

    def __init__(self) -> None:
        self.longest = self.longest_cpu = 0.0
        self._task = asyncio.get_running_loop().create_task(self._look())

    async def _look(self) -> None:
        clock, cpu = time.perf_counter(), time.thread_time()
        while True:
            await asyncio.sleep(0.001)
            now, used = time.perf_counter(), time.thread_time()
            self.longest, self.longest_cpu = (
                max(self.longest, now - clock - 0.001),
                max(self.longest_cpu, used - cpu),
            )
            clock, cpu = now, used

    def stop(self) -> None:
        self._task.cancel()


class Counted:
    """A row that counts those that are alive."""

    alive: ClassVar[int] = 0
    most: ClassVar[int] = 0

    def __init__(self, id: int, name: str, price: float, amount: int) -> None:
        Counted.alive += 1
        Counted.most = max(Counted.most, Counted.alive)

    def __del__(self) -> None:
        Counted.alive -= 1


async def stream_figures(port: int, query: str, rows: int) -> dict[str, Any]:
    """All rows of a statement, once."""
    async with aiocql.connect("127.0.0.1", port=port) as session:
        async for _ in session.stream(query, []):
            break
        gc.collect()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        gaps, count, begun = Gaps(), 0, time.perf_counter()
        async for _ in session.stream(query, []):
            count += 1
        seconds = time.perf_counter() - begun
        gaps.stop()
        if count != rows:
            raise AssertionError(f"{count} rows of {rows}")
        return {
            "rows": count,
            "columns": len(COLUMNS[query]),
            "rows_per_second": count / seconds,
            "longest_gap_ms": gaps.longest * 1000,
            "longest_gap_cpu_ms": gaps.longest_cpu * 1000,
            "memory_growth_kb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before,
        }


async def alive_figures(port: int, pages: int) -> dict[str, float]:
    """The most rows alive at once, by a reader that waits at each hundredth row."""
    async with aiocql.connect("127.0.0.1", port=port) as session:
        stream = session.stream(NARROW, [], into=Counted)
        number = itertools.count(1)
        async for _ in stream:
            if next(number) % 100 == 0:
                await asyncio.sleep(0)
    return {"most_rows_alive": Counted.most, "in_pages": Counted.most / PAGE_ROWS, "of_pages": pages}


@contextmanager
def serving_pages(port: int, pages: int) -> Iterator[None]:
    """The server of pages, in its own process."""
    command = [sys.executable, "-m", "bench.pages", str(port), str(pages)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdout.readline()
        try:
            yield
        finally:
            process.stdin.close()


# --- all of it -----------------------------------------------------------------------------------------------------


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--port", type=int, default=19142)
    parser.add_argument("--rounds", type=int, default=31)
    parser.add_argument("--requests", type=int, default=20_000, help="a round")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--output", type=Path)
    args = parser.parse_args()
    figures: dict[str, Any] = {"execute": []}
    with replaying([("127.0.0.1", args.port)]):
        for version in (5, 4):
            measured = asyncio.run(execute_figures(args.port, version, args.rounds, args.requests))
            figures["execute"].append(measured)
            print(json.dumps({"execute": measured}), flush=True)
    figures["into_ns"] = into_figures(args.rounds)
    print(json.dumps({"into_ns": figures["into_ns"]}), flush=True)
    pages = args.rows // PAGE_ROWS
    figures["stream"] = []
    with serving_pages(args.port + 1, pages):
        for query in (NARROW, WIDE):
            figures["stream"].append(asyncio.run(stream_figures(args.port + 1, query, pages * PAGE_ROWS)))
            print(json.dumps({"stream": figures["stream"][-1]}), flush=True)
        figures["alive"] = asyncio.run(alive_figures(args.port + 1, pages))
        print(json.dumps({"alive": figures["alive"]}), flush=True)
    if args.output is not None:
        args.output.parent.mkdir(parents=True, exist_ok=True)
        args.output.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
