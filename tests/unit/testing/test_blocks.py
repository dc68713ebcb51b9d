"""LZ4 and Snappy in plain Python against cramjam's."""

from __future__ import annotations

import contextlib

import cramjam
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiocql.testing.server import lz4_block, snappy_block
from aiocql.testing.server.block_error import BlockError

RUNS = st.lists(st.tuples(st.binary(min_size=1, max_size=5), st.integers(1, 600)), max_size=8).map(
    lambda runs: b"".join(part * count for part, count in runs)
)


@given(RUNS)
def test_lz4_is_read_by_cramjam(data: bytes) -> None:
    block = lz4_block.compress(data)
    assert bytes(cramjam.lz4.decompress_block(block, output_len=len(data))) == data


@given(RUNS)
def test_lz4_of_cramjam_is_read(data: bytes) -> None:
    block = bytes(cramjam.lz4.compress_block(data, store_size=False))
    assert lz4_block.decompress(block, len(data)) == data


@given(RUNS)
def test_snappy_is_read_by_cramjam(data: bytes) -> None:
    assert bytes(cramjam.snappy.decompress_raw(snappy_block.compress(data))) == data


@given(RUNS)
def test_snappy_of_cramjam_is_read(data: bytes) -> None:
    assert snappy_block.decompress(bytes(cramjam.snappy.compress_raw(data))) == data


def test_repeated_bytes_become_smaller() -> None:
    assert len(lz4_block.compress(b"a" * 10_000)) < 100


@given(st.binary(max_size=60), st.integers(0, 1000))
def test_hostile_blocks_end_in_an_error_or_in_the_length_asked_for(block: bytes, length: int) -> None:
    with contextlib.suppress(BlockError):
        assert len(lz4_block.decompress(block, length)) == length
    with contextlib.suppress(BlockError):
        assert len(snappy_block.decompress(block, 1000)) <= 1000


@pytest.mark.parametrize("cut", range(1, 20))
def test_blocks_that_end_early(cut: int) -> None:
    data = b"0123456789" + b"a" * 100 + b"end of the data"
    with pytest.raises(BlockError):
        lz4_block.decompress(lz4_block.compress(data)[:-cut], len(data))
    with pytest.raises(BlockError):
        snappy_block.decompress(snappy_block.compress(data)[:-cut])
