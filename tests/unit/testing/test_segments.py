"""Segments in plain Python against cassandra-driver's, and damaged at every byte."""

from __future__ import annotations

import io

import pytest
from cassandra.segment import SegmentCodec

from aiocql.testing.server.frames import Envelope, EnvelopeReader
from aiocql.testing.server.segments import MAX_PAYLOAD, SegmentError, SegmentReader, encode_segments


def read_all(data: bytes, *, lz4: bool = False) -> list[tuple[bytes, bool]]:
    reader = SegmentReader(lz4=lz4)
    reader.feed(data)
    return list(iter(reader.next, None))


@pytest.mark.parametrize("size", [0, 1, 100, MAX_PAYLOAD, MAX_PAYLOAD + 1, 3 * MAX_PAYLOAD])
def test_same_bytes_as_another_implementation(size: int) -> None:
    payload = bytes(i % 251 for i in range(size))
    ours = encode_segments(payload)
    if size:
        theirs = io.BytesIO()
        SegmentCodec().encode(theirs, payload)
        assert ours == theirs.getvalue()
    parts = read_all(ours)
    assert b"".join(part for part, _ in parts) == payload
    assert {alone for _, alone in parts} == {len(parts) == 1}


@pytest.mark.parametrize("payload", [b"a" * 1000, bytes(range(256)), b""])
def test_lz4_segments(payload: bytes) -> None:
    data = encode_segments(payload, lz4=True)
    assert len(data) <= len(payload) + 12
    assert read_all(data, lz4=True) == [(payload, True)]


@pytest.mark.parametrize("lz4", [False, True])
def test_every_flipped_bit_is_noticed(lz4: bool) -> None:
    data = encode_segments(b"twelve bytes", lz4=lz4)
    for position in range(8 * len(data)):
        damaged = bytearray(data)
        damaged[position // 8] ^= 1 << position % 8
        with pytest.raises(SegmentError):
            read_all(bytes(damaged), lz4=lz4)


def test_bytes_may_come_one_by_one() -> None:
    envelopes = [Envelope(5, 0, n, 5, bytes(n), response=True) for n in range(3)]
    stream = envelopes[0].encode()
    rest = encode_segments(envelopes[1].encode() + envelopes[2].encode(), max_payload=7)
    reader, seen = EnvelopeReader(), []
    for byte in stream:
        reader.feed(bytes([byte]))
    seen.append(reader.next())
    reader.use_segments()
    for byte in rest:
        reader.feed(bytes([byte]))
        seen += [] if (envelope := reader.next()) is None else [envelope]
    assert seen == envelopes
