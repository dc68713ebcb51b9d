"""Traps in the bytes of values that have no place in the tests of one type."""

from __future__ import annotations

import uuid

import pytest

from aiocql.errors import DecodeError, EncodeError
from aiocql.sentinels import EMPTY
from aiocql.types.codec import Codec
from aiocql.types.names import parse_cql_type
from aiocql.types.registry import CodecRegistry, default_registry


def codec(kind: str) -> Codec:
    return default_registry().codec(parse_cql_type(kind))


@pytest.mark.parametrize(
    ("size", "length"), [(0, "00"), (127, "7f"), (128, "8080"), (16384, "c04000"), (256000, "c3e800")]
)
def test_lengths_of_vector_elements_are_unsigned_vints(size: int, length: str) -> None:
    data = codec("vector<blob, 1>").to_bytes([bytes(size)])
    assert data == bytes.fromhex(length) + bytes(size)
    assert codec("vector<blob, 1>").from_bytes(data) == [bytes(size)]


def test_the_longest_vint_has_nine_bytes() -> None:
    least = bytes.fromhex("0000" + "ff" * 9)
    assert codec("duration").from_bytes(least).nanoseconds == -(2**63)
    assert codec("duration").to_bytes(codec("duration").from_bytes(least)) == least


@pytest.mark.parametrize("data", ["", "00", "0000", "00000000", "000002" + "00"])
def test_a_duration_has_exactly_three_vints(data: str) -> None:
    if data == "":
        assert codec("duration").from_bytes(b"") is EMPTY
        return
    with pytest.raises(DecodeError):
        codec("duration").from_bytes(bytes.fromhex(data))


@pytest.mark.parametrize("kind", ["list<int>", "set<int>", "map<int, int>"])
@pytest.mark.parametrize("count", [-1, -(2**31)])
def test_a_negative_count_of_elements_is_an_error_not_nothing(kind: str, count: int) -> None:
    with pytest.raises(DecodeError, match="a count of -"):
        codec(kind).from_bytes(count.to_bytes(4, signed=True))


@pytest.mark.parametrize("kind", ["list<int>", "set<int>"])
def test_a_null_among_elements_is_read_as_none(kind: str) -> None:
    data = b"\0\0\0\1" + b"\xff\xff\xff\xff"
    assert list(codec(kind).from_bytes(data)) == [None]


@pytest.mark.parametrize("kind", ["tinyint", "smallint", "date", "time"])
def test_types_of_a_fixed_size_elsewhere_have_lengths_in_vectors(kind: str) -> None:
    size = {"tinyint": 1, "smallint": 2, "date": 4, "time": 8}[kind]
    data = codec(f"vector<{kind}, 2>").to_bytes([codec(kind).from_bytes(bytes(size))] * 2)
    assert data == (bytes([size]) + bytes(size)) * 2


def test_a_class_of_one_name_in_a_vector_is_the_type_of_that_name() -> None:
    text = "org.apache.cassandra.db.marshal.VectorType(org.apache.cassandra.db.marshal.Int32Type , 2)"
    from aiocql.types.names import parse_class_name

    assert str(parse_class_name(text)) == "vector<int, 2>"


def test_a_mapped_address_stays_one_of_sixteen_bytes() -> None:
    data = bytes(10) + b"\xff\xff\1\2\3\4"
    assert codec("inet").to_bytes(codec("inet").from_bytes(data)) == data


def test_a_uuid_of_any_version_is_a_uuid_but_no_timeuuid() -> None:
    value = uuid.UUID(int=(1 << 128) - 1)
    assert codec("uuid").from_bytes(codec("uuid").to_bytes(value)) == value
    with pytest.raises(EncodeError):
        codec("timeuuid").to_bytes(value)


def test_equal_in_python_is_not_merged() -> None:
    zeros = codec("set<double>").from_bytes(b"\0\0\0\2\0\0\0\x08\x80" + bytes(7) + b"\0\0\0\x08" + bytes(8))
    assert repr(zeros) == "CqlSet([-0.0, 0.0])"
    one = b"\0\0\0\2" + b"\0\0\0\5" + b"\0\0\0\0\1" + b"\0\0\0\5" + b"\0\0\0\1\x0a"
    assert repr(codec("set<decimal>").from_bytes(one)) == "CqlSet([Decimal('1'), Decimal('1.0')])"


def test_a_blob_outlives_what_it_was_read_from() -> None:
    held = bytearray(b"abc")
    value = CodecRegistry().codec(parse_cql_type("blob")).from_bytes(held)
    held[:] = b"xyz"
    assert value == b"abc"
