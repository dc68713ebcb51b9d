"""The load: reads, writes, appends, batches, streams and cancelled reads, each at its own steady rate."""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakSet

import aiocql
from lab.ledger import GROUP, Ledger

__all__ = ["SCHEMA", "Load", "Tally"]

SCHEMA = (
    "CREATE KEYSPACE IF NOT EXISTS soak WITH replication = {'class': 'NetworkTopologyStrategy', 'dc1': 3}",
    "CREATE TABLE IF NOT EXISTS soak.kv (k int PRIMARY KEY, v text)",
    "CREATE TABLE IF NOT EXISTS soak.lists (k int PRIMARY KEY, l list<int>)",
    "CREATE TABLE IF NOT EXISTS soak.groups (k int, i int, v text, PRIMARY KEY (k, i))",
    "CREATE TABLE IF NOT EXISTS soak.pages (p int, i int, v text, PRIMARY KEY (p, i))",
)
READ = "SELECT k, v FROM soak.kv WHERE k = ?"
READ_ALL_COLUMNS = "SELECT * FROM soak.kv WHERE k = ?"
WRITE = "INSERT INTO soak.kv (k, v) VALUES (?, ?)"
APPEND = "UPDATE soak.lists SET l = l + ? WHERE k = ?"
WRITE_GROUP = "INSERT INTO soak.groups (k, i, v) VALUES (?, ?, ?)"
READ_GROUP = "SELECT v FROM soak.groups WHERE k = ?"
WRITE_PAGE = "INSERT INTO soak.pages (p, i, v) VALUES (?, ?, ?)"
READ_PAGES = "SELECT p, i, v FROM soak.pages WHERE p = ?"
CHANGED_MIND = 0.25
"""Of the writes, appends and batches this part is cancelled while it runs."""
KEYS, GROUPS, PARTITIONS, ROWS, PAGE = 2000, 50, 10, 250, 50

Work = Callable[[int], Coroutine[Any, Any, None]]
"""One request or a few, by the worker with this number."""


@dataclass
class Tally:
    """What happened in the current second."""

    done: int = 0
    """Answers to requests that nobody cancels: their number tells the throughput."""
    outran: int = 0
    """Answers that came before the cancellation: their number tells how quick the servers are."""
    cancelled: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    late: int = 0
    """Requests that ended later than their timeout allows, what the loop itself was held up apart."""


def next_due(due: float, every: float, now: float) -> float:
    """When a worker begins its next request, in seconds.

    What a fault held up for more than a second is left out, in whole periods: workers that all began anew at the same
    moment would work in bursts for the rest of the run.
    """
    return due + every * max(1, math.ceil((now - 1.0 - due) / every))


