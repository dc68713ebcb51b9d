"""Hostile objects in a whole request path: values, codecs, row factories and policies that act against the driver.

One input is a small session: an executor, two hosts with a connection each, prepared statements with codecs of the
user, and a few requests. Any code of the user may start requests, batches, reads and failures at once, change what is
bound, abandon requests, prepare a statement again, lie and raise. Right is:

- a statement with plain values is sent with exactly these, whatever runs around its binding;
- whatever is sent can be read as its columns say;
- every request ends, with a response or an error; an abandoned one never receives an answer;
- nothing remains in flight.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from types import SimpleNamespace
from typing import Any

from tests.fuzz.answers import encoded, rows
from tests.fuzz.dispatcher_parts import Executor, Loop, Owner, Selector
from tests.fuzz.generation import random_type, random_value
from tests.fuzz.hostile import Boom, Trouble, disguised
from tests.fuzz.oddity import Oddity
from tests.golden.promise import Promise

from aiocql.enums import BatchType
from aiocql.errors import Error, ProtocolError
from aiocql.execution.dispatcher import ResolvedOptions
from aiocql.metadata.snapshot import ClusterSnapshot, CurrentSnapshot
from aiocql.nodes.host import Host
from aiocql.nodes.states import HostState
from aiocql.policies.load_balancing import HostFilterPolicy, as_policy
from aiocql.protocol.compression import compressor
from aiocql.protocol.constants import OP_BATCH, OP_STARTUP
from aiocql.protocol.core import Core
from aiocql.protocol.metadata import Column, ResultMetadata
from aiocql.protocol.request import Request
from aiocql.protocol.requests import QueryParameters
from aiocql.rows.row import row_decoder
from aiocql.statements.batch import BatchStatement
from aiocql.statements.prepared import PreparedStatement
from aiocql.testing.server.answers import Answer, Void
from aiocql.testing.server.error_answers import UnavailableAnswer
from aiocql.testing.server.frames import Envelope
from aiocql.testing.server.segments import encode_segments
from aiocql.types.descriptors import ScalarType
from aiocql.types.names import parse_cql_type
from aiocql.types.registry import CodecRegistry

__all__ = ["hostile_dispatch"]

RAISED = (Exception, Boom, GeneratorExit)
PLAIN = ("text", "int", "list<int>")
PLAIN_VALUES = ["plain", 4711, [1, 2, 3]]


class _Now:
    """Whose code the codecs run: that of the input under way."""

    trouble: Trouble


def _acting(value: Any) -> Any:
    _Now.trouble.act()
    return value


REGISTRY = CodecRegistry()
for _name in ("int", "text", "uuid"):
    REGISTRY.register(_name, (_acting, _acting))
DEFAULT = CodecRegistry()


def _statement(
    name: str, kinds: list[Any], registry: CodecRegistry, key: tuple[int, ...]
) -> PreparedStatement:
    return PreparedStatement(
        name, _prepared(name, kinds, key), tuple(map(registry.codec, kinds)), None, origin=_Session
    )


def _prepared(name: str, kinds: list[Any], key: tuple[int, ...]) -> Any:
    return SimpleNamespace(
        id=name.encode(),
        result_metadata_id=b"meta",
        bind_columns=tuple(Column("ks", "t", f"c{place}", kind) for place, kind in enumerate(kinds)),
        pk_indexes=key,
        result_metadata=ResultMetadata(),
    )


class _Session:
    """The parts of one input, and what the objects in it may do."""

    def __init__(self, rng: Random) -> None:
        self.rng, self.version = rng, rng.choice((4, 5))
        self.compression = rng.choice((None, "lz4"))
        self.trouble = Trouble(rng, [], rng.choice((0.1, 0.3)))
        _Now.trouble = self.trouble
        self.requests: list[Any] = []
        self.abandoned: list[Any] = []
        self.answered: list[tuple[Any, int]] = []
        self.wrong: list[str] = []
        self.cores: list[Core] = []
        self.wires: dict[Core, bytearray] = {}
        self.hosts = [self.host(place) for place in range(2)]
        self.options = self.new_options()
        current = CurrentSnapshot()
        current.value = ClusterSnapshot(self.hosts)
        self.executor = Executor(Loop(), lambda deadlines: None, current, self.version, _Session)  # type: ignore[arg-type]
        self.executor.observer = self
        self.kinds = [random_type(rng, 2) for _ in range(rng.randint(1, 3))]
        self.plain = _statement("plain", [parse_cql_type(name) for name in PLAIN], DEFAULT, (1, 0))
        self.hostile = _statement("hostile", self.kinds, REGISTRY, (0,) if rng.random() < 0.5 else ())
        self.expected, _ = self.plain.encode(PLAIN_VALUES)
        self.values = disguised(self.trouble, [random_value(rng, kind) for kind in self.kinds])
        self.trouble.acts += [
            self.start_plain, self.start_plain, self.start_hostile, self.start_batch, self.read, self.give_up,
            self.flush, self.flush,
        ]  # fmt: skip
        if rng.random() < 0.3:
            self.trouble.acts += [self.fail_connection, self.prepare_again]

    # --- the parts -------------------------------------------------------------------------------------------------

    def host(self, place: int) -> Host:
        host = Host(f"127.0.0.{place + 1}")
        host.state = HostState.UP
        host.pool = Selector(host.load)
        core = Core(
            self.version,
            limit=64,
            max_frame=1 << 16,
            owner=Owner(),
            load=host.load,
            host=host,
            wake=lambda full: None,
        )
        core.compression = compressor(self.compression) if self.compression else None
        self.open(core)
        host.pool.add_core(core)
        self.cores.append(core)
        self.wires[core] = bytearray()
        return host

    def open(self, core: Core) -> None:
        if self.version < 5:
            return
        request = Request(OP_STARTUP, b"", Promise())
        core.send(request)
        core.take_output()
        core.feed(Envelope(5, 0, request.stream, 2, b"", True).encode())

    def new_options(self) -> ResolvedOptions:
        options = ResolvedOptions()
        options.parameters = QueryParameters(page_size=self.rng.choice((None, 100)))
        policy = as_policy(self)
        options.policy = HostFilterPolicy(policy, self.admits) if self.rng.random() < 0.3 else policy
        options.idempotent = 1
        options.row_factory = lambda metadata: row_decoder(
            metadata, self.rng.choice((REGISTRY, DEFAULT)), self.factory
        )
        return options

    # --- the user's code -------------------------------------------------------------------------------------------

    def plan(self, snapshot: ClusterSnapshot, routing: object) -> Iterator[Any]:
        """The policy: hosts in any order, now and then something else."""
        for _ in range(3):
            self.trouble.act()
            yield self.rng.choice(snapshot.hosts) if self.rng.random() < 0.95 else object()

    def admits(self, host: Host) -> Any:
        self.trouble.act()
        return self.rng.choice((True, 1, "x", 0))

    def factory(self, *values: Any) -> object:
        self.trouble.act()
        return values

    # --- the observer ----------------------------------------------------------------------------------------------

    def began(self, execution: Any) -> None:
        self.requests.append(execution)

    def ended(self, execution: Any, result: object, error: object) -> None:
        """How a request ended is judged at the end of the input."""

    # --- acts ------------------------------------------------------------------------------------------------------

    def start_plain(self) -> None:
        body = self.executor.start(self.plain, PLAIN_VALUES, self.options).body
        if self.expected not in body:
            self.wrong.append("a plain statement is sent with other values")

    def start_hostile(self) -> None:
        execution = self.executor.start(self.hostile, self.values, self.options)
        self.check_values(execution)

    def start_batch(self) -> None:
        entries = [(self.plain, PLAIN_VALUES)]
        if self.rng.random() < 0.6:
            entries.insert(self.rng.randrange(2), (self.hostile, self.values))
        batch = BatchStatement(BatchType.LOGGED, entries, _Session)
        if batch.unresolved({}) is not None:
            self.wrong.append("a batch of prepared statements is not resolved")
        body = self.executor.start_batch(batch, self.options, None).body
        if self.expected not in body:
            self.wrong.append("a batch is sent with other values")

    def give_up(self) -> None:
        if self.requests:
            request = self.rng.choice(self.requests)
            if not request.is_done and not request.future.done():
                request.abandon()
                self.abandoned.append(request)

    def prepare_again(self) -> None:
        kinds = self.kinds if self.rng.random() < 0.5 else [ScalarType("blob")] * self.rng.randint(0, 3)
        self.hostile.rebind(_prepared("hostile", kinds, ()), tuple(map(REGISTRY.codec, kinds)))

    def flush(self) -> None:
        for core in self.cores:
            core.take_output()

    def fail_connection(self) -> None:
        core = self.rng.choice(self.cores)
        core.host.pool.remove_core(core)
        core.fail_all(lambda maybe_sent: ProtocolError("ended within"))

    def read(self) -> None:
        """Answers of some requests in flight, in one piece or several; those that were written before come first."""
        core = self.rng.choice(self.cores)
        wire = self.wires[core]
        wire += self.answers(core)
        while wire and not core.closed:
            piece = bytes(wire[: len(wire) if self.rng.random() < 0.7 else self.rng.randint(1, len(wire))])
            del wire[: len(piece)]
            core.feed(piece)

    def answers(self, core: Core) -> bytes:
        waiting = [
            one
            for one in self.requests
            if one.is_sent and one.core is core and (one, one.attempts) not in self.answered
        ]
        chosen = waiting[: self.rng.randint(1, 4)]
        self.answered += [(one, one.attempts) for one in chosen]
        data = b"".join(map(self.answer, chosen))
        return (
            data if self.version < 5 or not data else encode_segments(data, lz4=self.compression is not None)
        )

    def answer(self, request: Any) -> bytes:
        made: Answer
        if request.opcode == OP_BATCH or self.rng.random() < 0.2:
            made = Void() if self.rng.random() < 0.7 else UnavailableAnswer()
        else:
            made = rows(self.rng, 4)
        return encoded(made, request.stream, self.version, self.compression)

    # --- the verdict -----------------------------------------------------------------------------------------------

    def check_values(self, execution: Any) -> None:
        """What is sent can be read by the columns that it was bound to."""
        if execution.bound is not self.hostile.columns:
            return
        values = _values(execution.body, self.version)
        if values is None or len(values) != len(execution.bound):
            self.wrong.append("another number of values is sent")
            return
        for column, value in zip(execution.bound, values, strict=True):
            try:
                if value is not None:
                    DEFAULT.codec(column.type).from_bytes(value)
            except Error as error:
                self.wrong.append(f"a {column.type} is sent that cannot be read: {error}")

    def end(self) -> None:
        """Both connections end; whatever was started has come to an end by then."""
        self.trouble.left = 0
        for core in self.cores:
            core.fail_all(lambda maybe_sent: ProtocolError("over"))
            if core.in_flight or core.host.load.in_flight:
                self.wrong.append(f"{core!r} is not idle")
        for request in self.requests:
            future = request.future
            if request in self.abandoned:
                if future.done():
                    self.wrong.append(f"an abandoned request received {vars(future)}")
            elif not request.is_done:
                self.wrong.append(f"{request!r} did not end")
        if self.wrong:
            raise Oddity("; ".join(self.wrong))


def _values(body: bytes, version: int) -> list[bytes | None] | None:
    """The values of an EXECUTE, None for null and unset; None where they do not end within the body."""
    at = 2 + int.from_bytes(body[:2])
    if version >= 5:
        at += 2 + int.from_bytes(body[at : at + 2])
    at += 2
    flags = body[at] if version < 5 else int.from_bytes(body[at : at + 4])
    at += 1 if version < 5 else 4
    if not flags & 1:
        return []
    values: list[bytes | None] = []
    count = int.from_bytes(body[at : at + 2])
    at += 2
    for _ in range(count):
        size = int.from_bytes(body[at : at + 4], signed=True)
        at += 4 + max(size, 0)
        if at > len(body):
            return None
        values.append(body[at - size : at] if size >= 0 else None)
    return values


def hostile_dispatch(rng: Random) -> None:
    """A few requests in a session all of whose user code acts."""
    session = _Session(rng)
    for _ in range(rng.randint(1, 3)):
        start = rng.choice(
            (session.start_hostile, session.start_hostile, session.start_batch, session.start_plain)
        )
        try:
            start()
        except SystemError as error:
            raise Oddity(f"{start.__name__}: {error}") from error
        except RAISED:
            continue
        finally:
            session.flush()
        try:
            session.read()
        except RAISED as error:
            raise Oddity(f"{error!r} left the core") from error
    session.end()
