"""Segments of native protocol v5 (section 2.2) in plain Python: CRC24 of headers, CRC32 of payloads, LZ4."""

from __future__ import annotations

import zlib

from aiocql.testing.server.blocks import compress_lz4, decompress_lz4

__all__ = ["MAX_PAYLOAD", "SegmentError", "SegmentReader", "crc24", "crc32", "encode_segments"]

MAX_PAYLOAD = 128 * 1024 - 1
"""Bytes of payload that one segment may hold."""

_CRC32_START = zlib.crc32(b"\xfa\x2d\x55\xca")


class SegmentError(ValueError):
    """A segment whose checksum or shape is wrong."""


def crc24(data: bytes) -> int:
    """The CRC24 of a segment's header: `data` is taken from its first byte on."""
    crc = 0x875060
    for byte in data:
        crc ^= byte << 16
        for _ in range(8):
            crc <<= 1
            if crc & 0x1000000:
                crc ^= 0x1974F0B
    return crc


def crc32(data: bytes) -> int:
    """The CRC32 of a segment's payload: zlib's, begun over four fixed bytes."""
    return zlib.crc32(data, _CRC32_START)


def encode_segments(data: bytes, *, lz4: bool = False, max_payload: int = MAX_PAYLOAD) -> bytes:
    """Cut `data`, one or more whole envelopes, into segments. More than one segment is not self-contained."""
    parts = [data[i : i + max_payload] for i in range(0, len(data), max_payload)] or [b""]
    return b"".join(_encode(part, len(parts) == 1, lz4) for part in parts)


def _encode(payload: bytes, self_contained: bool, lz4: bool) -> bytes:
    if lz4:
        packed = compress_lz4(payload)
        # A payload that does not shrink goes as it is, with an uncompressed length of 0.
        smaller = len(packed) < len(payload)
        wire, plain_length = (packed, len(payload)) if smaller else (payload, 0)
        head = (len(wire) | plain_length << 17 | int(self_contained) << 34).to_bytes(5, "little")
    else:
        wire = payload
        head = (len(wire) | int(self_contained) << 17).to_bytes(3, "little")
    return head + crc24(head).to_bytes(3, "little") + wire + crc32(wire).to_bytes(4, "little")


class SegmentReader:
    """Accept bytes in any portions and return the payloads of whole segments with their self-contained flag."""

    def __init__(self, *, lz4: bool = False) -> None:
        self._lz4 = lz4
        self._buffer = bytearray()

    def feed(self, data: bytes) -> None:
        """Add received bytes."""
        self._buffer += data

    def next(self) -> tuple[bytes, bool] | None:
        """The next payload and whether it is self-contained; None while there is no whole segment."""
        size = 5 if self._lz4 else 3
        if len(self._buffer) < size + 3:
            return None
        head = bytes(self._buffer[:size])
        if crc24(head) != int.from_bytes(self._buffer[size : size + 3], "little"):
            raise SegmentError("CRC24 of a segment's header is wrong")
        bits = int.from_bytes(head, "little")
        length = bits & 0x1FFFF
        if len(self._buffer) < size + 3 + length + 4:
            return None
        payload = bytes(self._buffer[size + 3 : size + 3 + length])
        if crc32(payload) != int.from_bytes(self._buffer[size + 3 + length : size + 7 + length], "little"):
            raise SegmentError("CRC32 of a segment's payload is wrong")
        del self._buffer[: size + 7 + length]
        return self._unpack(payload, bits)

    def _unpack(self, payload: bytes, bits: int) -> tuple[bytes, bool]:
        if not self._lz4:
            return payload, bool(bits >> 17 & 1)
        plain_length = bits >> 17 & 0x1FFFF
        if plain_length:
            payload = decompress_lz4(payload, plain_length)
        return payload, bool(bits >> 34 & 1)