class Load:
    """Runs until `stop`, its workers on the sessions in turns. `timeout` is that of the sessions, in seconds."""

    def __init__(self, sessions: list[aiocql.Session], ledger: Ledger, timeout: float) -> None:
        self.sessions, self.ledger, self.timeout = sessions, ledger, timeout
        self.tally = Tally()
        self.held_up = 0.0
        """The longest that the loop was lately kept from running."""
        self.stopping = False
        self.tasks: list[asyncio.Task[None]] = []
        self.condemned: WeakSet[asyncio.Task[Any]] = WeakSet()
        """The tasks that are cancelled unless they end first."""

    async def fill(self) -> None:
        """The rows that pages are read from."""
        rows = ((WRITE_PAGE, (p, i, f"{p}:{i}")) for p in range(PARTITIONS) for i in range(ROWS))
        await self.sessions[0].execute_concurrent(rows, concurrency=50)

    def start(self, rate: float, cancellations: float) -> None:
        """Starts the tasks: `rate` requests and `cancellations` cancelled reads a second."""
        mix: list[tuple[Work, float, int]] = [
            (self.read, 0.50 * rate, 8),
            (self._or_cancelled(self.write), 0.25 * rate, 8),
            (self._or_cancelled(self.append), 0.15 * rate, 8),
            (self._or_cancelled(self.group), 0.08 * rate, 4),
            (self.pages, 0.02 * rate, 2),
            (self._cancelled(self.read), cancellations, 32),
        ]
        for work, per_second, workers in mix:
            for number in range(workers):
                pace = self._pace(work, number, workers / per_second)
                self.tasks.append(asyncio.create_task(pace))

    async def stop(self) -> tuple[int, list[str]]:
        """Lets all that runs come to its end; how many did not, and the errors that are not typed ones."""
        self.stopping = True
        _, pending = await asyncio.wait(self.tasks, timeout=2 * self.timeout + 10)
        for task in pending:
            task.cancel()
        ends = await asyncio.gather(*self.tasks, return_exceptions=True)
        return len(pending), [repr(end) for end in ends if isinstance(end, Exception)]

    def session(self, number: int) -> aiocql.Session:
        """That of the worker with this number."""
        return self.sessions[number % len(self.sessions)]

    async def _pace(self, work: Work, number: int, every: float) -> None:
        due = time.monotonic() + self.ledger.random.random() * every
        while not self.stopping:
            await asyncio.sleep(max(due - time.monotonic(), 0.0))
            due = next_due(due, every, time.monotonic())
            await work(number)

    @contextlib.asynccontextmanager
    async def _counted(self) -> AsyncIterator[None]:
        """Counts a request, its error, and whether it ended in time."""
        begun = time.monotonic()
        try:
            yield
        except aiocql.Error as error:
            self.tally.errors[type(error).__name__] += 1
        else:
            if asyncio.current_task() in self.condemned:
                self.tally.outran += 1
            else:
                self.tally.done += 1
        seconds = time.monotonic() - begun
        self.tally.slowest = max(self.tally.slowest, seconds)
        self.tally.late += seconds > self.timeout + 0.5 + self.held_up

    def _cancelled(self, work: Work) -> Work:
        """The work, cancelled up to 20 ms after it begins: sooner more often than later."""

        async def cancelled(number: int) -> None:
            task = asyncio.create_task(work(number))
            self.condemned.add(task)
            asyncio.get_running_loop().call_later(self.ledger.random.random() ** 3 * 0.02, task.cancel)
            await asyncio.wait([task])
            if task.cancelled():
                self.tally.cancelled += 1
            else:
                task.result()

        return cancelled

    def _or_cancelled(self, work: Work) -> Work:
        cancelled = self._cancelled(work)

        async def sometimes(number: int) -> None:
            await (cancelled if self.ledger.random.random() < CHANGED_MIND else work)(number)

        return sometimes

    # --- the works ------------------------------------------------------------------------------------------------

    async def read(self, number: int) -> None:
        key = self.ledger.random.randrange(KEYS)
        at_least = self.ledger.acknowledged[key]
        async with self._counted():
            query = READ if key % 4 else READ_ALL_COLUMNS
            rows = (await self.session(number).execute(query, [key], idempotent=True)).rows
            self.ledger.check(key, (rows[0].k, rows[0].v) if rows else None, at_least)

    async def write(self, number: int) -> None:
        key = self.ledger.random.randrange(KEYS // 8) * 8 + number
        version, value = self.ledger.next_value(key)
        async with self._counted():
            await self.session(number).execute(WRITE, [key, value], idempotent=True)
            self.ledger.acknowledged[key] = version

    async def append(self, number: int) -> None:
        element = self.ledger.next_element()
        async with self._counted():
            await self.session(number).execute(APPEND, [[element], element // GROUP])
            self.ledger.acknowledged_elements[element] = 1

    async def group(self, number: int) -> None:
        """Five rows of one partition in one batch: a reader must see one version."""
        key = self.ledger.random.randrange(GROUPS) * 4 + number
        version = f"{key}:{self.ledger.random.getrandbits(32)}"
        async with self._counted():
            entries = [(WRITE_GROUP, (key, i, version)) for i in range(5)]
            await self.session(number).batch(entries, batch_type="unlogged", idempotent=True)
        async with self._counted():
            found = {row.v for row in (await self.session(number).execute(READ_GROUP, [key])).rows}
            if len(found) > 1 or any(not v.startswith(f"{key}:") for v in found):
                self.ledger.wrong.append(f"group {key}: {sorted(found)}")

    async def pages(self, number: int) -> None:
        """All rows of a partition in their order, or the first of them and no more."""
        partition = self.ledger.random.randrange(PARTITIONS)
        wanted = ROWS if self.ledger.random.random() < 0.7 else self.ledger.random.randrange(1, ROWS)
        async with self._counted():
            seen = 0
            async with self.session(number).stream(READ_PAGES, [partition], page_size=PAGE) as rows:
                async for row in rows:
                    if (row.p, row.i, row.v) != (partition, seen, f"{partition}:{seen}"):
                        self.ledger.wrong.append(f"page row {partition}:{seen} is {row!r}")
                    seen += 1
                    if seen == wanted:
                        break
            if seen != wanted:
                self.ledger.wrong.append(f"{seen} of {wanted} rows of partition {partition}")
