"""Several threads, each with its own loop, session and scripted server: what they share must not mix.

They share modules, classes of rows and user types, registries and policies. With a GIL little of that can go wrong;
on free-threaded CPython these tests run the threads at the same time.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import decimal
import ipaddress
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from tests import internals
from tests.scripted.in_memory import in_memory
from tests.scripted.scripted_sessions import one_node

import aiocql
from aiocql.monitoring import collect as stats
from aiocql.policies import DefaultLoadBalancingPolicy
from aiocql.testing import MemoryLoop, ScriptedServer, run_virtual
from aiocql.types.registry import CodecRegistry
from aiocql.types.timeuuid import TimeUUIDGenerator

THREADS, ROUNDS, AT_ONCE = 4, 6, 40

SELECT = "SELECT * FROM item WHERE k = ?"
INSERT = "INSERT INTO item (k, price, id) VALUES (?, ?, ?)"
COLUMNS = [
    ("k", "int"), ("price", "decimal"), ("id", "uuid"), ("at", "timestamp"), ("seen", "inet"),
    ("lasts", "duration"), ("tags", "list<text>"), ("places", "map<text, int>"),
]  # fmt: skip
BEGIN = dt.datetime(2026, 11, 28, tzinfo=dt.UTC)


def row_of(k: int) -> tuple[Any, ...]:
    """What the row of a key must come as."""
    return (
        *(k, decimal.Decimal(k).scaleb(-2), uuid.UUID(int=k << 64 | k), BEGIN + dt.timedelta(seconds=k)),
        *(ipaddress.ip_address(0x7F000000 + k), aiocql.Duration(0, k, 0), [f"tag {k}"] * 3, {str(k): k}),
    )


def as_sent(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """The row as scripted servers take it: durations are triples there."""
    return tuple((v.months, v.days, v.nanoseconds) if isinstance(v, aiocql.Duration) else v for v in row)


def prime(server: ScriptedServer) -> None:
    server.prime(
        SELECT,
        bind=[("k", "int")],
        partition_key=[0],
        columns=COLUMNS,
        rows=lambda request: [as_sent(row_of(request.bound["k"]))],
    )
    server.prime(INSERT, bind=COLUMNS[:3], partition_key=[0])


async def work(first: int, shared: dict[str, Any], sessions: list[aiocql.Session]) -> None:
    """Asks for keys that no other thread asks for, and looks at every answer."""
    async with ScriptedServer() as server:
        server.keep_requests = False
        prime(server)
        async with aiocql.connect(server.address, port=server.port, **shared) as session:
            sessions.append(session)
            for start in range(first, first + ROUNDS * AT_ONCE, AT_ONCE):
                keys = range(start, start + AT_ONCE)
                rows = await asyncio.gather(*(session.execute(SELECT, [k]) for k in keys))
                assert [tuple(result.one() or ()) for result in rows] == [row_of(k) for k in keys]
                dicts = await asyncio.gather(*(session.execute(SELECT, {"k": k}, into=dict) for k in keys))
                assert [result.one()["price"] for result in dicts] == [row_of(k)[1] for k in keys]
                await asyncio.gather(*(session.execute(INSERT, row_of(k)[:3]) for k in keys))
            done = session.stats()
            assert done.application.completed >= 3 * ROUNDS * AT_ONCE
            assert done.application.failed == 0
        assert server.violations == []


def together(jobs: list[Callable[[], object]], meanwhile: Callable[[], object] = lambda: None) -> None:
    """Runs the jobs in threads that start at the same moment, and raises what went wrong in any."""
    errors: list[BaseException] = []
    barrier = threading.Barrier(len(jobs))

    def run(job: Callable[[], object]) -> None:
        try:
            barrier.wait()
            job()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        meanwhile()
        threads[0].join(0.001)
    for thread in threads:
        thread.join()
    if errors:
        raise BaseExceptionGroup("in threads", errors)


@contextmanager
def switching_often() -> Iterator[None]:
    """Threads that share a GIL take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def test_every_answer_reaches_its_own_thread_while_another_reads_the_statistics() -> None:
    sessions: list[aiocql.Session] = []
    policy = DefaultLoadBalancingPolicy()
    shared: dict[str, Any] = {
        "load_balancing": policy,
        "codecs": CodecRegistry(),
        "profiles": {"other": aiocql.ExecutionProfile(load_balancing=policy)},
    }
    seen = 0

    def look() -> None:
        nonlocal seen
        for session in sessions:
            now = session.stats()
            assert now.application.started >= now.application.completed
            assert all(host.in_flight >= 0 and host.endpoint for host in now.hosts)
            seen += 1

    def job(number: int) -> Callable[[], object]:
        return lambda: run_virtual(lambda: work(number * 10_000, shared, sessions), loop_factory=MemoryLoop)

    with switching_often():
        together([job(number) for number in range(THREADS)], look)
    assert len(sessions) == THREADS
    assert seen > 0


