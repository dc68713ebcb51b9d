"""CqlSet and CqlMap by themselves."""

from __future__ import annotations

import copy
import math
import pickle
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiocql.types.containers import CqlMap, CqlSet

NAN = math.nan


class Unhashable:
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, n: int) -> None:
        self.n = n

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Unhashable) and self.n == other.n


ELEMENTS: list[Any] = [
    -0.0,
    0.0,
    NAN,
    1,
    True,
    1.0,
    Decimal("1.0"),
    Decimal("1.00"),
    [1],
    (1,),
    {"a": [1]},
    {1},
    Unhashable(1),
]


def test_every_element_is_kept_in_order_and_found() -> None:
    found = CqlSet(ELEMENTS)
    assert len(found) == len(ELEMENTS)
    assert all(a is b for a, b in zip(found, ELEMENTS, strict=True))
    assert all(element in found for element in ELEMENTS)
    assert found[-1] is ELEMENTS[-1]
    for absent in (2, [2], {"a": [2]}, Unhashable(2), "x", None, (1, 2)):
        assert absent not in found


def test_every_key_finds_its_own_value() -> None:
    found = CqlMap([(element, place) for place, element in enumerate(ELEMENTS)])
    assert [found[element] for element in ELEMENTS] == list(range(len(ELEMENTS)))
    assert [value for _, value in found.items()] == list(found.values()) == list(range(len(ELEMENTS)))
    assert all(a is b for a, b in zip(found, ELEMENTS, strict=True))
    assert found.keys() >= {1}
    assert ([1], 8) in found.items()
    assert [1] in found
    for absent in (2, [2], Unhashable(2)):
        assert absent not in found
        assert found.get(absent, "no") == "no"
        with pytest.raises(KeyError):
            found[absent]


def test_an_equal_key_is_taken_where_the_exact_one_is_not_there() -> None:
    assert CqlMap({0.0: "a"})[0] == "a"
    assert CqlMap({-0.0: "a"})[0.0] == "a"
    assert CqlMap([(Decimal("1.00"), "a")])[Decimal(1)] == "a"
    assert 1 in CqlSet([1.0])


def test_they_are_equal_to_pythons_own() -> None:
    assert CqlSet([1.0, 2.0]) == {2.0, 1.0}
    assert {1.0, 2.0} == CqlSet([1.0, 2.0])
    assert CqlSet([1.0]) != {1.0, 2.0}
    assert CqlSet([[1]]) != {1}
    assert CqlSet([[1]]) != [[1]]
    assert CqlSet([NAN]) == CqlSet([float("nan")])
    assert CqlMap({1.0: "a"}) == {1: "a"}
    assert CqlMap({1.0: "a"}) == {1: "a"}
    assert CqlMap({1.0: "a"}) != {1.0: "b"}
    assert CqlMap({1.0: "a"}) != {}
    assert CqlMap([([1], "a")]) != {1: "a"}
    assert CqlMap() != 3


def test_set_operators_lose_nothing() -> None:
    zeros = CqlSet([-0.0, 0.0])
    assert len(zeros | CqlSet([NAN, NAN])) == 3
    assert list(zeros & {0.0}) == [0.0]
    assert list(CqlSet([1.0, 2.0]) - {1.0}) == [2.0]
    assert CqlSet([1.0]) <= {1.0, 2.0}
    assert CqlSet([1.0]).isdisjoint({2.0})
    assert type(zeros | {1.0}) is CqlSet


def test_they_are_read_only_and_not_hashable() -> None:
    for value in (CqlSet([1]), CqlMap({1: 2})):
        with pytest.raises(TypeError, match="unhashable"):
            hash(value)
        with pytest.raises(AttributeError):
            value.other = 1  # type: ignore[union-attr]
    with pytest.raises(TypeError):
        CqlMap({1: 2})[1] = 3  # type: ignore[index]


def test_they_are_copied_pickled_and_printed() -> None:
    for value in (CqlSet([1.0, [2]]), CqlMap([([1], {2: 3})])):
        assert copy.deepcopy(value) == value
        assert pickle.loads(pickle.dumps(value)) == value
        assert eval(repr(value)) == value


@given(st.lists(st.integers() | st.text() | st.booleans().map(str)))
def test_with_distinct_elements_a_cql_set_is_a_set(items: list[Any]) -> None:
    distinct = list(dict.fromkeys(items))
    assert CqlSet(distinct) == set(distinct)
    assert dict(CqlMap(dict.fromkeys(distinct, 1))) == dict.fromkeys(distinct, 1)


def test_lookup_among_many_does_not_look_at_each() -> None:
    compared = 0

    class Counted(float):
        __hash__ = float.__hash__

        def __eq__(self, other: object) -> bool:
            nonlocal compared
            compared += 1
            return float.__eq__(self, other)

    many = CqlMap([(Counted(i), i) for i in range(1000)])
    assert many[Counted(7)] == 7
    compared = 0
    assert [many[Counted(i)] for i in range(1000)] == list(range(1000))
    assert compared < 10_000
