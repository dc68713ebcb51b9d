"""What the demonstration asks of the cluster: a table, rows, comparisons, a sustained load."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import random
import statistics
import time
from collections.abc import Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any

from aiocql.cli.demo.records import Comparison, Loading, Sample, Sustained
from aiocql.errors import Error, OperationTimedOut, RequestExecutionError

if TYPE_CHECKING:
    from aiocql.session.session import Session

__all__ = ["INSERT", "SELECT", "compare", "create_keyspace", "create_table", "load", "sustain"]

TABLE = (
    "CREATE TABLE {keyspace}.reading "
    "(sensor int, day int, at timestamp, temperature double, label text, PRIMARY KEY ((sensor, day)))"
)
INSERT = "INSERT INTO {keyspace}.reading (sensor, day, at, temperature, label) VALUES (?, ?, ?, ?, ?)"
SELECT = "SELECT sensor, day, temperature, label FROM {keyspace}.reading WHERE sensor = ? AND day = ?"

DAYS = 100
"""Partitions of one sensor: row i is sensor i // DAYS on day i % DAYS."""

SEED_000 = {10: 10.24, 50: 25.60, 100: 20.99}
"""Requests at once, and how many times faster than in sequence a wrapper of cassandra-driver states for them."""

REPEATS = 15

WARM_UP = 80
"""Hundreds of reads before anything is compared."""

PATIENCE = 5
"""How often a write is tried again."""

START = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)


async def create_keyspace(session: Session, keyspace: str, replication: int) -> None:
    """Makes the keyspace, with `replication` replicas in each datacenter."""
    datacenters = sorted({host.datacenter for host in session.hosts if host.datacenter})
    replicas = ", ".join(f"'{name}': {replication}" for name in datacenters)
    await session.execute(
        f"CREATE KEYSPACE {keyspace} WITH replication = {{'class': 'NetworkTopologyStrategy', {replicas}}}"
    )


async def create_table(session: Session, keyspace: str) -> None:
    """Makes the table, and has every node prepare the statements before the crowd comes."""
    await session.execute(TABLE.format(keyspace=keyspace))
    for host in session.hosts:
        if host.open_connections:
            await session.execute(INSERT.format(keyspace=keyspace), _values(0), host=host)
            await session.execute(SELECT.format(keyspace=keyspace), (0, 0), host=host)


def _values(i: int) -> tuple[int, int, datetime.datetime, float, str]:
    """Row number `i`."""
    at = START + datetime.timedelta(seconds=i)
    return i // DAYS, i % DAYS, at, 20 + i % 17 / 10, f"sensor {i // DAYS}"


async def load(
    session: Session, keyspace: str, rows: int, in_flight: int, tick: Callable[[int], None]
) -> Loading:
    """Write `rows` rows, `in_flight` at a time. `tick` receives the number of written rows ten times a second."""
    query = INSERT.format(keyspace=keyspace)
    loading = Loading(in_flight=in_flight)
    numbers = iter(range(rows))

    async def writer() -> None:
        for i in numbers:
            await _write(session, query, _values(i))
            loading.rows += 1

    begin = time.perf_counter()

    def note() -> None:
        loading.ticks.append((time.perf_counter() - begin, loading.rows))
        tick(loading.rows)

    await _all_with_ticks([writer() for _ in range(min(in_flight, rows))], note, 0.1)
    loading.seconds = time.perf_counter() - begin
    return loading


async def _write(session: Session, query: str, values: tuple[object, ...]) -> None:
    """Writes one row, again where nodes that have just started are still too slow for their own timeouts."""
    for _ in range(PATIENCE):
        with contextlib.suppress(RequestExecutionError, OperationTimedOut):
            await session.execute(query, values, idempotent=True)
            return
    await session.execute(query, values, idempotent=True)


async def compare(
    session: Session,
    keyspace: str,
    rows: int,
    official: Callable[[str, Sequence[tuple[int, int]]], float] | None,
) -> list[Comparison]:
    """10, 50 and 100 reads at once against the same in sequence, medians of 15 after a warm-up.

    `official` reads the same in sequence through cassandra-driver, in a thread, and returns the seconds.
    """
    query = SELECT.format(keyspace=keyspace)
    for _ in range(WARM_UP):  # servers compile their read path while it is used
        await _at_once(session, query, [_key(rows) for _ in range(100)])
    found = []
    for n, seed in SEED_000.items():
        keys = [_key(rows) for _ in range(n)]
        for _ in range(REPEATS):
            await _at_once(session, query, keys)
        at_once = statistics.median([await _at_once(session, query, keys) for _ in range(REPEATS)])
        in_sequence = statistics.median([await _in_sequence(session, query, keys) for _ in range(REPEATS)])
        theirs = None
        if official is not None:
            await asyncio.to_thread(official, query, keys)
            theirs = statistics.median(
                [await asyncio.to_thread(official, query, keys) for _ in range(REPEATS)]
            )
        found.append(Comparison(n, at_once, in_sequence, theirs, seed))
    return found


async def _at_once(session: Session, query: str, keys: Sequence[tuple[int, int]]) -> float:
    begin = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for key in keys:
            group.create_task(session.execute(query, key))
    return time.perf_counter() - begin


async def _in_sequence(session: Session, query: str, keys: Sequence[tuple[int, int]]) -> float:
    begin = time.perf_counter()
    for key in keys:
        await session.execute(query, key)
    return time.perf_counter() - begin


async def sustain(
    session: Session,
    keyspace: str,
    rows: int,
    concurrency: int,
    seconds: float,
    tick: Callable[[Sustained], None],
) -> Sustained:
    """Keeps `concurrency` reads in flight for `seconds`; `tick` is shown the record four times a second."""
    query = SELECT.format(keyspace=keyspace)
    hosts = sorted(session.hosts, key=lambda host: host.endpoint)
    done = dict.fromkeys((host.endpoint for host in hosts), 0)
    record = Sustained(concurrency, tuple(done))
    begin = time.perf_counter()
    end = begin + seconds

    async def reader() -> None:
        before = time.perf_counter()
        while before < end:
            try:
                result = await session.execute(query, _key(rows))
            except Error:
                record.failed += 1
            else:
                done[result.coordinator.endpoint] += 1
            now = time.perf_counter()
            record.latencies.append(now - before)
            before = now

    def note() -> None:
        record.samples.append(
            Sample(
                time.perf_counter() - begin,
                tuple(done.values()),
                tuple(host.in_flight for host in hosts),
                tuple(host.open_connections for host in hosts),
            )
        )
        tick(record)

    note()
    await _all_with_ticks([reader() for _ in range(concurrency)], note, 0.25)
    record.seconds = time.perf_counter() - begin
    return record


def _key(rows: int) -> tuple[int, int]:
    return divmod(random.randrange(rows), DAYS)


async def _all_with_ticks(
    work: Sequence[Coroutine[Any, Any, None]], note: Callable[[], None], every: float
) -> None:
    """Runs the coroutines together, and `note` at intervals and once at the end."""

    async def clock() -> None:
        while True:
            await asyncio.sleep(every)
            note()

    ticking = asyncio.create_task(clock())
    try:
        async with asyncio.TaskGroup() as group:
            for item in work:
                group.create_task(item)
    finally:
        ticking.cancel()
        await asyncio.gather(ticking, return_exceptions=True)
    note()
