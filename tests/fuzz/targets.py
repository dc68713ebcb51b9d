"""What is fuzzed: each target makes one input from a `Random`, gives it to the compiled core and says what is wrong.

An input is fine if it ends in a value, or in an error of the kind that its place allows. Anything else (another
exception, a request without an end, a value that changes when it is written and read again) is an `Oddity`; what memory
errors there are, the sanitizers stop at.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from random import Random
from typing import Any

from tests.fuzz.answers import encoded, rows
from tests.fuzz.columns import columns
from tests.fuzz.generation import anything, class_name, option, random_type, random_value
from tests.fuzz.hostile import Boom, Trouble, disguised
from tests.fuzz.hostile_dispatch import hostile_dispatch
from tests.fuzz.hostile_sessions import hostile_sessions
from tests.fuzz.hostile_texts import hostile_texts
from tests.fuzz.mutation import damaged, damaged_text, in_pieces
from tests.fuzz.oddity import Oddity
from tests.golden.files import FOLDER, read
from tests.golden.promise import Promise
from tests.unit.protocol.messages import MESSAGES

from aiocql.binary import lz4
from aiocql.errors import ConfigurationError, DecodeError, EncodeError, Error, ProtocolError
from aiocql.protocol.compression import compressor
from aiocql.protocol.constants import OP_QUERY, OP_STARTUP
from aiocql.protocol.core import Core
from aiocql.protocol.request import Request
from aiocql.protocol.requests import QueryParameters, batch_body, execute_body, query_body
from aiocql.protocol.responses import decode_body
from aiocql.rows.row import row_decoder
from aiocql.testing.server.frames import Envelope, compress_body
from aiocql.testing.server.segments import crc24, crc32
from aiocql.types.codec import Codec
from aiocql.types.containers import CqlMap, CqlSet
from aiocql.types.names import parse_class_name, parse_cql_type
from aiocql.types.registry import CodecRegistry

__all__ = ["TARGETS", "Oddity"]

MAX_FRAME = 1 << 20
REGISTRIES = [CodecRegistry(), CodecRegistry(temporal="cassandra", float_vectors="array")]


def _allowed(what: str, run: Callable[[], Any], *errors: type[Exception]) -> Any:
    """The result of `run`; None where it raised one of `errors`."""
    try:
        return run()
    except errors:
        return None
    except Exception as error:
        raise Oddity(f"{what}: {type(error).__name__}: {error}") from error


# --- values ----------------------------------------------------------------------------------------------------


def values(rng: Random) -> None:
    """Bytes of a value, true or damaged or none at all: read, written again, read again."""
    cql_type = random_type(rng)
    codec = rng.choice(REGISTRIES).codec(cql_type)
    data = rng.randbytes(rng.randint(0, 40))
    if rng.random() < 0.9:
        true = _allowed(
            f"writing a {cql_type}", lambda: codec.to_bytes(random_value(rng, cql_type)), EncodeError
        )
        data = damaged(rng, true or b"")
    found = _allowed(f"reading {cql_type} from {data.hex()}", lambda: codec.from_bytes(data), DecodeError)
    if found is not None:
        _same_again(codec, found, data)


def _same_again(codec: Codec, found: Any, data: bytes) -> None:
    """What was read can be written, unless it is what only servers may say; and then reads the same."""
    what = f"writing {codec.cql_type} read from {data.hex()}"
    written = _allowed(what, lambda: codec.to_bytes(found), EncodeError)
    if written is not None and (again := _picture(codec.from_bytes(written))) != _picture(found):
        raise Oddity(f"{what}: {_picture(found)} became {again}")


def _picture(value: Any) -> str:
    """As `repr`, with sets in one order: NaN is itself, 1.0 not 1.00."""
    if isinstance(value, set):
        return f"set {sorted(map(_picture, value))}"
    if isinstance(value, dict):
        return f"dict {[(_picture(key), _picture(item)) for key, item in value.items()]}"
    if isinstance(value, list | tuple | CqlSet):
        return f"{type(value).__name__} {list(map(_picture, value))}"
    if isinstance(value, CqlMap):
        return f"CqlMap {[(_picture(key), _picture(item)) for key, item in value.items()]}"
    return repr(value)


def bound(rng: Random) -> None:
    """Python values of any kind, bound to any type; then the requests that carry them."""
    cql_type = random_type(rng)
    value = anything(rng)
    data = _allowed(
        f"binding to {cql_type}", lambda: rng.choice(REGISTRIES).codec(cql_type).to_bytes(value), EncodeError
    )
    if data is None:
        return
    version = rng.choice((3, 4, 5))
    run = len(data).to_bytes(4) + data
    parameters = QueryParameters(page_size=rng.choice((None, 1, 2**31 - 1)))
    query_body(version, "q", parameters, 1, run, rng.choice((None, ["n"])))
    execute_body(version, b"id", b"meta", parameters, 2, run * 2)
    batch_body(version, 0, [("q", 1, run), (b"id", 0, b"")], parameters)


# --- types -----------------------------------------------------------------------------------------------------


def type_strings(rng: Random) -> None:
    """Names of types, as CQL and as the server's classes, damaged."""
    cql_type = random_type(rng, 4)
    if rng.random() < 0.5:
        text = damaged_text(rng, str(cql_type))
        found = _allowed(
            repr(text), lambda: parse_cql_type(text, lambda ks, name: None), ConfigurationError, ProtocolError
        )
    else:
        text = damaged_text(rng, class_name(cql_type))
        found = _allowed(repr(text), lambda: parse_class_name(text), ProtocolError)
    if found is not None:
        # A vector of more dimensions than a value can have is refused here.
        codec = _allowed(repr(text), lambda: REGISTRIES[0].codec(found), ProtocolError, DecodeError)
        data = rng.randbytes(rng.randint(0, 30))
        if codec is not None:
            _allowed(f"reading {text!r}", lambda: codec.from_bytes(data), DecodeError)


