"""Sessions whose values, row factories, codecs and policies act against them: they execute, cancel, change, raise.

Each input is one session, with fifty such calls on a scripted server in memory. Every call ends, every well-behaved
statement that started within another arrives with its own values, and the session serves afterwards.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable
from random import Random
from typing import Any

from tests.fuzz.answers import rows
from tests.fuzz.generation import random_value
from tests.fuzz.hostile import Boom, Trouble, disguised
from tests.fuzz.oddity import Oddity
from tests.started import Started

import aiocql
from aiocql.policies import DefaultLoadBalancingPolicy, DefaultRetryPolicy
from aiocql.testing import ErrorAnswer, LeftBehind, MemoryLoop, Opcode, ScriptedServer, run_virtual, udt
from aiocql.types.names import parse_cql_type

__all__ = ["hostile_sessions"]

INSERT = "INSERT INTO t (k, v, p, u, tags, sizes, at, price, id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
PLAIN = "INSERT INTO plain (a, b, c) VALUES (?, ?, ?)"
SELECT = "SELECT v, n FROM t WHERE k = ?"
PAIR = udt("ks", "pair", {"left": "int", "right": "text"})
TYPES: dict[str, Any] = {"k": "int", "v": "text", "p": "tuple<int, text>", "u": PAIR, "tags": "list<text>"}
TYPES |= {"sizes": "map<text, int>", "at": "timestamp", "price": "decimal", "id": "uuid"}
CALLS = 50
PERMITTED = (aiocql.Error, Boom, GeneratorExit, ValueError, TypeError, RuntimeError, asyncio.CancelledError)
"""What a call may end with: errors of the driver, and what the objects raise (StopIteration as RuntimeError)."""


class _Codec(aiocql.ValueCodec):
    hashable = True

    def __init__(self, trouble: Trouble) -> None:
        self.trouble = trouble

    def encode(self, value: Any) -> Any:
        self.trouble.act()
        return value

    def decode(self, value: Any) -> Any:
        self.trouble.act()
        return value


class _Plan(DefaultLoadBalancingPolicy):
    trouble: Trouble

    def plan(self, snapshot: Any, routing: Any) -> Iterable[Any]:
        self.trouble.act()
        for host in super().plan(snapshot, routing):
            self.trouble.act()
            yield host


class _Retry(DefaultRetryPolicy):
    def __init__(self, trouble: Trouble) -> None:
        self.trouble = trouble

    def decide(self, failed: Any) -> Any:
        self.trouble.act()
        return super().decide(failed)


class _Run:
    """One session and what is started within its calls."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.acts: list[Callable[[], object]] = [self.start_plain, self.give_up, self.look]
        self.trouble = Trouble(rng, self.acts)
        self.trouble.left = 0  # until the session stands
        self.started: list[tuple[int, Started]] = []
        self.victim: asyncio.Task[Any] | None = None
        self.session: aiocql.Session
        self.statements: list[aiocql.PreparedStatement] = []

    def start_plain(self) -> None:
        number = len(self.started) + 1
        with contextlib.suppress(*PERMITTED):
            self.started.append((number, Started(self.session.execute(self.statements[1], plain(number)))))

    def give_up(self) -> None:
        if self.victim is not None and self.rng.random() < 0.3:
            self.victim.cancel()

    def look(self) -> None:
        self.session.stats()
        repr(self.session)

    def values(self) -> Any:
        named = {name: disguised(self.trouble, _plain_value(self.rng, name)) for name in TYPES}
        return named if self.rng.random() < 0.3 else list(named.values())

    def make(self, *values: Any) -> Any:
        self.trouble.act()
        return values

    async def call(self) -> object:
        session, rng = self.session, self.rng
        match rng.randrange(5):
            case 0:
                return await session.execute(SELECT, [rng.randrange(9)], into=self.make, idempotent=True)
            case 1:
                entries = [(self.statements[0], self.values()) for _ in range(rng.randint(1, 3))]
                return await session.batch(entries)
            case 2:
                async with session.stream(SELECT, [1], into=self.make, page_size=2) as found:
                    return [row async for row in found]
            case 3:
                return self.statements[0].encode(self.values())
        return await session.execute(self.statements[0], self.values(), idempotent=rng.random() < 0.5)


def _plain_value(rng: Random, column: str) -> Any:
    kind = TYPES[column]
    if not isinstance(kind, str):
        return {"left": rng.randrange(100), "right": "r" * rng.randrange(9)}
    return random_value(rng, parse_cql_type(kind))


def plain(number: int) -> list[Any]:
    """The values of the well-behaved statement with this number."""
    return [number, "b" * (number % 7) * 700, f"plain {number}"]


def _prime(server: ScriptedServer, rng: Random, trouble: Trouble) -> None:
    server.prime(INSERT, bind=list(TYPES.items()), partition_key=[0])
    server.prime(PLAIN, bind=[("a", "int"), ("b", "text"), ("c", "text")], partition_key=[0, 1])
    server.prime(SELECT, rows(rng, 8), bind=[("k", "int")], partition_key=[0])
    overloaded = ErrorAnswer(0x1001)
    server.prime(
        lambda request: request.opcode is Opcode.EXECUTE and trouble.left > 0 and rng.random() < 0.1,
        overloaded,
    )


async def _session(rng: Random) -> None:
    run = _Run(rng)
    version = rng.choice((4, 5))
    policy = _Plan()
    policy.trouble = run.trouble
    codecs = aiocql.CodecRegistry()
    codecs.register("text", _Codec(run.trouble))
    async with ScriptedServer(max_version=version) as server:
        _prime(server, rng, run.trouble)
        session = run.session = await aiocql.connect(
            (server.address, server.port),
            protocol_version=version,
            compression=rng.choice((None, "lz4")),
            codecs=codecs,
            load_balancing=policy,
            retry=_Retry(run.trouble),
        )
        async with session:
            run.statements = [await session.prepare(INSERT), await session.prepare(PLAIN)]
            for _ in range(CALLS):
                run.trouble.left = 40
                run.victim = asyncio.create_task(run.call())
                await asyncio.wait([run.victim])
                error = None if run.victim.cancelled() else run.victim.exception()
                if error is not None and not isinstance(error, PERMITTED):
                    raise Oddity(f"v{version}: {error!r}") from error
            run.trouble.left = 0
            await _all_is_right(run, server)


async def _all_is_right(run: _Run, server: ScriptedServer) -> None:
    """The statements that behaved arrived as they are, and so does the next one."""
    expected = {}
    for number, started in run.started:
        with contextlib.suppress(*PERMITTED):
            await started
            expected[number] = dict(zip("abc", plain(number), strict=True))
    await run.session.execute(run.statements[1], plain(10_000), idempotent=True)
    found = {r.bound["a"]: r.bound for r in server.requests if r.query == PLAIN and r.bound}
    for number, bound in expected.items():
        if found.get(number) != bound:
            raise Oddity(f"statement {number} arrived as {found.get(number)!r}")
    if server.violations:
        raise Oddity(f"{server.violations}")
    stats = run.session.stats()
    if stats.waiting:
        raise Oddity(f"requests wait for nothing: {stats!r}")


def hostile_sessions(rng: Random) -> None:
    """Values, row factories, codecs and policies that act against the session that runs them."""
    try:
        run_virtual(lambda: _session(rng), loop_factory=MemoryLoop)
    except LeftBehind as error:
        raise Oddity(str(error)) from error
