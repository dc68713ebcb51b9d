import pytest
from cassandra.murmur3 import murmur3 as oracle
from hypothesis import given
from hypothesis import strategies as st

from aiocql.binary.murmur3 import token


@pytest.mark.parametrize("length", range(70))
@pytest.mark.parametrize("byte", [0x00, 0x01, 0x7F, 0x80, 0xFF])
def test_every_length_and_sign_of_tail(length: int, byte: int) -> None:
    data = bytes([byte]) * length
    assert token(data) == oracle(data)


@given(st.binary(max_size=200))
def test_like_the_official_driver(data: bytes) -> None:
    assert token(data) == oracle(data)


def test_known_tokens() -> None:
    # Cassandra: SELECT token(k) for a text key of these bytes.
    assert token(b"123") == -7468325962851647638
    assert token(b"\x00\xff\x10\xfa\x99" * 10) == 5837342703291459765
    assert token(b"\xfe" * 8) == -8927430733708461935
    assert token(b"\x10" * 8) == 1446172840243228796
    assert token(b"9223372036854775807") == 7162290910810015547


def test_any_buffer() -> None:
    assert token(bytearray(b"abc")) == token(memoryview(b"abc")) == token(b"abc")
