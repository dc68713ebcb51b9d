"""list, set, map, tuple: what they take, what they give, and what they refuse."""

from __future__ import annotations

import math
import struct
from collections import ChainMap, OrderedDict
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import numpy
import pytest
from tests.unit.types.cql_values import REGISTRY, exactly

from aiocql.errors import EncodeError
from aiocql.sentinels import EMPTY, UNSET
from aiocql.types.containers import CqlMap, CqlSet
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

INT, TEXT, DOUBLE = SCALARS["int"], SCALARS["text"], SCALARS["double"]
INTS = ListType(INT)


def encode(cql_type: CqlType, value: Any) -> bytes:
    data = REGISTRY.codec(cql_type).to_bytes(value)
    assert data is not None
    return data


def decode(cql_type: CqlType, data: bytes) -> Any:
    return REGISTRY.codec(cql_type).from_bytes(data)


def elements(*items: bytes | None, count: int | None = None) -> bytes:
    out = struct.pack(">i", len(items) if count is None else count)
    return out + b"".join(
        struct.pack(">i", -1) if i is None else struct.pack(">i", len(i)) + i for i in items
    )


ONE, TWO = struct.pack(">i", 1), struct.pack(">i", 2)


@pytest.mark.parametrize(
    "value",
    [
        [1, 2],
        (1, 2),
        {1: 0, 2: 0}.keys(),
        range(1, 3),
        (i for i in (1, 2)),
        numpy.array([1, 2]),
        CqlSet([1, 2]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_list_takes_any_iterable(value: Any) -> None:
    assert encode(INTS, value) == elements(ONE, TWO)


@pytest.mark.parametrize("value", ["12", b"12", bytearray(b"12"), {1: 2}, 12, None.__class__])
@pytest.mark.parametrize("kind", [ListType, SetType])
def test_text_bytes_and_mappings_are_no_collections(kind: Any, value: Any) -> None:
    with pytest.raises(EncodeError, match="iterable of its elements"):
        encode(kind(INT), value)


@pytest.mark.parametrize("value", [{1, 2}, frozenset({1, 2}), [1, 2]])
def test_a_set_takes_any_iterable(value: Any) -> None:
    assert encode(SetType(INT), value) == elements(ONE, TWO)


@pytest.mark.parametrize(
    "value",
    [{1: "a"}, OrderedDict({1: "a"}), MappingProxyType({1: "a"}), ChainMap({1: "a"}), CqlMap([(1, "a")])],
    ids=lambda value: type(value).__name__,
)
def test_a_map_takes_any_mapping(value: Any) -> None:
    assert encode(MapType(INT, TEXT), value) == elements(ONE, b"a", count=1)


@pytest.mark.parametrize("value", [[(1, "a")], {1}, "a"])
def test_a_map_takes_nothing_else(value: Any) -> None:
    with pytest.raises(EncodeError, match="a dict or another mapping"):
        encode(MapType(INT, TEXT), value)


@pytest.mark.parametrize("nothing", [None, UNSET])
def test_collections_hold_no_nulls(nothing: Any) -> None:
    for cql_type, value in (
        (INTS, [1, nothing]),
        (SetType(INT), [nothing]),
        (MapType(INT, INT), {1: nothing}),
        (MapType(INT, INT), {nothing: 1}),
    ):
        with pytest.raises(EncodeError, match="hold no nulls"):
            encode(cql_type, value)


def test_empty_is_an_element_where_it_is_meant() -> None:
    assert encode(INTS, [EMPTY]) == elements(b"")
    assert decode(INTS, elements(b"", ONE)) == [EMPTY, 1]
    assert decode(ListType(TEXT), elements(b"")) == [""]


def test_nulls_inside_are_read() -> None:
    """Functions and virtual tables return them, though none can be written."""
    assert decode(INTS, elements(None, ONE)) == [None, 1]
    assert decode(SetType(INT), elements(None, ONE)) == {None, 1}
    assert decode(MapType(INT, INT), elements(ONE, None, count=1)) == {1: None}
    assert decode(INTS, struct.pack(">ii", 1, -2)) == [None]


def test_no_elements() -> None:
    assert decode(INTS, elements()) == []
    assert decode(SetType(INT), elements()) == set()
    assert decode(SetType(DOUBLE), elements()) == CqlSet()
    assert decode(MapType(INT, INT), elements()) == {}
    assert encode(INTS, []) == elements()


def test_an_element_that_does_not_fit_is_named_by_its_type() -> None:
    with pytest.raises(EncodeError, match="int takes an int, not str"):
        encode(INTS, [1, "canary"])


def test_an_error_of_the_iterable_itself_is_its_own() -> None:
    def broken() -> Any:
        yield 1
        raise RuntimeError("mine")

    with pytest.raises(RuntimeError, match="mine"):
        encode(INTS, broken())


# --- nothing is lost, nothing is merged ------------------------------------------------------------------------


def test_the_element_type_alone_decides_the_python_type() -> None:
    safe = ["int", "text", "uuid", "timestamp", "blob", "boolean", "inet", "varint", "date", "time"]
    for name in safe:
        assert type(decode(SetType(SCALARS[name]), elements())) is set
        assert type(decode(MapType(SCALARS[name], INT), elements())) is dict
    unsafe = [
        DOUBLE,
        SCALARS["float"],
        SCALARS["decimal"],
        INTS,
        SetType(INT),
        MapType(INT, INT),
        VectorType(INT, 1),
    ]
    for cql_type in [*unsafe, TupleType([INT, DOUBLE]), UserType("k", "t", ["a"], [INTS])]:
        assert type(decode(SetType(cql_type), elements())) is CqlSet
        assert type(decode(MapType(cql_type, INT), elements())) is CqlMap
    for cql_type in (TupleType([INT, TEXT]), UserType("k", "t", ["a"], [INT])):
        assert type(decode(SetType(cql_type), elements())) is set


def test_zeros_and_nans_stay_apart() -> None:
    values = [-0.0, 0.0, math.nan, 1.0]
    data = elements(*[struct.pack(">d", value) for value in values])
    found = decode(SetType(DOUBLE), data)
    assert exactly(list(found), values)
    assert encode(SetType(DOUBLE), found) == data
    pairs = CqlMap([(value, place) for place, value in enumerate(values)])
    again = decode(MapType(DOUBLE, INT), encode(MapType(DOUBLE, INT), pairs))
    assert [again[value] for value in values] == [0, 1, 2, 3]


def test_decimals_of_different_scale_stay_apart() -> None:
    values = [Decimal("1.0"), Decimal("1.00"), Decimal("1")]
    found = decode(SetType(SCALARS["decimal"]), encode(SetType(SCALARS["decimal"]), values))
    assert exactly(list(found), values)


def test_lists_sets_and_maps_are_elements_and_keys() -> None:
    lists = SetType(ListType(INT, True))
    assert list(decode(lists, encode(lists, [[1], [2, 1]]))) == [[1], [2, 1]]
    maps = MapType(MapType(INT, INT, True), INT)
    assert decode(maps, encode(maps, CqlMap([({1: 2}, 3)])))[{1: 2}] == 3
    sets = SetType(SetType(INT, True))
    assert {1} in decode(sets, encode(sets, [{1}, {2}]))


# --- tuples ----------------------------------------------------------------------------------------------------

PAIR = TupleType([INT, TEXT])


def component(data: bytes | None) -> bytes:
    return elements(data)[4:]


def test_a_tuple_has_null_components() -> None:
    assert encode(PAIR, (1, None)) == component(ONE) + component(None)
    assert encode(PAIR, [1, "a"]) == component(ONE) + component(b"a")
    assert decode(PAIR, component(None) + component(b"")) == (None, "")


def test_a_tuple_of_fewer_components_is_padded() -> None:
    assert decode(PAIR, component(ONE)) == (1, None)
    assert decode(PAIR, b"") == (None, None)


@pytest.mark.parametrize("value", [(1,), (1, "a", 2), ()])
def test_a_tuple_takes_as_many_components_as_it_has(value: Any) -> None:
    with pytest.raises(EncodeError, match=f"it has {len(value)} components, the type 2"):
        encode(PAIR, value)


def test_a_tuple_takes_tuples_and_lists_only() -> None:
    for value in ({1, 2}, "ab", {1: 2}, 1):
        with pytest.raises(EncodeError, match="a tuple or a list"):
            encode(PAIR, value)
    with pytest.raises(EncodeError, match="UNSET inside"):
        encode(PAIR, (1, UNSET))
