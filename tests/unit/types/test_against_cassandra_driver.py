"""The bytes of every type and nesting equal cassandra-driver's, save where it is wrong: those cases are listed here."""

from __future__ import annotations

import datetime as dt
import decimal
import struct
import uuid
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.types.cql_values import (
    PLAIN,
    REGISTRY,
    SCALAR_VALUES,
    driver_type,
    driver_value,
    exactly,
    typed_values,
)

from aiocql.errors import EncodeError
from aiocql.types.descriptors import SCALARS, CqlType, ListType, ScalarType


def ours(cql_type: CqlType, value: Any) -> bytes | None:
    return REGISTRY.codec(cql_type).to_bytes(value)


def theirs(cql_type: CqlType, value: Any) -> bytes:
    encoded: bytes = driver_type(cql_type).to_binary(driver_value(value), 5)
    return encoded


@pytest.mark.parametrize("name", sorted(PLAIN))
@settings(max_examples=50)
@given(data=st.data())
def test_every_scalar_has_the_bytes_of_cassandra_driver(name: str, data: st.DataObject) -> None:
    value = data.draw(SCALAR_VALUES[name])
    assert ours(ScalarType(name), value) == theirs(ScalarType(name), value)


@settings(max_examples=150)
@given(typed_values)
def test_every_nesting_has_the_bytes_of_cassandra_driver(typed: tuple[CqlType, Any]) -> None:
    cql_type, value = typed
    assert ours(cql_type, value) == theirs(cql_type, value)


@settings(max_examples=150)
@given(typed_values)
def test_every_value_survives_the_round_trip(typed: tuple[CqlType, Any]) -> None:
    cql_type, value = typed
    codec = REGISTRY.codec(cql_type)
    assert exactly(codec.from_bytes(codec.to_bytes(value)), value)


@pytest.mark.parametrize("name", sorted(PLAIN))
@settings(max_examples=50)
@given(data=st.data())
def test_every_scalar_survives_the_round_trip(name: str, data: st.DataObject) -> None:
    value = data.draw(SCALAR_VALUES[name])
    codec = REGISTRY.codec(SCALARS[name])
    assert exactly(codec.from_bytes(codec.to_bytes(value)), value)


class TestWhereCassandraDriverIsWrong:
    """Each test shows both: their bytes or error, and ours."""

    def test_a_null_in_a_collection_becomes_an_empty_value(self) -> None:
        ints = ListType(SCALARS["int"])
        assert theirs(ints, [1, None]).hex() == "00000002000000040000000100000000"
        with pytest.raises(EncodeError, match="hold no nulls"):
            ours(ints, [1, None])

    def test_microseconds_before_1970_are_cut_off_towards_1970(self) -> None:
        moment = dt.datetime(1969, 12, 31, 23, 59, 59, 999500)
        assert theirs(SCALARS["timestamp"], moment) == struct.pack(">q", 0)
        assert ours(SCALARS["timestamp"], moment) == struct.pack(">q", -1)

    def test_the_last_microsecond_of_datetime_becomes_a_moment_beyond_it(self) -> None:
        assert theirs(SCALARS["timestamp"], dt.datetime.max) == struct.pack(">q", 253_402_300_800_000)
        assert ours(SCALARS["timestamp"], dt.datetime.max) == struct.pack(">q", 253_402_300_799_999)

    def test_decimals_beyond_4300_digits_fail(self) -> None:
        long = decimal.Decimal((0, (7,) * 5001, -3))
        with pytest.raises(ValueError, match="4300"):
            theirs(SCALARS["decimal"], long)
        codec = REGISTRY.codec(SCALARS["decimal"])
        assert exactly(codec.from_bytes(codec.to_bytes(long)), long)

    def test_a_bool_is_taken_for_a_number(self) -> None:
        assert theirs(SCALARS["int"], True).hex() == "00000001"
        with pytest.raises(EncodeError, match="bool"):
            ours(SCALARS["int"], True)

    def test_a_uuid_of_any_version_is_taken_for_a_timeuuid(self) -> None:
        value = uuid.uuid4()
        assert theirs(SCALARS["timeuuid"], value) == value.bytes
        with pytest.raises(EncodeError, match="version 4"):
            ours(SCALARS["timeuuid"], value)
