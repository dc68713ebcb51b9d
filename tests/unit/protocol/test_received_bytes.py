"""The sans-IO connection and what a peer can send: split anywhere, the same answers; hostile, a typed end.

Every kind of answer goes through `Core` as bytes on the wire, in every framing.
"""

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.golden.promise import Promise

from aiocql.errors import (
    ChecksumMismatch,
    DecodeError,
    FrameTooLarge,
    ProtocolError,
    UnsupportedProtocolVersion,
)
from aiocql.protocol.compression import compressor
from aiocql.protocol.constants import OP_QUERY, OP_STARTUP
from aiocql.protocol.core import Core
from aiocql.protocol.request import Request
from aiocql.protocol.responses import Response
from aiocql.testing.server import answers
from aiocql.testing.server.answers import Answer
from aiocql.testing.server.frames import Envelope, compress_body
from aiocql.testing.server.segments import encode_segments

from .messages import MESSAGES, label

FRAMINGS = [(3, None), (4, None), (4, "lz4"), (4, "snappy"), (5, None), (5, "lz4")]


class Owner:
    """Who hears of events."""

    def __init__(self) -> None:
        self.events: list[Response] = []

    def on_event(self, event: Response) -> None:
        self.events.append(event)


class Peer:
    """One connection: a core, and the server's end of its wire."""

    def __init__(self, version: int = 5, compression: str | None = None, **options: Any) -> None:
        self.version = version
        self.compression = compression
        self.owner = Owner()
        self.core = Core(version, owner=self.owner, wake=lambda full: None, **options)
        if compression is not None:
            self.core.compression = compressor(compression)
        self.framed = False

    def ask(self, opcode: int = OP_QUERY) -> tuple[Request, Promise]:
        """Sends a request."""
        promise = Promise()
        request = Request(opcode, b"", promise)
        request.raw = True
        self.core.send(request)
        self.core.take_output()
        return request, promise

    def start(self) -> None:
        """STARTUP and READY."""
        request, promise = self.ask(OP_STARTUP)
        self.core.feed(self.envelope(answers.Ready(), request.stream))
        assert promise.result is not None
        self.framed = self.version >= 5

    def envelope(self, answer: Answer, stream: int, **changes: Any) -> bytes:
        """An answer without segments around it."""
        body, flags = answer.body(self.version), answer.flags()
        if self.compression is not None and self.version < 5 and body:
            body, flags = compress_body(body, self.compression), flags | 1
        fields = {"version": self.version, "flags": flags, "opcode": answer.code(), "body": body, **changes}
        return Envelope(stream=stream, response=True, **fields).encode()

    def wire(self, *envelopes: bytes) -> bytes:
        """As they travel."""
        data = b"".join(envelopes)
        return encode_segments(data, lz4=self.compression == "lz4") if self.framed else data


def sketch(response: Any) -> tuple[str, str]:
    """What there is to compare of an answer."""
    rows = repr(response.rows) if hasattr(response, "rows") else ""
    return type(response).__name__, repr(response) + rows


@pytest.mark.fault(12, 61)
@pytest.mark.parametrize(("version", "compression"), FRAMINGS)
@pytest.mark.parametrize("answer", MESSAGES, ids=label)
def test_split_at_every_byte(answer: Answer, version: int, compression: str | None) -> None:
    """In two pieces, cut anywhere; and byte by byte."""
    event = answer.code() == 0x0C
    found = set()
    peer = Peer(version, compression)
    peer.start()
    size = len(peer.wire(peer.envelope(answer, 0)))
    for cut in range(size + 1):
        request, promise = peer.ask()
        data = peer.wire(peer.envelope(answer, -1 if event else request.stream))
        pieces = [data[:cut], data[cut:]] if cut else [bytes([byte]) for byte in data]
        for piece in pieces:
            peer.core.feed(piece)
        found.add(sketch(peer.owner.events.pop() if event else promise.result))
        if event:
            peer.core.feed(peer.wire(peer.envelope(answers.Void(), request.stream)))
    assert len(found) == 1
    assert peer.core.in_flight == 0