# --- bodies of results -----------------------------------------------------------------------------------------


def _cell(rng: Random, codec: Codec, cql_type: Any) -> bytes:
    if rng.random() < 0.1:
        return rng.choice((b"\xff\xff\xff\xff", b"\0\0\0\0", b"\xff\xff\xff\xfe"))
    data: Any = None
    while data is None:
        data = _allowed("a cell", lambda: codec.to_bytes(random_value(rng, cql_type)), EncodeError)
    return len(data).to_bytes(4) + bytes(data)


def _rows_body(rng: Random) -> bytes:
    """RESULT of kind Rows: random columns, random rows."""
    kinds = [random_type(rng, 2) for _ in range(rng.randint(1, 5))]
    codecs = [REGISTRIES[0].codec(kind) for kind in kinds]
    count = rng.randint(0, 4)
    columns = b"".join(b"\0\1" + bytes([97 + place]) + option(kind) for place, kind in enumerate(kinds))
    cells = b"".join(
        _cell(rng, codec, kind) for _ in range(count) for codec, kind in zip(codecs, kinds, strict=True)
    )
    head = b"\0\0\0\2\0\0\0\1" + len(kinds).to_bytes(4) + b"\0\2ks\0\1t"
    return head + columns + count.to_bytes(4) + cells


def results(rng: Random) -> None:
    """Bodies of rows, built whole and then damaged; and any other answer's body, damaged."""
    version = rng.choice((3, 4, 5))
    if rng.random() < 0.7:
        body, opcode, flags = _rows_body(rng), 0x08, 0
    else:
        answer = rng.choice(MESSAGES)
        body, opcode, flags = answer.body(version), answer.code(), int(answer.flags())
    data = damaged(rng, body)
    if rng.random() < 0.1:
        flags ^= 1 << rng.randrange(8)
    _allowed(
        f"v{version} opcode {opcode} flags {flags} body {data.hex()}",
        lambda: decode_body(version, flags, opcode, data),
        ProtocolError,
        DecodeError,
    )


# --- connections -----------------------------------------------------------------------------------------------


class _Peer:
    """A connection with some requests in flight."""

    def __init__(self, version: int, compression: str | None) -> None:
        self.version, self.compression = version, compression
        self.core = Core(version, limit=8, max_frame=MAX_FRAME, owner=self, wake=lambda full: None)
        self.core.compression = compressor(compression) if compression else None
        self.promises: list[Promise] = []
        self.abandoned: list[Promise] = []

    def on_event(self, event: object) -> None:
        """An event is only taken."""

    def on_orphan_limit(self) -> None:
        """Too many requests were given up: no matter here."""

    def ask(self, opcode: int = OP_QUERY) -> Request:
        self.promises.append(Promise())
        request = Request(opcode, b"", self.promises[-1])
        self.core.send(request)
        self.core.take_output()
        return request

    def end(self, data: bytes, rng: Random, what: str) -> None:
        """Feeds the data; whatever it is, everyone who waits comes to an end."""
        for piece in in_pieces(rng, data):
            before = self.core.bytes_received
            _allowed(what, lambda piece=piece: self._feed(piece), ProtocolError)
            if self.core.closed or self.core.bytes_received == before:
                break
        self.core.fail_all(lambda maybe_sent: ProtocolError("over"))
        if (
            self.core.in_flight
            or not all(promise.done() for promise in self.promises)
            or any(promise.done() for promise in self.abandoned)
        ):
            raise Oddity(f"{what}: {self.core!r} {[vars(promise) for promise in self.promises]}")
        for promise in self.promises:
            if promise.error is not None and not isinstance(promise.error, Error):
                raise Oddity(f"{what}: {promise.error!r}")

    def _feed(self, piece: bytes) -> None:
        try:
            self.core.feed(piece)
        except BaseException:
            self.core.fail_all(lambda maybe_sent: ProtocolError("broken"))
            raise


