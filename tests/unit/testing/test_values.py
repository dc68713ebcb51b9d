"""Values and types in plain Python: both ways, and against cassandra-driver's."""

from __future__ import annotations

import datetime
import decimal
import uuid
from typing import Any

import pytest
from cassandra import cqltypes
from hypothesis import given
from hypothesis import strategies as st

from aiocql.testing import udt
from aiocql.testing.server.cql_types import Type, marshal_name, parse_type, write_option
from aiocql.testing.server.values import decode_value, encode_value

INT64 = st.integers(-(2**63), 2**63 - 1)
BY_TYPE: dict[str, st.SearchStrategy[Any]] = {
    "ascii": st.text(st.characters(max_codepoint=127)),
    "bigint": INT64,
    "blob": st.binary(),
    "boolean": st.booleans(),
    "decimal": st.decimals(allow_nan=False, allow_infinity=False).filter(lambda d: d != 0),
    "double": st.floats(allow_nan=False),
    "inet": st.ip_addresses().map(str),
    "int": st.integers(-(2**31), 2**31 - 1),
    "smallint": st.integers(-(2**15), 2**15 - 1),
    "text": st.text(),
    "tinyint": st.integers(-128, 127),
    "uuid": st.uuids(),
    "varint": st.integers(),
    "list<text>": st.lists(st.text()),
    "map<int, text>": st.dictionaries(st.integers(-(2**31), 2**31 - 1), st.text()),
    "tuple<int, text>": st.tuples(st.integers(0, 9), st.text()),
}


@pytest.mark.parametrize("name", BY_TYPE)
@given(data=st.data())
def test_same_bytes_as_another_implementation(name: str, data: st.DataObject) -> None:
    value = data.draw(BY_TYPE[name])
    of = parse_type(name)
    ours = encode_value(of, value)
    theirs = cqltypes.lookup_casstype(marshal_name(of)).to_binary(value, 5)
    assert ours == theirs
    assert decode_value(of, ours) == value


@pytest.mark.parametrize(
    ("name", "value", "wire"),
    [
        ("varint", 128, "0080"),
        ("varint", -129, "ff7f"),
        ("varint", 0, "00"),
        ("decimal", decimal.Decimal("1E+3"), "fffffffd01"),
        ("duration", (0, 0, 64), "00008080"),
        ("duration", (-1, -2, -3), "010305"),
        ("duration", (2**31 - 1, 2**31 - 1, 2**63 - 1), "f0fffffffef0fffffffefffffffffffffffffe"),
        ("duration", (0, 0, -(2**63)), "0000ffffffffffffffffff"),
        ("date", datetime.date(1969, 12, 31), "7fffffff"),
        ("date", -(2**31), "00000000"),
        ("timestamp", -(2**63), "8000000000000000"),
        ("time", 1, "0000000000000001"),
        ("vector<float, 2>", [1.0, -1.0], "3f800000bf800000"),
        ("vector<smallint, 2>", [1, 2], "020001020002"),
        ("timeuuid", uuid.UUID(int=1), "00000000000000000000000000000001"),
        ("'a.custom.Class'", b"\1\2", "0102"),
    ],
)
def test_known_bytes(name: str, value: object, wire: str) -> None:
    assert encode_value(name, value) == bytes.fromhex(wire)
    assert decode_value(name, bytes.fromhex(wire)) == value


def test_user_defined_types() -> None:
    of = udt("ks", "point", {"x": "int", "y": "frozen<list<int>>"})
    wire = encode_value(of, {"x": 1, "y": [2]})
    assert decode_value(of, wire) == {"x": 1, "y": [2]}
    assert wire is not None
    assert decode_value(of, wire[:8]) == {"x": 1, "y": None}
    assert encode_value(of, (1, [2])) == wire
    assert write_option(of, 5).startswith(b"\0\x30\0\x02ks\0\5point\0\2\0\1x\0\x09")


def test_options_that_a_version_does_not_have_are_custom() -> None:
    assert write_option("duration", 5) == b"\0\x15"
    assert b"DurationType" in write_option("duration", 4)
    assert write_option("smallint", 4) == b"\0\x13"
    assert b"ShortType" in write_option("smallint", 3)
    assert b"VectorType(org.apache.cassandra.db.marshal.FloatType , 3)" in write_option("vector<float, 3>", 5)


@pytest.mark.parametrize("text", ["", "nothing", "list<int", "map<int>", "list<int>>", "vector<int, x>"])
def test_no_types(text: str) -> None:
    with pytest.raises(ValueError):
        parse_type(text)


def test_nested_types() -> None:
    of = parse_type("map<text, frozen<tuple<int, list<varchar>>>>")
    text = Type("text")
    assert of == Type("map", (text, Type("tuple", (Type("int"), Type("list", (text,))))))
