"""Bytes that no server should send: each is a typed error, within the memory that the bytes themselves have."""

from __future__ import annotations

import contextlib
import struct
import tracemalloc
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.types.cql_values import PLAIN, REGISTRY, typed_values, types

from aiocql.errors import DecodeError, Error, ProtocolError
from aiocql.types.descriptors import (
    SCALARS,
    CqlType,
    ListType,
    MapType,
    SetType,
    TupleType,
    UserType,
    VectorType,
)
from aiocql.types.registry import MAX_DEPTH, CodecRegistry

pytestmark = pytest.mark.fault(33)

INT = SCALARS["int"]
TEXT = SCALARS["text"]


def refuse_or_accept(cql_type: CqlType, data: bytes) -> None:
    """Decodes; anything but a value or a DecodeError fails the test."""
    with contextlib.suppress(DecodeError):
        REGISTRY.codec(cql_type).from_bytes(data)


@pytest.mark.parametrize("name", sorted(PLAIN))
@settings(max_examples=50)
@given(data=st.binary(max_size=40))
def test_random_bytes_of_a_scalar(name: str, data: bytes) -> None:
    refuse_or_accept(SCALARS[name], data)


@settings(max_examples=150)
@given(types, st.binary(max_size=80))
def test_random_bytes_of_any_type(cql_type: CqlType, data: bytes) -> None:
    refuse_or_accept(cql_type, data)


@settings(max_examples=150)
@given(typed_values, st.data())
def test_true_bytes_cut_lengthened_or_changed(typed: tuple[CqlType, Any], data: st.DataObject) -> None:
    cql_type, value = typed
    good = REGISTRY.codec(cql_type).to_bytes(value)
    assert good is not None
    refuse_or_accept(cql_type, good[: data.draw(st.integers(0, len(good)))])
    refuse_or_accept(cql_type, good + data.draw(st.binary(max_size=8)))
    if good:
        at = data.draw(st.integers(0, len(good) - 1))
        refuse_or_accept(cql_type, good[:at] + data.draw(st.binary(max_size=4)) + good[at + 1 :])


@pytest.mark.parametrize(
    "cql_type", [ListType(INT), SetType(INT), SetType(ListType(INT)), MapType(INT, INT)], ids=str
)
@pytest.mark.parametrize("count", [-1, -(2**31), 2**31 - 1, 3])
def test_a_count_beyond_the_bytes_allocates_nothing(cql_type: CqlType, count: int) -> None:
    codec = REGISTRY.codec(cql_type)
    data = struct.pack(">i", count) + b"\0\0\0\0" * 2
    tracemalloc.start()
    try:
        with pytest.raises(DecodeError, match="elements"):
            codec.from_bytes(data)
        assert tracemalloc.get_traced_memory()[1] < 100_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("element", ["int", "text", "float"])
def test_a_vector_of_two_billion_dimensions_allocates_nothing(element: str) -> None:
    codec = REGISTRY.codec(VectorType(SCALARS[element], 500_000_000))
    tracemalloc.start()
    try:
        with pytest.raises(DecodeError):
            codec.from_bytes(b"\1" * 1000)
        assert tracemalloc.get_traced_memory()[1] < 100_000
    finally:
        tracemalloc.stop()


def test_a_vector_larger_than_any_value_is_refused() -> None:
    inner = VectorType(SCALARS["bigint"], 2**27)
    with pytest.raises(DecodeError, match="larger than a value can be"):
        REGISTRY.codec(VectorType(inner, 2**31 - 1))


