"""LZ4 blocks: our two ends, an independent pure-Python end, and bytes that are no blocks."""

import contextlib
import random

import cramjam
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.binary import plain_lz4

from aiocql.binary import lz4
from aiocql.errors import ProtocolError
from aiocql.testing.server.blocks import compress_lz4

SAMPLES = [
    b"",
    b"a",
    b"abcdefghijkl",
    b"abcdefghijklm",
    b"a" * 13,
    b"a" * 14,
    b"a" * 1000,
    b"ab" * 700,
    b"abc" * 90000,
    bytes(range(256)) * 10,
    bytes(random.Random(1).randbytes(70000)),
    bytes(random.Random(2).randbytes(65536)) * 2,
    b"".join(b"row %d; " % i for i in range(20000)),
]
compressible = st.builds(
    lambda seed, parts: b"".join(seed[a : a + b] for a, b in parts),
    st.binary(max_size=60),
    st.lists(st.tuples(st.integers(0, 50), st.integers(0, 40)), max_size=60),
)


@pytest.mark.parametrize("data", SAMPLES, ids=[f"{len(sample)}-{i}" for i, sample in enumerate(SAMPLES)])
def test_both_ends_agree_with_other_implementations(data: bytes) -> None:
    """What we compress others open, what others compress we open."""
    block = lz4.compress(data)
    assert lz4.decompress(block, len(data)) == data
    assert bytes(cramjam.lz4.decompress_block(block, output_len=len(data))) == data
    foreign = bytes(cramjam.lz4.compress_block(data, store_size=False))
    assert lz4.decompress(foreign, len(data)) == data


@given(compressible | st.binary(max_size=400))
def test_round_trip(data: bytes) -> None:
    """Against a reader in plain Python, and with the scripted server's blocks."""
    block = lz4.compress(data)
    assert lz4.decompress(block, len(data)) == data
    assert plain_lz4.decompress(block, len(data)) == data
    assert lz4.decompress(compress_lz4(data), len(data)) == data


def test_text_becomes_smaller() -> None:
    """It does compress."""
    assert len(lz4.compress(SAMPLES[-1])) < len(SAMPLES[-1]) // 2


@given(st.binary(min_size=1, max_size=100), st.integers(0, 3000))
def test_garbage_is_an_error_or_exact(data: bytes, size: int) -> None:
    """Any bytes: either exactly `size` bytes come out, as the plain implementation says, or ProtocolError."""
    try:
        plain = lz4.decompress(data, size)
    except ProtocolError:
        with pytest.raises(ValueError):
            plain_lz4.decompress(data, size)
    else:
        assert plain == plain_lz4.decompress(data, size)


@given(compressible.filter(bool), st.data())
def test_damaged_blocks_never_reach_outside(data: bytes, draw: st.DataObject) -> None:
    """One byte changed, or the end cut off."""
    block = bytearray(lz4.compress(data))
    at = draw.draw(st.integers(0, len(block) - 1))
    block[at] ^= draw.draw(st.integers(1, 255))
    for damaged in (bytes(block), bytes(block[:at])):
        with contextlib.suppress(ProtocolError):
            assert len(lz4.decompress(damaged, len(data))) == len(data)


@pytest.mark.parametrize("block", [b"\x00", lz4.compress(b"a" * 1000)])
@pytest.mark.parametrize("size", [-1, 1, 999, 1001, 1 << 40])
def test_another_size_than_announced(block: bytes, size: int) -> None:
    """Too much, too little, or more than a block of that length can hold: nothing is allocated for the last."""
    with pytest.raises(ProtocolError):
        lz4.decompress(block, size)
