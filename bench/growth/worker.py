"""One size of one axis, in a separate process: the processor time of a unit of work, as one line of JSON."""

from __future__ import annotations

import argparse
import asyncio
import gc
import itertools
import json
import os
import random
import time
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from typing import Any

import aiocql
from bench.clients.harness import FIRST_KEY, closed_loop
from bench.clients.works import READ, VALUE, WrongAnswer
from bench.growth.answers import columns_query, rows_query, statement_query
from bench.growth.axes import AXES, BY_NAME, COLUMN_ROWS, IN_FLIGHT_EACH
from bench.growth.control import control, rows_control

Work = Callable[[Iterator[int]], Coroutine[Any, Any, None]]
PREPARED_AT_ONCE = 100
FIRST_REQUESTS = 50
"""Of the run that finds out how long a request takes."""


@dataclass
class Load:
    """What is done at one size."""

    work: Work
    in_flight: int
    units: int = 1
    """Units of work in one request."""


def pool_of(axis: str, size: int) -> aiocql.PoolOptions:
    """The limits that the axis raises."""
    if axis == "connections":
        return aiocql.PoolOptions(core_local=size, max_local=size)
    if axis == "in-flight":
        return aiocql.PoolOptions(max_local=1, max_requests_per_connection=32768, high_watermark=1.0)
    return aiocql.PoolOptions()


def reading(session: Any, queries: list[str]) -> Work:
    """Reads one row with each key, by the statements in turns; the row must carry the key."""
    turns = itertools.cycle(queries)

    async def read(keys: Iterator[int]) -> None:
        execute = session.execute
        for key in keys:
            k, v = (await execute(next(turns), [key])).one()
            if k != key or v != VALUE:
                raise WrongAnswer(k, v)

    return read


def paging(session: Any, query: str, rows: int, columns: int) -> Work:
    """Reads a page with each key; it must have its rows and columns."""

    async def page(keys: Iterator[int]) -> None:
        execute = session.execute
        for key in keys:
            found = (await execute(query, [key], page_size=100_000)).rows
            if len(found) != rows or len(found[-1]) != columns:
                raise WrongAnswer(len(found))

    return page


async def prepare_all(session: Any, count: int) -> list[str]:
    """So many statements, prepared, in an order without pattern."""
    queries = [statement_query(i) for i in range(count)]
    for start in range(0, count, PREPARED_AT_ONCE):
        await asyncio.gather(*map(session.prepare, queries[start : start + PREPARED_AT_ONCE]))
    random.Random(10).shuffle(queries)
    return queries


async def load_of(session: Any, axis: str, size: int) -> Load:
    if axis == "rows":
        return Load(paging(session, rows_query(size), size, 4), min(100, max(1, 10_000 // size)), size)
    if axis == "columns":
        work = paging(session, columns_query(size), COLUMN_ROWS, size)
        return Load(work, 10, size * COLUMN_ROWS)
    if axis == "statements":
        return Load(reading(session, await prepare_all(session, size)), 100)
    await session.prepare(READ)
    at_once = size if axis == "in-flight" else size * IN_FLIGHT_EACH
    return Load(reading(session, [READ]), at_once)


async def taken(load: Load, requests: int) -> float:
    """Seconds of processor time."""
    gc.collect()
    begun = time.process_time()
    await closed_loop(load.work, load.in_flight, requests)
    return time.process_time() - begun


async def own(axis: str, size: int, load: Load, requests: int) -> float | None:
    """What a unit of the work costs where nothing is sent; None where the axis is not held against that."""
    if not BY_NAME[axis].has_control:
        return None
    if axis == "rows":
        return rows_control(size, requests, load.in_flight)
    texts = [statement_query(i) for i in range(size)] if axis == "statements" else [READ]
    random.Random(10).shuffle(texts)
    return await control(load.in_flight, requests, texts)


async def measure(args: argparse.Namespace) -> dict[str, Any]:
    options: dict[str, Any] = {"protocol_version": 5, "prepared_cache_size": 20_000, "request_timeout": 60.0}
    pool = pool_of(args.axis, args.size)
    async with aiocql.connect((args.host, args.port), pool=pool, **options) as session:
        load = await load_of(session, args.axis, args.size)
        first = max(load.in_flight, FIRST_REQUESTS)
        each = await taken(load, first) / first
        requests = max(int(args.seconds / each), 2 * load.in_flight, FIRST_REQUESTS)
        seconds = await taken(load, requests)
        stats = session.stats()
    return {
        "control_us": await own(args.axis, args.size, load, requests),
        "cost_us": seconds / (requests * load.units) * 1e6,
        "requests": requests,
        "in_flight": load.in_flight,
        "connections": stats.open_connections,
        "hosts": len(session.hosts),
        "first_key": FIRST_KEY,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("axis", choices=[axis.name for axis in AXES])
    parser.add_argument("size", type=int)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=9142)
    parser.add_argument("--seconds", type=float, default=0.25, help="about how long, of processor time")
    parser.add_argument("--core", type=int, help="the only core to run on")
    args = parser.parse_args()
    if args.core is not None:
        os.sched_setaffinity(0, {args.core})
    print(json.dumps(asyncio.run(measure(args))), flush=True)


if __name__ == "__main__":
    main()