@pytest.mark.fault(61)
@pytest.mark.parametrize(("version", "compression"), FRAMINGS)
@given(data=st.data())
def test_many_answers_cut_into_any_pieces(version: int, compression: str | None, data: st.DataObject) -> None:
    """Several in a segment, in any order, and pieces that hold parts of several."""
    peer = Peer(version, compression)
    peer.start()
    asked = [peer.ask() for _ in range(data.draw(st.integers(1, 8)))]
    order = data.draw(st.permutations(asked))
    texts = [str(request.stream) * data.draw(st.integers(1, 300)) for request, _ in order]
    wire = peer.wire(
        *(
            peer.envelope(answers.Rows([("a", "text")], [(text,)]), request.stream)
            for text, (request, _) in zip(texts, order, strict=True)
        )
    )
    while wire:
        size = data.draw(st.integers(1, len(wire)))
        peer.core.feed(wire[:size])
        wire = wire[size:]
    assert [promise.result.rows for _, promise in order] == [[(text,)] for text in texts]


@pytest.mark.fault(12)
@pytest.mark.parametrize("compression", [None, "lz4"])
def test_an_envelope_over_many_segments(compression: str | None) -> None:
    """Larger than one segment, between two small ones."""
    peer = Peer(5, compression)
    peer.start()
    asked = [peer.ask() for _ in range(3)]
    texts = ["small", "large" * 100_000, "small too"]
    wire = b"".join(
        peer.wire(peer.envelope(answers.Rows([("a", "text")], [(text,)]), request.stream))
        for text, (request, _) in zip(texts, asked, strict=True)
    )
    for start in range(0, len(wire), 60_001):
        peer.core.feed(wire[start : start + 60_001])
    assert [promise.result.rows for _, promise in asked] == [[(text,)] for text in texts]


def test_ready_and_what_follows_in_one_read() -> None:
    """The framing changes in the middle of a buffer."""
    peer = Peer(5)
    request, promise = peer.ask(OP_STARTUP)
    other, second = peer.ask()
    segment = encode_segments(peer.envelope(answers.Void(), other.stream))
    peer.core.feed(peer.envelope(answers.Ready(), request.stream) + segment)
    assert promise.result is not None
    assert second.result is not None


ROW = answers.Rows([("a", "text")], [("x",)])


@pytest.mark.fault(59)
def test_an_undecodable_value_fails_its_request_alone() -> None:
    """Before and after it in the same read, others get theirs."""
    peer = Peer(5)
    peer.start()
    asked = [peer.ask() for _ in range(3)]
    first, bad, last = (request.stream for request, _ in asked)
    raw = answers.Rows([("a", "blob")], [(b"\xff",)])
    text = raw.body(5).replace(b"\0\x01a\0\x03", b"\0\x01a\0\x0d")
    envelope = Envelope(5, 0, bad, 8, text, response=True).encode()
    peer.core.feed(peer.wire(peer.envelope(ROW, first), envelope, peer.envelope(ROW, last)))
    assert asked[0][1].result.rows == asked[2][1].result.rows == [("x",)]
    assert isinstance(asked[1][1].error, DecodeError)
    assert "column ks.t.a (text) of row 0" in str(asked[1][1].error)
    assert not peer.core.closed
    assert peer.core.in_flight == 0


@pytest.mark.fault(13)
def test_a_type_of_a_later_protocol_leaves_the_connection_alone() -> None:
    """Its values are bytes, and the other request of the same read gets its rows."""
    peer = Peer(5)
    peer.start()
    asked = [peer.ask() for _ in range(2)]
    later, plain = (request.stream for request, _ in asked)
    body = ROW.body(5).replace(b"\0\x01a\0\x0d", b"\0\x01a\0\x60")
    envelope = Envelope(5, 0, later, 8, body, response=True).encode()
    peer.core.feed(peer.wire(envelope, peer.envelope(ROW, plain)))
    assert [promise.result.rows for _, promise in asked] == [[(b"x",)], [("x",)]]
    assert not peer.core.closed


