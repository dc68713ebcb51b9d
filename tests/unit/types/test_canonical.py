"""The order of elements of sets and maps: what Cassandra was seen to store."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from aiocql.types.canonical import canonical_form
from aiocql.types.names import parse_cql_type
from aiocql.types.registry import CodecRegistry


def encoded(cql_type: str, value: Any) -> bytes:
    found = CodecRegistry().codec(parse_cql_type(cql_type)).to_bytes(value)
    assert found is not None
    return found


UUID_1 = "5a1c395e-b41f-11e5-9f22-ba0be0483c18"
UUID_4 = "0a1c395e-b41f-41e5-9f22-ba0be0483c18"
LATER = "4a1c395e-c41f-11e5-9f22-ba0be0483c18"
LOW_NODE = "5a1c395e-b41f-11e5-8f22-ba0be0483c18"


@pytest.mark.parametrize(
    ("cql_type", "given", "stored"),
    [
        ("set<int>", [3, -1, 3, 100000], [-1, 3, 100000]),
        ("set<text>", ["b", "é", "a", "", "z"], ["", "a", "b", "z", "é"]),
        ("set<boolean>", [True, False], [False, True]),
        ("set<varint>", [300, -300, 2**70, 5, -5], [-300, -5, 5, 300, 2**70]),
        ("set<decimal>", [Decimal("1.5"), Decimal("-2"), Decimal("1.50"), Decimal("1E+3")], None),
        ("set<double>", [float("nan"), 0.0, -0.0, 1.0, -1.0], [-1.0, -0.0, 0.0, 1.0, float("nan")]),
        ("set<timestamp>", [1000, -1000, 5], [-1000, 5, 1000]),
        ("set<blob>", [b"\xff", b"\1", b"", b"\1\0"], [b"", b"\1", b"\1\0", b"\xff"]),
        ("set<uuid>", [UUID_4, LATER, UUID_1], [UUID_1, LATER, UUID_4]),
        ("set<timeuuid>", [LATER, UUID_1, LOW_NODE], [LOW_NODE, UUID_1, LATER]),
        ("map<int, text>", {5: "a", -5: "b"}, {-5: "b", 5: "a"}),
        ("set<frozen<list<int>>>", [[2], [1, 5], [1], []], [[], [1], [1, 5], [2]]),
        ("set<frozen<set<int>>>", [[3, 1], [2, 0]], [[0, 2], [1, 3]]),
        ("map<int, frozen<set<int>>>", {2: [2, 1], 1: [4, 3]}, {1: [3, 4], 2: [1, 2]}),
        ("set<frozen<map<int, int>>>", [{2: 1, 1: 1}, {1: 0}], [{1: 0}, {1: 1, 2: 1}]),
        (
            "set<frozen<tuple<int, text>>>",
            [(2, "a"), (1, "b"), (None, "z")],
            [(None, "z"), (1, "b"), (2, "a")],
        ),
        ("set<frozen<vector<int, 2>>>", [[2, 1], [-1, 5]], [[-1, 5], [2, 1]]),
        ("list<frozen<set<int>>>", [[3, 1], [2]], [[1, 3], [2]]),
    ],
)
def test_elements_are_stored_in_the_order_of_their_type(cql_type: str, given: Any, stored: Any) -> None:
    form = canonical_form(parse_cql_type(cql_type))
    assert form is not None
    if stored is None:
        # Equal numbers of another scale are one element: the first of them.
        stored = [Decimal("-2"), Decimal("1.5"), Decimal("1E+3")]
    assert form(encoded(cql_type, given)) == encoded(cql_type, stored)


@pytest.mark.parametrize(
    "cql_type", ["int", "list<int>", "tuple<int, frozen<set<int>>>", "vector<int, 2>", "'a.Class'"]
)
def test_other_types_are_stored_as_they_are_sent(cql_type: str) -> None:
    assert canonical_form(parse_cql_type(cql_type)) is None
