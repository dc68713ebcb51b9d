"""What was recorded from a real server, replayed: the same bytes out, the same meaning in, wherever it is cut."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from tests.golden.conversation import COMBINATIONS, Link, conversation, describe, handshake, slow
from tests.golden.files import Connection, Exchange, _one_line, path_of, read
from tests.golden.literals import CASES
from tests.golden.promise import Promise
from tests.unit.protocol.messages import ERRORS

from aiocql import errors
from aiocql.protocol.compression import compressor
from aiocql.protocol.constants import OP_QUERY, OP_REGISTER, OP_STARTUP
from aiocql.protocol.core import Core
from aiocql.protocol.request import Request
from aiocql.protocol.requests import register_body
from aiocql.testing.server.frames import decompress_body
from aiocql.testing.server.segments import SegmentReader

IDS = [f"v{version}-{compression or 'plain'}" for version, compression in COMBINATIONS]
EVERY = pytest.mark.parametrize(("version", "compression"), COMBINATIONS, ids=IDS)

SMALL = 3000
"""Bytes of answers that are cut at every offset; larger ones are cut around the borders of their segments."""


def unpacked(data: bytes, bare: bool, version: int, compression: str | None) -> list[object]:
    """Return what a server reads: a block may be compressed in more than one way, all else is compared to the byte.

    `bare` is what is sent before the connection compresses.
    """
    if compression is None or bare:
        return [data]
    if version < 5:
        return [data[:5], decompress_body(data[9:], compression) if data[1] & 1 else data[9:]]
    reader = SegmentReader(lz4=True)
    reader.feed(data)
    segments = list(iter(reader.next, None))
    assert segments
    return segments


class Replay:
    """Stands in for the server: knows what is to be sent, and answers as was recorded."""

    def __init__(self, connections: list[Connection], version: int, compression: str | None) -> None:
        self.connections = iter(connections)
        self.spoken = version, compression

    def connect(self, title: str) -> ReplayedConnection:
        connection = next(self.connections)
        assert connection.title == title
        return ReplayedConnection(connection, self.spoken)

    def agree(self) -> None:
        """It did."""

    def pause(self) -> None:
        """It was."""

    def resume(self) -> None:
        """It was."""


class ReplayedConnection:
    def __init__(self, connection: Connection, spoken: tuple[int, str | None]) -> None:
        self.exchanges = iter(connection.exchanges)
        self.spoken = spoken
        self.exchange: Exchange

    def send(self, title: str, data: bytes) -> None:
        self.exchange = next(self.exchanges)
        assert self.exchange.title == title
        bare = title in ("OPTIONS", "STARTUP")
        assert unpacked(data, bare, *self.spoken) == unpacked(self.exchange.sent, bare, *self.spoken), title

    def more(self) -> bytes:
        return self.exchange.received

    def heard(self, description: list[str]) -> None:
        assert list(map(_one_line, description)) == self.exchange.meaning, self.exchange.title


@EVERY
def test_every_byte_sent_and_every_meaning_received_is_as_recorded(
    version: int, compression: str | None
) -> None:
    replay = Replay(read(path_of(version, compression)), version, compression)
    conversation(replay, version, compression)
    if compression is None:
        slow(replay, version)
    link = Link(version, compression, replay.connect("events"))
    handshake(link)
    link.ask(
        "REGISTER",
        OP_REGISTER,
        register_body(["TOPOLOGY_CHANGE", "STATUS_CHANGE", "SCHEMA_CHANGE"]),
    )
    wire: Any = link.wire
    for event in wire.exchanges:
        link.events.clear()
        link.core.feed(event.received)
        meaning = [line for each in link.events for line in describe(each)]
        assert list(map(_one_line, meaning)) == event.meaning
    assert next(replay.connections, None) is None


# --- cut anywhere ----------------------------------------------------------------------------------------------


class Listener:
    """Takes one answer or one event at a time, over and over, on the stream that it was recorded on."""

    def __init__(self, version: int, compression: str | None, framed: bool) -> None:
        self.core = Core(version, limit=1, owner=self, wake=lambda full: None)
        self.framed = framed
        self.events: list[Any] = []
        if compression is not None:
            self.core.compression = compressor(compression)
        if framed:
            request = Request(OP_STARTUP, b"", Promise())
            self.core.send(request)
            self.core.feed(bytes([0x80 | version, 0, 0, request.stream, 2, 0, 0, 0, 0]))
        # All ids are taken: the one that an answer frees is the one that the next request gets.
        self.promises: dict[int, Promise] = {}
        for _ in range(17):
            self.ask()
        self.core.take_output()

    def on_event(self, event: Any) -> None:
        self.events.append(event)

    def ask(self) -> None:
        promise = Promise()
        # After STARTUP all is framed: what came before it was not.
        request = Request(OP_QUERY, b"", promise)
        request.raw = True
        self.core.send(request)
        self.promises[request.stream] = promise

    def take(self, pieces: list[bytes]) -> list[str]:
        """What the pieces mean together."""
        self.events.clear()
        for piece in pieces:
            self.core.feed(piece)
        done = [stream for stream, promise in self.promises.items() if promise.done()]
        found = [line for event in self.events for line in describe(event)]
        for stream in done:
            promise = self.promises.pop(stream)
            if promise.error is not None:
                raise promise.error
            found += describe(promise.result)
            self.ask()
        self.core.take_output()
        return list(map(_one_line, found))


def framed_exchanges(version: int, compression: str | None) -> Iterator[tuple[Exchange, bool]]:
    """Every answer, and whether it came in a segment: all but those to OPTIONS and STARTUP did on v5."""
    for connection in read(path_of(version, compression)):
        started = False
        for exchange in connection.exchanges:
            yield exchange, started and version >= 5
            started = started or exchange.title == "STARTUP"


def offsets(size: int) -> Iterator[int]:
    if size <= SMALL:
        yield from range(1, size)
    else:
        for border in (0, 131071 + 10, size):
            yield from range(max(1, border - 40), min(size, border + 40))
        yield from range(1, size, 9973)


@pytest.mark.fault(61)
@EVERY
def test_split_at_every_offset(version: int, compression: str | None) -> None:
    listeners = {framed: Listener(version, compression, framed) for framed in {False, version >= 5}}
    cut, seen = 0, set()
    for exchange, framed in framed_exchanges(version, compression):
        data, key = exchange.received, (framed, tuple(exchange.meaning))
        if key in seen or (exchange.title == "STARTUP" and version >= 5):
            continue  # an answer like many others; what switches to segments has its own test
        seen.add(key)
        listener = listeners[framed]
        if "without metadata" in exchange.title:
            continue  # only its statement knows the columns: the test above reads it
        whole = listener.take([data])
        assert whole == exchange.meaning, exchange.title
        for at in offsets(len(data)):
            assert listener.take([data[:at], data[at:]]) == whole, f"{exchange.title}, cut at {at}"
            cut += 1
        assert listener.take([bytes([byte]) for byte in data[:SMALL]] + [data[SMALL:]]) == whole
    assert cut > 8_000


@pytest.mark.fault(60)
@pytest.mark.parametrize("compression", [None, "lz4"])
def test_the_switch_to_segments_at_every_offset(compression: str | None) -> None:
    """AUTHENTICATE comes without a segment, what follows it in one: in one read, or cut anywhere."""
    [everything] = [each for each in read(path_of(5, compression)) if each.title == "everything"]
    options, startup, auth, *_ = everything.exchanges
    assert [each.title for each in (options, startup)] == ["OPTIONS", "STARTUP"]
    data = startup.received + auth.received
    for at in range(len(data)):
        core = Core(5, limit=1, owner=None, wake=lambda full: None)
        core.compression = compressor(compression) if compression else None
        promises = []
        for opcode in (0x05, OP_STARTUP, 0x0F):
            promises.append(Promise())
            core.send(Request(opcode, b"", promises[-1]))
        for piece in (data[:at], data[at:]):
            core.feed(piece)
        assert [type(promise.result).__name__ for promise in promises[1:]] == ["Authenticate", "AuthSuccess"]


# --- nothing is missing ----------------------------------------------------------------------------------------

SCRIPTED_ERRORS = {
    0x0000: "a server's own fault: none can be ordered",
    0x1002: "a node that takes requests while it starts: the moment is too short",
    0x1600: "a full change log: Cassandra 5.0 says that the write failed (0x1500), which is recorded",
    0x1700: "a transaction whose commit is lost: the moment is too short",
}
"""Error codes that the recorded server could not be brought to. `test_server_errors` reads the scripted server's."""


