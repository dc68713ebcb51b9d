"""Envelopes of the native protocol v3-v5 in plain Python, bare and inside v5 segments."""

from __future__ import annotations

import enum
import struct
from dataclasses import dataclass

from aiocql.testing.server.blocks import compress_lz4, compress_snappy, decompress_lz4, decompress_snappy
from aiocql.testing.server.segments import SegmentReader

__all__ = ["Envelope", "EnvelopeReader", "Flag", "FrameError", "Opcode", "compress_body"]

HEADER = struct.Struct(">BBhBI")
MAX_BODY = 256 * 1024 * 1024


class Opcode(enum.IntEnum):
    """What a message is (native protocol v5, section 2.4)."""

    ERROR = 0x00
    STARTUP = 0x01
    READY = 0x02
    AUTHENTICATE = 0x03
    OPTIONS = 0x05
    SUPPORTED = 0x06
    QUERY = 0x07
    RESULT = 0x08
    PREPARE = 0x09
    EXECUTE = 0x0A
    REGISTER = 0x0B
    EVENT = 0x0C
    BATCH = 0x0D
    AUTH_CHALLENGE = 0x0E
    AUTH_RESPONSE = 0x0F
    AUTH_SUCCESS = 0x10


class Flag(enum.IntFlag):
    """Flags of an envelope (native protocol v5, section 2.3.1.2)."""

    COMPRESSED = 0x01
    TRACING = 0x02
    PAYLOAD = 0x04
    WARNING = 0x08
    BETA = 0x10


class FrameError(ValueError):
    """Bytes that are no envelope."""


@dataclass(slots=True)
class Envelope:
    """One message with its header. `response` is the direction bit of the version byte."""

    version: int
    flags: int
    stream: int
    opcode: int
    body: bytes = b""
    response: bool = False

    def encode(self) -> bytes:
        """Header and body; the body goes as it is."""
        version = self.version | (0x80 if self.response else 0)
        return HEADER.pack(version, self.flags, self.stream, self.opcode, len(self.body)) + self.body


class EnvelopeReader:
    """Takes bytes as they come, gives whole envelopes; `use_segments` switches to v5 framing on the way."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._segments: SegmentReader | None = None
        self.compression: str | None = None

    @property
    def pending(self) -> int:
        """Bytes of an envelope that is not yet whole."""
        return len(self._buffer)

    def use_segments(self) -> None:
        """What comes from now on is in segments (v5, after STARTUP is answered)."""
        self._segments = SegmentReader(lz4=self.compression == "lz4")
        self._segments.feed(bytes(self._buffer))
        self._buffer.clear()

    def feed(self, data: bytes) -> None:
        """Add received bytes."""
        if self._segments is not None:
            self._segments.feed(data)
        else:
            self._buffer += data

    def next(self) -> Envelope | None:
        """The next envelope, None while there is no whole one."""
        while True:
            envelope = self._from_buffer()
            if envelope is not None or self._segments is None:
                return envelope
            if not self._next_segment():
                return None

    def _next_segment(self) -> bool:
        assert self._segments is not None
        segment = self._segments.next()
        if segment is None:
            return False
        payload, self_contained = segment
        if self_contained and self._buffer:
            raise FrameError("a self-contained segment came in the middle of an envelope")
        self._buffer += payload
        if self_contained:
            self._check_whole()
        return True

    def _check_whole(self) -> None:
        """Envelopes in a self-contained segment are whole."""
        position = 0
        while position < len(self._buffer):
            if len(self._buffer) - position < HEADER.size:
                raise FrameError("a self-contained segment ends in the middle of a header")
            position += HEADER.size + HEADER.unpack_from(self._buffer, position)[4]
        if position > len(self._buffer):
            raise FrameError("a self-contained segment ends in the middle of a body")

    def _from_buffer(self) -> Envelope | None:
        if len(self._buffer) < HEADER.size:
            return None
        version, flags, stream, opcode, length = HEADER.unpack_from(self._buffer)
        if length > MAX_BODY:
            raise FrameError(f"a body of {length} bytes")
        if len(self._buffer) < HEADER.size + length:
            return None
        body = bytes(self._buffer[HEADER.size : HEADER.size + length])
        del self._buffer[: HEADER.size + length]
        if flags & Flag.COMPRESSED and self._segments is None:
            body = decompress_body(body, self.compression)
            flags &= ~Flag.COMPRESSED
        return Envelope(version & 0x7F, flags, stream, opcode, body, bool(version & 0x80))


def compress_body(body: bytes, compression: str | None) -> bytes:
    """A v3/v4 body as it is sent with the COMPRESSED flag."""
    if compression == "lz4":
        return struct.pack(">I", len(body)) + compress_lz4(body)
    if compression == "snappy":
        return compress_snappy(body)
    raise FrameError(f"no compression {compression!r}")


def decompress_body(body: bytes, compression: str | None) -> bytes:
    """What `compress_body` was given."""
    if compression == "lz4":
        if len(body) < 4:
            raise FrameError("a compressed body without its length")
        length = int.from_bytes(body[:4], "big")
        if length > MAX_BODY:
            raise FrameError(f"a compressed body of {length} bytes")
        return decompress_lz4(body[4:], length) if length else b""
    if compression == "snappy":
        return decompress_snappy(body)
    raise FrameError("a compressed body on a connection without compression")