@pytest.mark.parametrize(
    ("cql_type", "data"),
    [
        (ListType(INT), "00000001 7fffffff 00000000"),
        (ListType(INT), "00000001 00000005 0000000000"),
        (ListType(INT), "00000001 00000004 00000007 00"),
        (ListType(INT), "000000"),
        (SetType(TEXT), "00000001 00000002 61"),
        (MapType(INT, INT), "00000001 00000004 00000007"),
        (TupleType((INT, INT)), "00000004 00000001 00000004 00000002 00000004 00000003"),
        (TupleType((INT, INT)), "00000004 00000001 000000"),
        (TupleType((INT, INT)), "00000004 0000"),
        (UserType("k", "t", ["a"], [INT]), "00000009 00"),
        (VectorType(TEXT, 2), "01 61 05 62"),
        (VectorType(TEXT, 2), "01 61 01 62 63"),
        (VectorType(TEXT, 2), "ff ffffffffffffffff 00"),
        (VectorType(INT, 2), "00000001"),
        (VectorType(INT, 1), "00000001 00"),
        (VectorType(SCALARS["float"], 1), "00000001 00"),
        (SCALARS["boolean"], "0000"),
        (SCALARS["tinyint"], "0000"),
        (SCALARS["smallint"], "00"),
        (INT, "0000000000"),
        (SCALARS["bigint"], "00000000"),
        (SCALARS["double"], "00000000"),
        (SCALARS["decimal"], "00000000"),
        (SCALARS["uuid"], "00" * 15),
        (SCALARS["inet"], "00" * 5),
        (SCALARS["timestamp"], "00"),
        (SCALARS["date"], "00"),
        (SCALARS["time"], "00"),
        (SCALARS["duration"], "00"),
        (SCALARS["duration"], "0000"),
        (SCALARS["duration"], "00000000"),
        (SCALARS["duration"], "0000ff"),
        (SCALARS["duration"], "020100"),
        (SCALARS["duration"], "f8ffffffffff 00 00"),
        (SCALARS["empty"], "00"),
        (SCALARS["ascii"], "80"),
        (TEXT, "ff"),
        (TEXT, "eda080"),
        (TEXT, "c080"),
    ],
    ids=str,
)
def test_bytes_that_are_no_value(cql_type: CqlType, data: str) -> None:
    with pytest.raises(DecodeError):
        REGISTRY.codec(cql_type).from_bytes(bytes.fromhex(data))


def test_errors_of_decoding_hold_nothing_of_the_value() -> None:
    secret = b"secret-\xff-canary"
    for name in ("text", "ascii"):
        with pytest.raises(DecodeError) as caught:
            REGISTRY.codec(SCALARS[name]).from_bytes(secret)
        error: BaseException | None = caught.value
        assert "secret" not in str(error)
        assert error is not None
        assert error.__context__ is None
        assert error.__cause__ is None


def test_types_are_nested_to_a_limit_only() -> None:
    registry = CodecRegistry()
    cql_type: CqlType = INT
    for _ in range(MAX_DEPTH):
        cql_type = ListType(cql_type)
    data = struct.pack(">i", 7)
    for _ in range(MAX_DEPTH):
        data = struct.pack(">ii", 1, len(data)) + data
    assert registry.codec(cql_type).from_bytes(data) is not None
    with pytest.raises(ProtocolError, match="nested deeper than 64"):
        CodecRegistry().codec(ListType(cql_type))


def test_a_long_decimal_costs_less_than_quadratic_time() -> None:
    """T16: no text on the way (a limit of 4300 digits), and a long value is no stall."""
    codec = REGISTRY.codec(SCALARS["decimal"])
    value = codec.from_bytes(struct.pack(">i", 5) + b"\x7f" * 100_000)
    assert len(value.as_tuple().digits) > 240_000
    assert value.as_tuple().exponent == -5
    encoded = codec.to_bytes(value)
    assert encoded == struct.pack(">i", 5) + b"\x7f" * 100_000


@pytest.mark.parametrize("scale", [-(2**31), 2**31 - 1])
def test_a_decimal_of_extreme_scale_is_only_its_digits_and_exponent(scale: int) -> None:
    codec = REGISTRY.codec(SCALARS["decimal"])
    data = struct.pack(">i", scale) + b"\x05"
    value = codec.from_bytes(data)
    assert value.as_tuple() == (0, (5,), -scale)
    assert codec.to_bytes(value) == data


def test_every_refusal_is_below_the_errors_of_the_driver() -> None:
    assert issubclass(DecodeError, Error)
    assert issubclass(ProtocolError, Error)
