"""Descriptions of types: equality, immutability, and how they are printed."""

from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given
from tests.unit.types.cql_values import types

from aiocql.types.descriptors import (
    SCALARS,
    CqlType,
    CustomType,
    ListType,
    MapType,
    ScalarType,
    SetType,
    TupleType,
    UserType,
    VectorType,
    thawed,
)

INT = SCALARS["int"]


@given(types)
def test_descriptions_are_values(cql_type: CqlType) -> None:
    again = pickle.loads(pickle.dumps(cql_type))
    assert again == cql_type
    assert hash(again) == hash(cql_type)
    assert copy.deepcopy(cql_type) == cql_type
    assert eval(repr(cql_type)) == cql_type
    with pytest.raises(AttributeError, match="immutable"):
        cql_type.name = "x"  # type: ignore[attr-defined]
    with pytest.raises(AttributeError, match="immutable"):
        del cql_type.name  # type: ignore[attr-defined]


def test_different_descriptions_are_not_equal() -> None:
    made = [
        INT,
        SCALARS["text"],
        ListType(INT),
        ListType(INT, True),
        SetType(INT),
        TupleType([INT]),
        VectorType(INT, 1),
        VectorType(INT, 2),
        CustomType("int"),
        UserType("a", "t", ["x"], [INT]),
        UserType("b", "t", ["x"], [INT]),
        UserType("a", "t", ["y"], [INT]),
    ]
    assert len(set(made)) == len(made)
    assert INT != "int"
    assert ScalarType("int") == INT


@pytest.mark.parametrize(
    ("cql_type", "text"),
    [
        (MapType(INT, ListType(INT, True), True), "frozen<map<int, frozen<list<int>>>>"),
        (TupleType([INT, SetType(INT)]), "frozen<tuple<int, set<int>>>"),
        (VectorType(SCALARS["float"], 3), "vector<float, 3>"),
        (UserType("ks", "plain", [], []), "ks.plain"),
        (UserType("", "plain", [], [], True), "frozen<plain>"),
        (UserType("Ks", 'a"b', [], []), '"Ks"."a""b"'),
        (CustomType("a.B"), "'a.B'"),
    ],
)
def test_descriptions_are_printed_as_cql(cql_type: CqlType, text: str) -> None:
    assert str(cql_type) == text


def test_thawing_reaches_everything() -> None:
    frozen = MapType(INT, UserType("k", "t", ["a"], [ListType(SetType(INT, True), True)], True), True)
    assert thawed(TupleType([VectorType(frozen, 2)])) == TupleType(
        [VectorType(MapType(INT, UserType("k", "t", ["a"], [ListType(SetType(INT))])), 2)]
    )


def test_a_user_type_has_a_type_for_each_field() -> None:
    with pytest.raises(ValueError, match="as many"):
        UserType("k", "t", ["a"], [])
