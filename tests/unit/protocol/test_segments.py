"""Segments of protocol v5: known bytes, packing, splitting, other implementations, and damage."""

import io
import random

import pytest
from cassandra import segment as official
from hypothesis import given, settings
from hypothesis import strategies as st

from aiocql.errors import ChecksumMismatch, ProtocolError
from aiocql.protocol.requests import header
from aiocql.protocol.segments import open_segment, seal_envelopes
from aiocql.testing.server.segments import SegmentReader, encode_segments

MAX = 131071
READY = bytes.fromhex("850000000200000000")
VECTORS = [
    (False, READY, "090002a4c8c18500000002000000004f5a5d99"),
    (True, READY, "0900000004c2b8958500000002000000004f5a5d99"),
]


def envelope(size: int, fill: bytes | None = None) -> bytes:
    """An envelope of `size` bytes in all."""
    body = random.Random(size).randbytes(size - 9) if fill is None else fill * (size - 9)
    return header(5, 0, 1, 7, size - 9) + body


def opened(data: bytes, lz4: bool) -> list[tuple[bytes, bool]]:
    """Every segment of `data`."""
    out = []
    while data:
        found = open_segment(data, lz4)
        assert found is not None
        payload, whole, size = found
        out.append((payload, whole))
        data = data[size:]
    return out


@pytest.mark.parametrize(("lz4", "payload", "wire"), VECTORS)
def test_known_bytes(lz4: bool, payload: bytes, wire: str) -> None:
    """Both ways."""
    assert seal_envelopes(payload, lz4).hex() == wire
    assert open_segment(bytes.fromhex(wire), lz4) == (payload, True, len(wire) // 2)


def test_an_empty_payload_is_legal() -> None:
    """Nothing in it, and its checksums."""
    assert open_segment(bytes.fromhex("0000026a36c4d37e7744")) == (b"", True, 10)
    assert seal_envelopes(b"") == b""


@pytest.mark.parametrize("lz4", [False, True])
def test_as_few_segments_as_fit(lz4: bool) -> None:
    """Whole envelopes share a segment up to its last byte; a larger one is cut and stands alone."""
    small, rest = envelope(1000), envelope(MAX - 1000)
    assert opened(seal_envelopes(small + rest, lz4), lz4) == [(small + rest, True)]
    over = envelope(MAX - 999)
    assert opened(seal_envelopes(small + over, lz4), lz4) == [(small, True), (over, True)]
    large = envelope(3 * MAX + 5)
    segments = opened(seal_envelopes(small + large + small, lz4), lz4)
    assert [whole for _, whole in segments] == [True, False, False, False, False, True]
    assert [len(payload) for payload, _ in segments[1:5]] == [MAX, MAX, MAX, 5]
    assert b"".join(payload for payload, _ in segments) == small + large + small


@pytest.mark.parametrize("size", [9, 10, MAX - 1, MAX, MAX + 1, 2 * MAX, 2 * MAX + 1])
@pytest.mark.parametrize("lz4", [False, True])
@pytest.mark.parametrize("fill", [None, b"x"])
def test_sizes_around_the_limit(size: int, lz4: bool, fill: bytes | None) -> None:
    """Envelopes of these sizes come back, alone and followed by another."""
    data = envelope(size, fill) + READY
    assert b"".join(payload for payload, _ in opened(seal_envelopes(data, lz4), lz4)) == data


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(9, 70000), st.booleans()), max_size=6), st.booleans())
def test_the_scripted_server_understands_us(sizes: list[tuple[int, bool]], lz4: bool) -> None:
    """And we understand it."""
    data = b"".join(envelope(size, b"z" if flat else None) for size, flat in sizes)
    reader = SegmentReader(lz4=lz4)
    reader.feed(seal_envelopes(data, lz4))
    found = []
    while (segment := reader.next()) is not None:
        found.append(segment[0])
    assert b"".join(found) == data
    assert b"".join(payload for payload, _ in opened(encode_segments(data, lz4=lz4), lz4)) == data


@pytest.mark.parametrize("size", [9, 500, MAX, 3 * MAX])
def test_the_official_driver_understands_us(size: int) -> None:
    """Uncompressed: its LZ4 needs a library of its own."""
    data = envelope(size)
    stream = io.BytesIO(seal_envelopes(data))
    out = b""
    while stream.tell() < len(stream.getvalue()):
        head = official.SegmentCodec().decode_header(stream)
        out += official.SegmentCodec().decode(stream, head).payload
    assert out == data
    theirs = io.BytesIO()
    official.SegmentCodec().encode(theirs, data)
    assert theirs.getvalue() == seal_envelopes(data)


@pytest.mark.parametrize("lz4", [False, True])
@pytest.mark.parametrize("fill", [None, b"x"])
def test_every_prefix_needs_more(lz4: bool, fill: bytes | None) -> None:
    """Split anywhere, a segment is not there yet."""
    wire = seal_envelopes(envelope(200, fill), lz4)
    assert all(open_segment(wire[:n], lz4) is None for n in range(len(wire)))
    assert open_segment(wire + b"more", lz4) == (envelope(200, fill), True, len(wire))


@pytest.mark.fault(12)
@pytest.mark.parametrize("lz4", [False, True])
@pytest.mark.parametrize("fill", [None, b"x"])
def test_every_flipped_bit_is_seen(lz4: bool, fill: bytes | None) -> None:
    """CRC24 guards the header, CRC32 the rest."""
    wire = seal_envelopes(envelope(60, fill), lz4)
    for bit in range(len(wire) * 8):
        damaged = bytearray(wire)
        damaged[bit // 8] ^= 1 << bit % 8
        with pytest.raises(ChecksumMismatch, match="CRC24" if bit // 8 < (8 if lz4 else 6) else "CRC32"):
            open_segment(bytes(damaged), lz4)


@pytest.mark.fault(12)
@pytest.mark.parametrize("plain_size", [1, 250, 131071])
def test_right_checksums_do_not_make_a_block(plain_size: int) -> None:
    """A payload that is no LZ4 block of the announced size is a protocol error."""
    from aiocql.binary.crc import crc24_of, crc32_of

    payload = b"\xff" * 40
    head = (len(payload) | plain_size << 17 | 1 << 34).to_bytes(5, "little")
    wire = head + crc24_of(head).to_bytes(3, "little") + payload + crc32_of(payload).to_bytes(4, "little")
    with pytest.raises(ProtocolError, match="LZ4"):
        open_segment(wire, lz4=True)


@pytest.mark.parametrize("data", [b"\x05", READY[:-1], header(5, 0, 0, 7, 100) + b"x" * 99])
def test_what_is_no_envelope_is_not_sealed(data: bytes) -> None:
    """A mistake of the driver's own would otherwise end on the wire."""
    with pytest.raises(ProtocolError):
        seal_envelopes(data)
