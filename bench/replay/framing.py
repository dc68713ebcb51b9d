"""Envelopes of the native protocol and the segments of v5, for the recording proxy and the raw client.

Slow and plain on purpose: nothing here is shared with the driver that is to be measured.
"""

from __future__ import annotations

import asyncio
import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

ERROR, STARTUP, READY, OPTIONS, SUPPORTED = 0x00, 0x01, 0x02, 0x05, 0x06
QUERY, RESULT, PREPARE, EXECUTE, REGISTER, BATCH = 0x07, 0x08, 0x09, 0x0A, 0x0B, 0x0D
MAX_SEGMENT = 131071
SKIP_METADATA = 0x02


class Envelope(NamedTuple):
    version: int
    flags: int
    stream: int
    opcode: int
    body: bytes


def crc24(value: int) -> int:
    """The checksum of a segment's header (native_protocol_v5.spec, section 2.2)."""
    crc = 0x875060
    for _ in range(3):
        crc ^= (value & 0xFF) << 16
        value >>= 8
        for _ in range(8):
            crc <<= 1
            if crc & 0x1000000:
                crc ^= 0x1974F0B
    return crc


def segments(data: bytes) -> Iterator[bytes]:
    """One envelope as v5 segments: one that is complete in itself, or as many parts as it needs."""
    parts = [data[i : i + MAX_SEGMENT] for i in range(0, len(data), MAX_SEGMENT)]
    for part in parts:
        head = len(part) | (int(len(parts) == 1) << 17)
        yield head.to_bytes(3, "little") + crc24(head).to_bytes(3, "little")
        yield part + zlib.crc32(part, zlib.crc32(b"\xfa\x2d\x55\xca")).to_bytes(4, "little")


class Reader:
    """Envelopes from a stream: unframed until `framed` is set, then in v5 segments."""

    def __init__(self, stream: asyncio.StreamReader) -> None:
        self.framed = False
        self._stream = stream
        self._payload = b""

    async def _exactly(self, n: int) -> bytes:
        if not self.framed:
            return await self._stream.readexactly(n)
        while len(self._payload) < n:
            size = int.from_bytes((await self._stream.readexactly(6))[:3], "little") & MAX_SEGMENT
            self._payload += (await self._stream.readexactly(size + 4))[:-4]
        taken, self._payload = self._payload[:n], self._payload[n:]
        return taken

    async def envelope(self) -> Envelope:
        version, flags, stream, opcode, n = struct.unpack(">BBhBI", await self._exactly(9))
        return Envelope(version & 0x7F, flags, stream, opcode, await self._exactly(n))


def write(writer: asyncio.StreamWriter, envelope: Envelope, *, framed: bool, direction: int) -> None:
    """Sends one envelope; `direction` is 0 for requests, 0x80 for answers."""
    head = struct.pack(
        ">BBhBI",
        direction | envelope.version,
        envelope.flags,
        envelope.stream,
        envelope.opcode,
        len(envelope.body),
    )
    writer.writelines(segments(head + envelope.body) if framed else [head + envelope.body])


def long_string(text: str) -> bytes:
    data = text.encode()
    return struct.pack(">i", len(data)) + data


def string_map(pairs: dict[str, str]) -> bytes:
    out = struct.pack(">H", len(pairs))
    for pair in pairs.items():
        for text in pair:
            out += struct.pack(">H", len(text)) + text.encode()
    return out