def meanings(version: int, compression: str | None) -> list[str]:
    return [
        line
        for connection in read(path_of(version, compression))
        for exchange in connection.exchanges
        for line in exchange.meaning
    ]


@EVERY
def test_every_kind_of_message_is_among_them(version: int, compression: str | None) -> None:
    lines = set(meanings(version, compression))
    kinds = "Supported Ready Authenticate AuthSuccess ErrorResponse Event VoidResult RowsResult SetKeyspace Prepared"
    assert {*kinds.split(), "SchemaChange"} <= lines
    assert {f"kind = '{kind}_CHANGE'" for kind in ("TOPOLOGY", "STATUS", "SCHEMA")} <= lines
    targets = ["KEYSPACE", "TABLE", "TYPE"] + (["FUNCTION", "AGGREGATE"] if version >= 4 else [])
    assert {f"target = {target!r}" for target in targets} <= lines
    changes = "CREATED UPDATED DROPPED UP DOWN NEW_NODE REMOVED_NODE"
    assert {f"change = {change!r}" for change in changes.split()} <= lines
    fields = {line.partition(" =")[0] for line in lines}
    assert {"paging_state", "tracing_id"} <= fields
    if version >= 4:
        assert {"custom_payload", "warnings"} <= fields
    if version >= 5:
        assert {"new_metadata_id", "result_metadata_id"} <= fields
    sent = {
        exchange.sent[4]
        for connection in read(path_of(version, compression))
        for exchange in connection.exchanges
        if exchange.sent and version < 5
    }
    assert version >= 5 or sent == {0x01, 0x05, 0x07, 0x09, 0x0A, 0x0B, 0x0D, 0x0F}


@EVERY
def test_every_type_is_among_them(version: int, compression: str | None) -> None:
    titles = {
        exchange.title
        for connection in read(path_of(version, compression))
        for exchange in connection.exchanges
        if exchange.meaning[0] == "RowsResult"
    }
    assert {f"SELECT {cql}" for cql in CASES} <= titles
    assert "SELECT * FROM counters" in titles


def test_every_error_is_recorded_or_said_to_be_scripted() -> None:
    recorded = {
        int(line.split()[2], 16)
        for version in (3, 4, 5)
        for line in meanings(version, None)
        if line.startswith("error ")
    }
    known = {kind.code for kind in vars(errors).values() if isinstance(getattr(kind, "code", None), int)}
    assert recorded | set(SCRIPTED_ERRORS) >= known - {-1}
    assert not recorded & set(SCRIPTED_ERRORS)
    scripted = {answer.error_code for answer in ERRORS}  # type: ignore[attr-defined]
    assert set(SCRIPTED_ERRORS) <= scripted
