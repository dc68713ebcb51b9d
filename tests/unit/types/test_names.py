"""The names of types: CQL's and those of Cassandra's classes."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.types.cql_values import types

from aiocql.errors import ConfigurationError, Error, ProtocolError
from aiocql.types.descriptors import (
    SCALARS,
    CqlType,
    CustomType,
    ListType,
    MapType,
    SetType,
    TupleType,
    UserType,
    VectorType,
)
from aiocql.types.names import MAX_TYPES, parse_class_name, parse_cql_type

P = "org.apache.cassandra.db.marshal."
INT, TEXT, FLOAT = SCALARS["int"], SCALARS["text"], SCALARS["float"]
ADDRESS = UserType("shop", "Home address", ["a"], [INT])
MADE = UserType("ks", "made", ["f0"], [INT])


def lookup(keyspace: str, name: str) -> UserType | None:
    return {("shop", "Home address"): ADDRESS, ("ks", "made"): MADE}.get((keyspace, name))


@pytest.mark.parametrize(
    ("text", "cql_type"),
    [
        *[(name, cql_type) for name, cql_type in SCALARS.items()],
        ("varchar", TEXT),
        ("INT", INT),
        (" list < int > ", ListType(INT)),
        ("frozen<list<int>>", ListType(INT, True)),
        ("set<frozen<set<text>>>", SetType(SetType(TEXT, True))),
        ("frozen<map<text, list<int>>>", MapType(TEXT, ListType(INT), True)),
        ("tuple<int, text>", TupleType([INT, TEXT])),
        ("frozen<tuple<int, text>>", TupleType([INT, TEXT])),
        ("vector<float, 768>", VectorType(FLOAT, 768)),
        ("vector<vector<int,2>,3>", VectorType(VectorType(INT, 2), 3)),
        ('"Home address"', ADDRESS),
        ('frozen<shop."Home address">', UserType("shop", "Home address", ["a"], [INT], True)),
        ("ks.made", MADE),
        ("KS.Made", MADE),
        (f"'{P}ReversedType({P}Int32Type)'", INT),
        ("'com.example.Thing'", CustomType("com.example.Thing")),
    ],
)
def test_cql_names(text: str, cql_type: CqlType) -> None:
    assert parse_cql_type(text, lookup, "shop") == cql_type


@given(types)
def test_what_a_type_is_printed_as_is_read_again(cql_type: CqlType) -> None:
    known: dict[tuple[str, str], UserType] = {}

    def note(inner: CqlType) -> None:
        match inner:
            case UserType(keyspace, name, _, fields):
                known[keyspace, name] = inner
                for field in fields:
                    note(field)
            case ListType(element) | SetType(element) | VectorType(element):
                note(element)
            case MapType(key, value):
                note(key)
                note(value)
            case TupleType(elements):
                for element in elements:
                    note(element)

    note(cql_type)
    again = parse_cql_type(str(cql_type), lambda keyspace, name: known[keyspace, name])
    assert str(again) == str(cql_type)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "list",
        "list<",
        "list<int",
        "list<int>>",
        "list<>",
        "list<int,int>",
        "map<int>",
        "int int",
        "int>",
        "vector<int>",
        "vector<int, 0>",
        "vector<int, -1>",
        "vector<int, 2147483648>",
        "vector<int, 99999999999999999999>",
        "vector<int, x>",
        "'unclosed",
        '"unclosed',
        "foo",
        "nowhere.made",
        "ks.",
        "ks.<",
        "what<int>",
        "int;",
        "a-b",
    ],
)
def test_what_is_no_cql_type(text: str) -> None:
    with pytest.raises(ConfigurationError):
        parse_cql_type(text, lookup)


def test_a_user_type_needs_someone_who_knows_it() -> None:
    with pytest.raises(ConfigurationError, match="no type made in keyspace ks"):
        parse_cql_type("made", None, "ks")


@pytest.mark.parametrize(
    ("text", "cql_type"),
    [
        (P + "Int32Type", INT),
        ("Int32Type", INT),
        (f"{P}VectorType({P}FloatType , 3)", VectorType(FLOAT, 3)),
        (f"{P}VectorType({P}VectorType({P}UTF8Type , 2) , 3)", VectorType(VectorType(TEXT, 2), 3)),
        (f"{P}ReversedType({P}TimeUUIDType)", SCALARS["timeuuid"]),
        (f"{P}FrozenType({P}ListType({P}Int32Type))", ListType(INT, True)),
        (f"{P}MapType({P}UTF8Type,{P}SetType({P}SimpleDateType))", MapType(TEXT, SetType(SCALARS["date"]))),
        (
            f"{P}TupleType({P}TimeType,{P}ShortType,{P}ByteType)",
            TupleType([SCALARS["time"], SCALARS["smallint"], SCALARS["tinyint"]]),
        ),
        (P + "DurationType", SCALARS["duration"]),
        (P + "EmptyType", SCALARS["empty"]),
        (P + "LexicalUUIDType", SCALARS["uuid"]),
        (P + "BytesType", SCALARS["blob"]),
        (P + "DateType", SCALARS["timestamp"]),
        (P + "CounterColumnType", SCALARS["counter"]),
        (f"{P}UserType(shop,{b'Home address'.hex()},{b'a'.hex()}:{P}Int32Type)", ADDRESS),
        (
            f"{P}CompositeType({P}Int32Type,{P}UTF8Type)",
            CustomType(f"{P}CompositeType({P}Int32Type,{P}UTF8Type)"),
        ),
        (
            f"{P}DynamicCompositeType(a=>{P}BytesType)",
            CustomType(f"{P}DynamicCompositeType(a=>{P}BytesType)"),
        ),
        (P + "PartitionerDefinedOrder", CustomType(P + "PartitionerDefinedOrder")),
        ("com.example.Int32Type", CustomType("com.example.Int32Type")),
        (f"{P}ListType(com.example.Odd(z=>(1,2)))", ListType(CustomType("com.example.Odd(z=>(1,2))"))),
        ("anything (((", CustomType("anything (((")),
        ("", CustomType("")),
    ],
)
def test_class_names(text: str, cql_type: CqlType) -> None:
    assert parse_class_name(text) == cql_type


def test_the_class_of_a_duration_inside_a_user_type() -> None:
    found = parse_class_name(
        f"{P}UserType(k,{b't'.hex()},{'ä b'.encode().hex()}:{P}DurationType,{b'class'.hex()}:{P}UTF8Type)"
    )
    assert found == UserType("k", "t", ["ä b", "class"], [SCALARS["duration"], TEXT])


@pytest.mark.parametrize(
    "text",
    [
        "ListType",
        "ListType(",
        "ListType(Int32Type",
        "ListType(Int32Type)x",
        "ListType(Int32Type,Int32Type)",
        "ListType()",
        "MapType(Int32Type)",
        "ReversedType(Int32Type,Int32Type)",
        "VectorType(FloatType)",
        "VectorType(FloatType,0)",
        "VectorType(FloatType,-1)",
        "VectorType(FloatType,2147483648)",
        "UserType(k)",
        "UserType(k,zz)",
        "UserType(k,ff)",
        "UserType(k,61,62)",
        "UserType(k,61,62:)",
        "Int32Type(",
        "ListType(Odd(()",
    ],
)
def test_known_classes_with_impossible_parameters(text: str) -> None:
    with pytest.raises(ProtocolError):
        parse_class_name(text)


@pytest.mark.parametrize("depth", [65, 5000, 200_000])
def test_names_are_nested_to_a_limit_only(depth: int) -> None:
    with pytest.raises(ProtocolError, match="deeper than 64"):
        parse_class_name("ListType(" * depth + "Int32Type" + ")" * depth)
    with pytest.raises(ConfigurationError, match="deeper than 64"):
        parse_cql_type("list<" * depth + "int" + ">" * depth)
    with pytest.raises(ProtocolError, match="deeper than 64"):
        parse_class_name("UserType(k,61,62:" * depth + "Int32Type" + ")" * depth)


def test_names_hold_a_limited_number_of_types() -> None:
    assert len(parse_class_name(f"TupleType({','.join(['Int32Type'] * 1000)})").elements) == 1000  # type: ignore[attr-defined]
    many = ["Int32Type"] * MAX_TYPES
    with pytest.raises(ProtocolError, match="more than"):
        parse_class_name(f"TupleType({','.join(many)})")
    with pytest.raises(ConfigurationError, match="more than"):
        parse_cql_type(f"tuple<{','.join(['int'] * MAX_TYPES)}>")


@given(st.text(alphabet="ListTypeInt32UserVector(),:<>'\" 0f.", max_size=60))
def test_any_text_is_a_type_or_a_typed_error(text: str) -> None:
    for parse in (parse_class_name, parse_cql_type):
        with contextlib.suppress(Error):
            assert isinstance(parse(text), CqlType)
