"""The scripted server's blocks against the driver's own, and bytes that are no blocks."""

from __future__ import annotations

import contextlib
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiocql.binary import lz4
from aiocql.protocol.compression import compressor
from aiocql.testing import ToolNotFound
from aiocql.testing.server.blocks import (
    BlockError,
    compress_lz4,
    compress_snappy,
    decompress_lz4,
    decompress_snappy,
)

RUNS = st.lists(st.tuples(st.binary(min_size=1, max_size=5), st.integers(1, 600)), max_size=8).map(
    lambda runs: b"".join(part * count for part, count in runs)
)


@given(RUNS)
def test_lz4_is_read_by_the_driver(data: bytes) -> None:
    assert lz4.decompress(compress_lz4(data), len(data)) == data


@given(RUNS)
def test_lz4_of_the_driver_is_read(data: bytes) -> None:
    assert decompress_lz4(lz4.compress(data), len(data)) == data


@given(RUNS)
def test_snappy_round_trip(data: bytes) -> None:
    assert decompress_snappy(compress_snappy(data)) == data
    assert compressor("snappy").unpack(compress_snappy(data)) == data


def test_repeated_bytes_become_smaller() -> None:
    assert len(compress_lz4(b"a" * 10_000)) < 100
    assert len(compress_snappy(b"a" * 10_000)) < 1000


@given(st.binary(max_size=60), st.integers(0, 1000))
def test_hostile_blocks_end_in_an_error_or_in_the_length_asked_for(block: bytes, length: int) -> None:
    with contextlib.suppress(BlockError):
        assert len(decompress_lz4(block, length)) == length
    with contextlib.suppress(BlockError):
        assert len(decompress_snappy(block, 1000)) <= 1000


@pytest.mark.parametrize("length", [0, 1, 999, 1001])
def test_another_length_than_announced_is_an_error(length: int) -> None:
    with pytest.raises(BlockError):
        decompress_lz4(compress_lz4(b"a" * 1000), length)
    with pytest.raises(BlockError):
        decompress_snappy(compress_snappy(b"a" * 1001), 1000)


@pytest.mark.parametrize("cut", range(1, 20))
def test_blocks_that_end_early(cut: int) -> None:
    data = b"0123456789" + b"a" * 100 + b"end of the data"
    with pytest.raises(BlockError):
        decompress_lz4(compress_lz4(data)[:-cut], len(data))
    with pytest.raises(BlockError):
        decompress_snappy(compress_snappy(data)[:-cut])


def test_missing_cramjam_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cramjam", None)
    with pytest.raises(ToolNotFound, match="cramjam") as raised:
        compress_lz4(b"a")
    assert raised.value.hint == "pip install 'aiocql[testing]'"