HOSTILE: dict[str, tuple[type[ProtocolError], Any]] = {
    "a stream that is free": (ProtocolError, lambda peer, stream: peer.envelope(ROW, stream + 1)),
    "a stream far beyond": (ProtocolError, lambda peer, stream: peer.envelope(ROW, 32767)),
    "a negative stream": (ProtocolError, lambda peer, stream: peer.envelope(ROW, -2)),
    "rows on the stream of events": (ProtocolError, lambda peer, stream: peer.envelope(ROW, -1)),
    "an answer twice": (ProtocolError, lambda peer, stream: peer.envelope(ROW, stream) * 2),
    "another version": (ProtocolError, lambda peer, stream: peer.envelope(ROW, stream, version=4)),
    "protocol v2": (UnsupportedProtocolVersion, lambda peer, stream: b"\x82\0\0\0" + b"\0" * 8),
    "a request": (ProtocolError, lambda peer, stream: Envelope(5, 0, stream, 7, b"").encode()),
    "HTTP": (ProtocolError, lambda peer, stream: b"HTTP/1.1 400 Bad Request\r\n\r\n"),
    "a length bomb": (FrameTooLarge, lambda peer, stream: b"\x85\0\0\0\x08\x7f\xff\xff\xff"),
    "a negative length": (FrameTooLarge, lambda peer, stream: b"\x85\0\0\0\x08\xff\xff\xff\xff"),
    "an unknown opcode": (ProtocolError, lambda peer, stream: peer.envelope(ROW, stream, opcode=0x55)),
    "an unknown kind of result": (
        ProtocolError,
        lambda peer, stream: peer.envelope(ROW, stream, body=b"\0\0\0\x09"),
    ),
    "a truncated body": (
        ProtocolError,
        lambda peer, stream: peer.envelope(ROW, stream, body=ROW.body(5)[:-1]),
    ),
    "an empty body": (ProtocolError, lambda peer, stream: peer.envelope(ROW, stream, body=b"")),
    "a tracing id that is not there": (
        ProtocolError,
        lambda peer, stream: peer.envelope(answers.Void(), stream, flags=2),
    ),
}


@pytest.mark.fault(11, 13, 60)
@pytest.mark.parametrize("compression", [None, "lz4"])
@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_envelopes(case: str, compression: str | None) -> None:
    """Typed, and nothing was given to anybody."""
    kind, make = HOSTILE[case]
    peer = Peer(5, compression)
    peer.start()
    request, _ = peer.ask()
    with pytest.raises(kind):
        peer.core.feed(peer.wire(make(peer, request.stream)))


@pytest.mark.fault(11, 60)
@pytest.mark.parametrize("size", [100_000, 1 << 24, (1 << 32) - 1])
@pytest.mark.parametrize("version", [4, 5])
def test_the_limit_on_messages(version: int, size: int) -> None:
    """Nine bytes are enough to refuse; nothing is allocated for what they announce."""
    peer = Peer(version, max_frame=99_999)
    peer.start()
    request, _ = peer.ask()
    head = bytes([0x80 | version, 0, *request.stream.to_bytes(2, "big"), 8]) + size.to_bytes(4, "big")
    if version >= 5:
        head = encode_segments(head)
        head = not_self_contained(head)
    with pytest.raises(FrameTooLarge, match="99999 allowed"):
        peer.core.feed(head)


def not_self_contained(segment: bytes) -> bytes:
    """The same segment as a piece of an envelope."""
    from aiocql.binary.crc import crc24_of

    word = int.from_bytes(segment[:3], "little") & ~(1 << 17)
    head = word.to_bytes(3, "little")
    return head + crc24_of(head).to_bytes(3, "little") + segment[6:]


def test_compression_nobody_agreed_on() -> None:
    """A flag alone does not make a body compressed."""
    peer = Peer(4)
    peer.start()
    request, _ = peer.ask()
    with pytest.raises(ProtocolError, match="compress"):
        peer.core.feed(peer.envelope(ROW, request.stream, flags=1))