def _envelope(rng: Random, peer: _Peer) -> bytes:
    """An answer to a request of the peer, its header and body damaged now and then."""
    request = peer.ask()
    if rng.random() < 0.1:
        request.abandon()
        peer.abandoned.append(peer.promises.pop())
    answer = rng.choice(MESSAGES)
    stream = -1 if answer.code() == 0x0C else request.stream
    body, flags = answer.body(peer.version), int(answer.flags())
    if rng.random() < 0.4:
        body = damaged(rng, body)
    if peer.compression is not None and peer.version < 5 and body:
        body, flags = compress_body(body, peer.compression), flags | 1
        if rng.random() < 0.3:
            body = damaged(rng, body)
    data = Envelope(
        version=peer.version, flags=flags, stream=stream, opcode=answer.code(), body=body, response=True
    ).encode()
    return data if rng.random() < 0.8 else damaged(rng, data[:9]) + data[9:]


def frames(rng: Random) -> None:
    """Envelopes of v3 and v4, plain and compressed."""
    peer = _Peer(rng.choice((3, 4)), rng.choice((None, "lz4", "snappy")))
    data = b"".join(_envelope(rng, peer) for _ in range(rng.randint(1, 4)))
    if rng.random() < 0.2:
        data = damaged(rng, data)
    peer.end(data, rng, f"v{peer.version} {peer.compression} {data.hex()}")


def _segment(rng: Random, payload: bytes, whole: bool, compressed: bool) -> bytes:
    """A segment with right checksums over what may be a wrong header; or with wrong ones."""
    size, plain = len(payload), 0
    if compressed and rng.random() < 0.7:
        block = lz4.compress(payload)
        payload, plain = (damaged(rng, block) if rng.random() < 0.2 else block)[:131071], size
        if rng.random() < 0.1:
            plain = rng.choice((0, 1, plain + 1, max(plain - 1, 0), 131071))
    stated = len(payload)
    if rng.random() < 0.05:
        stated = rng.choice((0, stated + 1, max(stated - 1, 0), 131071))
    word = stated | plain << 17 | whole << 34 if compressed else stated | whole << 17
    head = (
        (word % (1 << 40)).to_bytes(5, "little") if compressed else (word % (1 << 24)).to_bytes(3, "little")
    )
    data = head + crc24(head).to_bytes(3, "little") + payload + crc32(payload).to_bytes(4, "little")
    return data if rng.random() < 0.95 else damaged(rng, data)


def segments(rng: Random) -> None:
    """Segments of v5, plain and LZ4: whole envelopes, envelopes in pieces, contradictions."""
    peer = _Peer(5, rng.choice((None, "lz4")))
    request = peer.ask(OP_STARTUP)
    peer.core.feed(
        Envelope(version=5, flags=0, stream=request.stream, opcode=2, body=b"", response=True).encode()
    )
    envelopes = b"".join(_envelope(rng, peer) for _ in range(rng.randint(1, 4)))
    compressed = peer.compression is not None
    if rng.random() < 0.6:
        data = _segment(rng, envelopes, True, compressed)
    else:
        data = b"".join(
            _segment(rng, piece, rng.random() < 0.05, compressed) for piece in in_pieces(rng, envelopes)
        )
    peer.end(data, rng, f"v5 {peer.compression} {data.hex()}")


@cache
def _recorded() -> list[tuple[int, str | None, bool, bytes]]:
    """What real servers said: version, compression, whether segments have begun, bytes."""
    found = []
    for path in sorted(FOLDER.glob("v*.txt")):
        version, _, name = path.stem.removeprefix("v").partition("-")
        for connection in read(path):
            for place, exchange in enumerate(connection.exchanges):
                framed = version == "5" and place > (1 if exchange.sent[4:5] == b"" else 0)
                if len(exchange.received) < 5000:
                    found.append((int(version), None if name == "plain" else name, framed, exchange.received))
    return found


def recorded(rng: Random) -> None:
    """Answers recorded from a real server, damaged."""
    version, compression, framed, data = rng.choice(_recorded())
    peer = _Peer(version, compression)
    if framed:
        request = peer.ask(OP_STARTUP)
        peer.core.feed(
            Envelope(version=5, flags=0, stream=request.stream, opcode=2, body=b"", response=True).encode()
        )
    for _ in range(20):
        peer.ask()
    data = damaged(rng, data)
    peer.end(data, rng, f"v{version} {compression} {data.hex()}")