async def unrest(sessions: list[aiocql.Session], until: threading.Event) -> None:
    """Connections that drain, and limits that come and go, until it is told to end."""
    async with ScriptedServer() as server:
        server.keep_requests = False
        server.prime(SELECT, bind=[("k", "int")], columns=COLUMNS[:1], rows=[(1,)], delay=0.01)
        pool = aiocql.PoolOptions(core_local=1, max_local=40)
        async with aiocql.connect(server.address, port=server.port, pool=pool) as session:
            await session.prepare(SELECT)
            sessions.append(session)
            while not until.is_set():
                session.set_max_connections_per_host(aiocql.HostDistance.LOCAL, 40)
                await session.warm_up(40)
                views = [session.rate_limited(max_concurrent=50) for _ in range(20)]
                tasks = [asyncio.ensure_future(view.execute(SELECT, [k])) for k, view in enumerate(views * 4)]
                await asyncio.sleep(0)
                session.set_core_connections_per_host(aiocql.HostDistance.LOCAL, 1)
                session.set_max_connections_per_host(aiocql.HostDistance.LOCAL, 1)
                await asyncio.gather(*tasks)
                del views, tasks


def test_the_statistics_are_read_while_connections_drain_and_limits_come_and_go() -> None:
    """As OpenTelemetry's reader and Prometheus' server do, from threads of their own."""
    sessions: list[aiocql.Session] = []
    until = threading.Event()
    draining, admitted = 0, 0

    def read() -> None:
        nonlocal draining, admitted
        end = time.monotonic() + 1
        try:
            while time.monotonic() < end or not draining or not admitted:
                assert time.monotonic() < end + 60, "nothing drains"
                for session in sessions:
                    now = session.stats()
                    draining = max(draining, *(len(host.draining) for host in now.hosts))
                    assert now.throttle_totals[1].admitted >= admitted
                    admitted = now.throttle_totals[1].admitted
        finally:
            until.set()

    with switching_often():
        together([lambda: run_virtual(lambda: unrest(sessions, until), loop_factory=MemoryLoop), read])
    assert draining > 5


@in_memory
async def test_connections_that_end_while_the_statistics_look_at_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The same without chance: the sets change at the very moment at which another thread could change them."""
    async with one_node() as (_, session):
        await session.warm_up(3)
        pool = internals.pools(session)[session.hosts[0]]
        look = stats._connection

        def look_while_one_ends(connection: Any, now: float) -> Any:
            pool.draining.discard(connection)
            return look(connection, now)

        pool.draining.update(pool.connections)
        pool.connections, serving = [], pool.connections
        monkeypatch.setattr(stats, "_connection", look_while_one_ends)
        assert len(session.stats().hosts[0].draining) == 3
        assert not pool.draining
        pool.connections = serving


FIRST_USE = """
import threading
from aiocql.types.names import parse_cql_type
from aiocql.types.registry import CodecRegistry

VALUES = {
    "decimal": "0000000212", "duration": "020406", "inet": "7f000001", "timestamp": "00" * 8, "date": "80000000",
    "uuid": "11" * 16, "timeuuid": "00000000000010008000000000000000", "time": "00" * 8,
}
barrier = threading.Barrier(8)
texts, errors = [], []

def use(names):
    try:
        barrier.wait()
        said = {}
        for name in names:
            codec = CodecRegistry().codec(parse_cql_type(name))
            data = bytes.fromhex(VALUES[name])
            value = codec.from_bytes(data)
            assert codec.to_bytes(value) == data, name
            said[name] = repr(value)
        texts.append(said)
    except BaseException as error:
        errors.append(error)

names = list(VALUES)
threads = [threading.Thread(target=use, args=(names[i:] + names[:i],)) for i in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
assert not errors, errors
assert len(texts) == 8 and all(said == texts[0] for said in texts), texts
print(len(texts[0]))
"""


def test_codecs_that_several_threads_use_for_the_first_time() -> None:
    """In a process of its own, where none was made yet."""
    done = subprocess.run([sys.executable, "-c", FIRST_USE], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr, done.returncode) == ("8\n", "", 0)


def test_a_generator_of_time_uuids_that_threads_share_gives_none_twice() -> None:
    generate = TimeUUIDGenerator(lambda: 5)
    made: list[list[uuid.UUID]] = [[] for _ in range(THREADS)]

    def job(number: int) -> Callable[[], object]:
        return lambda: made[number].extend(generate() for _ in range(3000))

    with switching_often():
        together([job(number) for number in range(THREADS)])
    assert len({value.time for values in made for value in values}) == THREADS * 3000
    assert all(values == sorted(values, key=lambda value: value.time) for values in made)


def test_prometheus_metrics_are_made_once_for_all_threads() -> None:
    from prometheus_client import CollectorRegistry

    from aiocql.compat.async_cassandra.prometheus import prometheus_metrics

    registry = CollectorRegistry()
    found: list[object] = []
    with switching_often():
        together([lambda: found.append(prometheus_metrics(registry))] * THREADS)
    assert len(found) == THREADS
    assert len(set(map(id, found))) == 1
