"""CRC24 and CRC32 of protocol v5, against the other implementations at hand."""

import zlib

import pytest
from cassandra import segment
from hypothesis import given
from hypothesis import strategies as st

from aiocql.binary.crc import crc24_of, crc32_of, use_tables


def test_known_values() -> None:
    """Headers and payloads recorded with another implementation."""
    assert crc24_of(bytes.fromhex("090002")).to_bytes(3, "little").hex() == "a4c8c1"
    assert crc24_of(bytes.fromhex("0900000004")).to_bytes(3, "little").hex() == "c2b895"
    assert crc32_of(b"").to_bytes(4, "little").hex() == "d37e7744"
    assert crc32_of(bytes.fromhex("850000000200000000")).to_bytes(4, "little").hex() == "4f5a5d99"


@given(st.binary(max_size=300))
def test_crc32_is_zlibs_after_four_bytes(data: bytes) -> None:
    """Every length around the eight bytes that one step takes."""
    assert crc32_of(data) == zlib.crc32(data, zlib.crc32(b"\xfa\x2d\x55\xca"))


@given(st.binary(min_size=3, max_size=5))
def test_crc24_is_the_official_drivers(data: bytes) -> None:
    """The official driver takes the header as a number."""
    assert crc24_of(data) == segment.compute_crc24(int.from_bytes(data, "little"), len(data))


@pytest.mark.parametrize("only_tables", [False, True])
def test_both_ways_agree_at_every_length(only_tables: bool) -> None:
    """Around the 16 and 64 bytes that a folding step takes, from any address, and for whole segments."""
    data = bytes(range(256)) * 512
    before = use_tables(only_tables)
    try:
        for size in [*range(300), 1023, 1024, 4097, 131071]:
            part = data[7 : 7 + size]
            assert crc32_of(part) == zlib.crc32(part, zlib.crc32(b"\xfa\x2d\x55\xca")), size
    finally:
        use_tables(before)
