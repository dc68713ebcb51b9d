"""Code of the user's that runs while a statement is bound executes another statement at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from tests.scripted.in_memory import in_memory
from tests.started import Started

import aiocql
from aiocql.testing import Opcode, ScriptedServer, udt

INSERT = "INSERT INTO t (k, v, p, tags, at) VALUES (?, ?, ?, ?, ?)"
OTHER = "INSERT INTO other (a, b, c) VALUES (?, ?, ?)"
PAIR = udt("ks", "pair", {"left": "int", "right": "int"})
AT = dt.datetime(2024, 2, 29, tzinfo=dt.UTC)
VALUES = [7, "outer", (1, 2), [10, 20, 30], AT]
BOUND = {"k": 7, "v": "outer", "p": {"left": 1, "right": 2}, "tags": [10, 20, 30], "at": AT}
OTHER_BOUND = {"a": 4711, "b": "i" * 5000, "c": "inner"}

Start = Callable[[], None]


class Index:
    def __init__(self, start: Start, value: int) -> None:
        self.start, self.value = start, value

    def __index__(self) -> int:
        self.start()
        return self.value


class Named(Mapping[str, Any]):
    def __init__(self, start: Start, values: dict[str, Any]) -> None:
        self.start, self.values_by_name = start, values

    def __getitem__(self, name: str) -> Any:
        self.start()
        return self.values_by_name[name]

    def __iter__(self) -> Iterator[str]:
        self.start()
        return iter(self.values_by_name)

    def __len__(self) -> int:
        return len(self.values_by_name)


class Pair:
    def __init__(self, start: Start) -> None:
        self.start = start
        self.left = 1

    @property
    def right(self) -> int:
        self.start()
        return 2


class Zone(dt.tzinfo):
    def __init__(self, start: Start) -> None:
        self.start = start

    def utcoffset(self, when: dt.datetime | None) -> dt.timedelta:
        self.start()
        return dt.timedelta(0)


class Dying:
    def __init__(self, start: Start) -> None:
        self.start = start

    def __del__(self) -> None:
        self.start()


def _elements(start: Start) -> Iterator[int]:
    yield 10
    start()
    yield 20
    yield 30


def _dying_elements(start: Start) -> Iterator[int]:
    held: Dying | None = Dying(start)
    yield 10
    del held
    yield from (20, 30)


def _with(place: int, value: Any) -> list[Any]:
    return [*VALUES[:place], value, *VALUES[place + 1 :]]


WAYS: dict[str, Callable[[Start], Any]] = {
    "index": lambda start: _with(0, Index(start, 7)),
    "index in a tuple": lambda start: _with(2, (Index(start, 1), 2)),
    "mapping": lambda start: Named(start, dict(BOUND)),
    "mapping for a user type": lambda start: _with(2, Named(start, {"left": 1, "right": 2})),
    "property": lambda start: _with(2, Pair(start)),
    "generator": lambda start: _with(3, _elements(start)),
    "finalizer": lambda start: _with(3, _dying_elements(start)),
    "time zone": lambda start: _with(4, AT.replace(tzinfo=Zone(start))),
}


def prime(server: ScriptedServer) -> None:
    columns = [("k", "int"), ("v", "text"), ("p", PAIR), ("tags", "list<int>"), ("at", "timestamp")]
    server.prime(INSERT, bind=columns, partition_key=[0])
    server.prime(OTHER, bind=[("a", "int"), ("b", "text"), ("c", "text")], partition_key=[0, 1])


@in_memory
@pytest.mark.parametrize("version", [4, 5])
@pytest.mark.parametrize("way", WAYS)
async def test_statement_that_executes_another_one_while_it_is_bound_keeps_its_values(
    way: str, version: int
) -> None:
    async with ScriptedServer(max_version=version) as server:
        prime(server)
        async with aiocql.connect((server.address, server.port), protocol_version=version) as session:
            outer, inner = await session.prepare(INSERT), await session.prepare(OTHER)
            expected = outer.encode(VALUES)
            started: list[Started] = []

            def start() -> None:
                started.append(Started(session.execute(inner, list(OTHER_BOUND.values()))))

            await session.execute(outer, WAYS[way](start))
            assert started
            for other in started:
                await other
            sent = [request for request in server.requests if request.opcode == Opcode.EXECUTE]
            assert [r.bound for r in sent if r.query == INSERT] == [BOUND]
            assert [r.bound for r in sent if r.query == OTHER] == [OTHER_BOUND] * len(started)
            assert outer.encode(VALUES) == expected
            assert server.violations == []


@in_memory
async def test_calls_within_calls_each_keep_their_values() -> None:
    async with ScriptedServer() as server:
        prime(server)
        async with aiocql.connect((server.address, server.port)) as session:
            statement = await session.prepare(OTHER)
            started: list[Started] = []

            def start(depth: int) -> None:
                if depth:
                    values = [Index(lambda: start(depth - 1), depth), "b" * depth * 1000, str(depth)]
                    started.append(Started(session.execute(statement, values)))

            start(6)
            for one in started:
                await one
            bound = sorted(
                (r.bound for r in server.requests if r.opcode == Opcode.EXECUTE), key=lambda b: b["a"]
            )
            assert bound == [{"a": n, "b": "b" * n * 1000, "c": str(n)} for n in range(1, 7)]


@in_memory
async def test_call_that_fails_within_another_leaves_that_one_alone() -> None:
    async with ScriptedServer() as server:
        prime(server)
        async with aiocql.connect((server.address, server.port)) as session:
            statement = await session.prepare(OTHER)
            failures: list[BaseException] = []

            def fail() -> None:
                with pytest.raises(aiocql.EncodeError) as raised:
                    session.execute(statement, [1, "b", object()]).send(None)
                failures.append(raised.value)

            await session.execute(statement, [Index(fail, 5), "five", "5"])
            assert len(failures) == 1
            assert server.requests[-1].bound == {"a": 5, "b": "five", "c": "5"}


@in_memory
async def test_batch_that_executes_statements_while_it_is_written_keeps_its_values() -> None:
    async with ScriptedServer() as server:
        prime(server)
        async with aiocql.connect((server.address, server.port)) as session:
            statement = await session.prepare(OTHER)
            started: list[Started] = []

            def start() -> None:
                started.append(Started(session.execute(statement, [1, "one", "single"])))
                started.append(Started(session.batch([(statement, [2, "two", "batch"])])))

            await session.batch([(statement, [Index(start, n), "b" * n, str(n)]) for n in (3, 4)])
            for one in started:
                await one
            batches = [
                [statement.values[1:] for statement in request.statements]
                for request in server.requests
                if request.opcode == Opcode.BATCH
            ]
            assert batches == [[[b"two", b"batch"]]] * 2 + [[[b"bbb", b"3"], [b"bbbb", b"4"]]]
            assert server.violations == []