@pytest.mark.fault(60)
@pytest.mark.parametrize("name", ["lz4", "snappy"])
def test_decompression_bombs(name: str) -> None:
    """What a body announces is compared with the limit first."""
    peer = Peer(4, name, max_frame=1 << 20)
    peer.start()
    request, _ = peer.ask()
    with pytest.raises(FrameTooLarge):
        peer.core.feed(peer.envelope(answers.SetKeyspace("x"), request.stream, body=bomb(name), flags=1))


def bomb(name: str) -> bytes:
    """A few bytes that hold two megabytes."""
    return compressor(name).pack(b"\0" * (2 << 20))


@pytest.mark.fault(12)
@pytest.mark.parametrize("at", range(20))
def test_a_segment_that_was_changed_on_its_way(at: int) -> None:
    """No bit of it passes."""
    peer = Peer(5)
    peer.start()
    request, _ = peer.ask()
    wire = bytearray(peer.wire(peer.envelope(ROW, request.stream)))
    wire[at] ^= 0x10
    with pytest.raises(ChecksumMismatch):
        peer.core.feed(bytes(wire))


@pytest.mark.fault(12)
def test_segments_that_contradict_themselves() -> None:
    """A self-contained one with half an envelope, or in the middle of a divided one; a divided one that is too long."""
    for make in (
        lambda data: encode_segments(data[:-1]),
        lambda data: not_self_contained(encode_segments(data[:-1])) + encode_segments(data),
        lambda data: not_self_contained(encode_segments(data + b"\x85")),
    ):
        peer = Peer(5)
        peer.start()
        request, _ = peer.ask()
        with pytest.raises(ProtocolError, match=r"segment|divided"):
            peer.core.feed(make(peer.envelope(ROW, request.stream)))


@pytest.mark.parametrize("compression", [None, "lz4"])
def test_memory_for_divided_messages_is_kept_until_a_message_is_none(compression: str | None) -> None:
    """Whether its segments come in many reads or, as they compress so well, in one."""
    peer = Peer(5, compression)
    peer.start()
    least = peer.core.read_buffer
    page = answers.Rows([("v", "blob")], [(b"x" * 100_000,)] * 5, "ks", "t")
    sizes = []
    for _ in range(3):
        request, promise = peer.ask()
        peer.core.feed(peer.wire(peer.envelope(page, request.stream)))
        assert promise.result is not None
        sizes.append(peer.core.read_buffer)
    assert sizes[0] > least + 500_000
    assert sizes[0] == sizes[1] == sizes[2]
    request, promise = peer.ask()
    peer.core.feed(peer.wire(peer.envelope(ROW, request.stream)))
    assert promise.result is not None
    assert peer.core.read_buffer == least


@pytest.mark.fault(33, 60)
@given(st.sampled_from(FRAMINGS), st.binary(max_size=300), st.booleans())
def test_any_bytes_at_all(framing: tuple[int, str | None], data: bytes, in_segment: bool) -> None:
    """Nothing but the driver's own errors, whatever arrives."""
    peer = Peer(*framing)
    peer.start()
    peer.ask()
    try:
        peer.core.feed(peer.wire(data) if in_segment and data else data)
    except ProtocolError:
        return
    assert not peer.core.closed


@pytest.mark.fault(10)
@given(st.sampled_from(MESSAGES), st.sampled_from(FRAMINGS), st.data())
def test_damaged_messages(answer: Answer, framing: tuple[int, str | None], data: st.DataObject) -> None:
    """Structure with a few wrong bytes, checksums right."""
    peer = Peer(*framing)
    peer.start()
    request, _ = peer.ask()
    envelope = bytearray(peer.envelope(answer, request.stream))
    for _ in range(data.draw(st.integers(1, 3))):
        envelope[data.draw(st.integers(0, len(envelope) - 1))] = data.draw(st.integers(0, 255))
    with contextlib.suppress(ProtocolError):
        peer.core.feed(peer.wire(bytes(envelope)))