# --- compressed blocks -----------------------------------------------------------------------------------------


def blocks(rng: Random) -> None:
    """Compressed bodies, damaged; and back from compression unchanged."""
    plain = rng.choice(
        (rng.randbytes(rng.randint(0, 300)), b"abc" * rng.randint(0, 3000), bytes(rng.randint(0, 70000)))
    )
    codec = compressor(rng.choice(("lz4", "lz4", "snappy")))
    packed = codec.pack(plain)
    if codec.unpack(packed) != plain:
        raise Oddity(f"{codec!r} changed {plain.hex()}")
    data = damaged(rng, packed)
    _allowed(f"{codec!r} {data.hex()}", lambda: codec.unpack(data, MAX_FRAME), ProtocolError)
    size = rng.choice((len(plain), rng.randint(0, 100_000)))
    _allowed(f"lz4 {size} {data.hex()}", lambda: lz4.decompress(data, size), ProtocolError)


# --- hostile objects -------------------------------------------------------------------------------------------

_RAISED = (Exception, Boom, GeneratorExit)
"""What the objects raise, and what the driver makes of it."""


def hostile_values(rng: Random) -> None:
    """Values whose code acts while they are bound: what is written can be read, and the codec serves the next call."""
    cql_type = random_type(rng)
    codec = rng.choice(REGISTRIES).codec(cql_type)
    plain = random_value(rng, cql_type)
    before = _allowed(f"writing a {cql_type}", lambda: codec.to_bytes(plain), EncodeError)
    trouble = Trouble(rng, [])
    value = disguised(trouble, plain)
    trouble.acts += [lambda: codec.to_bytes(plain), lambda: codec.to_bytes(value)]
    try:
        written = codec.to_bytes(value)
    except SystemError as error:
        raise Oddity(f"binding to {cql_type}: {error}") from error
    except _RAISED:
        written = None
    trouble.left = 0
    if written is not None:
        _allowed(f"reading {cql_type} from {written.hex()}", lambda: codec.from_bytes(written))
    if _allowed(f"writing a {cql_type} again", lambda: codec.to_bytes(plain), EncodeError) != before:
        raise Oddity(f"a {cql_type} is written otherwise than before")


class _HostilePeer(_Peer):
    """Its requests have row factories that act: they send, read, abandon requests, end the connection, raise."""

    def __init__(self, rng: Random) -> None:
        super().__init__(rng.choice((3, 4)), rng.choice((None, "lz4")))
        self.requests: list[Request] = []
        acts: list[Callable[[], object]] = [
            self.ask,
            self.ask_much,
            self.core.take_output,
            self.give_up,
            self.read,
        ]
        if rng.random() < 0.2:
            acts.append(lambda: self.core.fail_all(lambda maybe_sent: ProtocolError("ended within")))
        self.rng, self.trouble = rng, Trouble(rng, acts)

    def factory(self, *values: Any) -> object:
        self.trouble.act()
        return values

    def ask(self, opcode: int = OP_QUERY, body: bytes = b"") -> Request:
        promise = Promise()
        request = Request(
            opcode, body, promise, make_decoder=lambda metadata: row_decoder(metadata, None, self.factory)
        )
        self.core.send(request)
        self.promises.append(promise)
        self.requests.append(request)
        return request

    def ask_much(self) -> None:
        self.ask(body=bytes(100_000))

    def give_up(self) -> None:
        if self.promises and not self.promises[-1].done():
            self.requests.pop().abandon()
            self.abandoned.append(self.promises.pop())

    def read(self) -> None:
        self.core.feed(self.answer(self.ask()))

    def answer(self, request: Request) -> bytes:
        return encoded(rows(self.rng, 8), request.stream, self.version, self.compression)


def hostile_readers(rng: Random) -> None:
    """Row factories whose code acts while answers are read: every request ends, and the core stays whole."""
    peer = _HostilePeer(rng)
    data = b"".join([peer.answer(peer.ask()) for _ in range(rng.randint(1, 4))])
    try:
        peer.end(data, rng, f"v{peer.version} {peer.compression} {data.hex()}")
    except (Boom, GeneratorExit) as error:
        raise Oddity(f"{error!r} of a row factory left the core") from error


TARGETS: dict[str, Callable[[Random], None]] = {
    target.__name__: target
    for target in (
        values,
        bound,
        type_strings,
        results,
        frames,
        segments,
        recorded,
        blocks,
        hostile_texts,
        columns,
        hostile_values,
        hostile_readers,
        hostile_dispatch,
        hostile_sessions,
    )
}
"""By name."""
