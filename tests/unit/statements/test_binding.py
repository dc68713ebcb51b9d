"""Binding: the server's types drive it, what does not fit is refused before it is sent, the key gives the token."""

from __future__ import annotations

import enum
import uuid
from array import array
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import numpy
import pytest
from cassandra.metadata import Murmur3Token

from aiocql.binary.murmur3 import token as token_of
from aiocql.errors import EncodeError
from aiocql.protocol.metadata import Column, ResultMetadata
from aiocql.sentinels import EMPTY, UNSET
from aiocql.statements.prepared import PreparedStatement
from aiocql.types.names import parse_cql_type
from aiocql.types.registry import default_registry
from aiocql.types.values import Time


def statement(*kinds: str, key: tuple[int, ...] = ()) -> PreparedStatement:
    columns = tuple(Column("ks", "t", f"c{i}", parse_cql_type(kind)) for i, kind in enumerate(kinds))
    prepared: Any = SimpleNamespace(
        id=b"id",
        result_metadata_id=None,
        bind_columns=columns,
        pk_indexes=key,
        result_metadata=ResultMetadata(),
    )
    codecs = tuple(default_registry().codec(column.type) for column in columns)
    return PreparedStatement("INSERT", prepared, codecs, None)


def test_null_unset_and_empty_are_three_different_things() -> None:
    bound, _ = statement("int", "int", "int", "text", "blob").encode([None, UNSET, EMPTY, "", b""])
    assert bound.hex(" ", 4) == "ffffffff fffffffe 00000000 00000000 00000000"


@pytest.mark.parametrize(
    ("kind", "value", "says"),
    [
        ("int", 2**31, "column c1 is int: int does not fit: .* it holds -2147483648 to 2147483647"),
        (
            "int",
            "5",
            r"column c1 is int: str does not fit: int takes an int, not str(.|\n)*hint: convert it with int",
        ),
        ("int", True, r"column c1 is int: bool does not fit: (.|\n)*hint: a bool is not taken for a number"),
        ("tinyint", 128, "column c1 is tinyint: int does not fit: .* it holds -128 to 127"),
        ("float", 1e39, r"column c1 is float: float does not fit: (.|\n)*hint: use a double"),
        ("text", b"x", r"column c1 is text: bytes does not fit: (.|\n)*hint: use .decode"),
        ("list<int>", [1, None], "column c1 is list<int>: list does not fit: None inside a list<int>"),
        (
            "vector<float, 3>",
            [1.0],
            "column c1 is vector<float, 3>: list does not fit: .* 1 elements, the type 3",
        ),
        (
            "map<text, list<int>>",
            {"a": ["b"]},
            "column c1 is map<text, list<int>>: dict does not fit: int takes",
        ),
        ("date", object(), "column c1 is date: object does not fit: date takes a date"),
    ],
)
def test_a_value_that_does_not_fit_names_column_type_python_type_and_remedy(
    kind: str, value: Any, says: str
) -> None:
    with pytest.raises(EncodeError, match=says):
        statement("int", kind).encode([1, value])


def test_an_error_never_shows_the_value() -> None:
    for kind, value in (("int", "canary"), ("uuid", "canary"), ("text", "canary\ud800"), ("inet", "canary")):
        with pytest.raises(EncodeError) as refused:
            statement(kind).encode([value])
        assert "canary" not in str(refused.value)


def test_integers_need_no_wrapper() -> None:
    class Number(enum.IntEnum):
        SEVEN = 7

    bound, _ = statement("tinyint", "smallint", "int", "bigint", "varint", "counter").encode(
        [Number.SEVEN] * 6
    )
    sizes = (1, 2, 4, 8, 1, 8)
    assert bound == b"".join(size.to_bytes(4) + (7).to_bytes(size) for size in sizes)


@pytest.mark.parametrize("values", [[1], [1, 2, 3], []])
def test_a_missing_value_is_an_error_not_a_null(values: list[int]) -> None:
    with pytest.raises(EncodeError, match=f"{len(values)} values for 2 markers"):
        statement("int", "int").encode(values)
    with pytest.raises(EncodeError, match="no value for: 'c1'"):
        statement("int", "int").encode({"c0": 1})
    with pytest.raises(EncodeError, match="no marker for: 'other'"):
        statement("int", "int").encode({"c0": 1, "c1": 1, "other": 1})


# --- the key ---------------------------------------------------------------------------------------------------


def test_one_component_is_the_key_as_it_is() -> None:
    _, token = statement("text", "int", key=(0,)).encode(["abc", 1])
    assert token == token_of(b"abc") == Murmur3Token.hash_fn(b"abc")


def test_each_of_several_components_has_its_length_before_and_a_zero_behind() -> None:
    _, token = statement("text", "int", "text", key=(2, 1)).encode(["unrelated", 7, "ab"])
    assert token == token_of(b"\0\2ab\0" + b"\0\4\0\0\0\7\0")


@pytest.mark.parametrize(("nothing", "key"), [(None, (0,)), (EMPTY, (0,)), (None, (0, 1))])
def test_a_null_component_and_an_empty_key_give_no_token(nothing: Any, key: tuple[int, ...]) -> None:
    assert statement("int", "int", key=key).encode([nothing, 1])[1] is None


def test_an_empty_component_among_others_is_part_of_the_key() -> None:
    made = statement("text", "int", key=(0, 1))
    assert made.encode(["", 1])[1] == token_of(b"\0\0\0" + b"\0\4\0\0\0\1\0")


@pytest.mark.parametrize(
    ("kind", "value", "stored"),
    [
        ("frozen<set<int>>", [3, -1, 3, 2], [-1, 2, 3]),
        ("frozen<map<text, int>>", {"b": 1, "a": 2}, {"a": 2, "b": 1}),
        ("frozen<list<frozen<set<int>>>>", [[3, 1], [2, 1]], [[1, 3], [1, 2]]),
        ("frozen<list<int>>", [3, 1, 2], [3, 1, 2]),
    ],
)
def test_the_token_is_that_of_the_elements_in_the_servers_order(kind: str, value: Any, stored: Any) -> None:
    made = statement("int", kind, key=(1,))
    key = default_registry().codec(parse_cql_type(kind)).to_bytes(stored)
    assert key is not None
    sent, token = made.encode([0, value])
    assert token == token_of(key) == made.encode([0, stored])[1]
    assert len(sent) == len(made.encode([0, value])[0])
    both = statement(kind, "text", key=(0, 1))
    assert both.encode([value, ""])[1] == token_of(len(key).to_bytes(2, "big") + key + b"\0" + b"\0\0\0")
    assert both.encode([None, ""])[1] is None


def test_a_key_of_sorted_elements_has_the_same_limits() -> None:
    with pytest.raises(EncodeError, match="cannot be left unset"):
        statement("frozen<set<int>>", key=(0,)).encode([UNSET])
    with pytest.raises(EncodeError, match="where it holds 65535"):
        statement("frozen<set<int>>", key=(0,)).encode([range(10000)])


@pytest.mark.parametrize("key", [(0,), (1, 0)])
def test_a_component_cannot_be_left_unset(key: tuple[int, ...]) -> None:
    with pytest.raises(EncodeError, match="column c0 is part of the partition key: it cannot be left unset"):
        statement("int", "int", key=key).encode([UNSET, 1])


@pytest.mark.parametrize("key", [(0,), (1, 0)])
def test_a_component_has_at_most_65535_bytes(key: tuple[int, ...]) -> None:
    made = statement("blob", "int", key=key)
    assert made.encode([b"x" * 65535, 1])[1] is not None
    with pytest.raises(
        EncodeError, match="column c0 is part of the partition key: 65536 bytes where it holds 65535"
    ):
        made.encode([b"x" * 65536, 1])


def test_the_smallest_number_is_no_token() -> None:
    """A key that hashes to -2^63 is at 2^63 - 1: made by running the hash backwards."""
    key = bytes.fromhex("653cbefb85ec3111b4e38fa9bc7cbcae")
    assert statement("blob", key=(0,)).encode([key])[1] == 2**63 - 1


MISFITS: list[tuple[str, Any]] = [
    ("int", [1]),
    ("int", 2**31),
    ("bigint", 2**63),
    ("varint", 1.5),
    ("double", 10**400),
    ("double", "1"),
    ("boolean", 1),
    ("decimal", 1.5),
    ("decimal", True),
    ("decimal", Decimal("NaN")),
    ("decimal", Decimal("1e2147483649")),
    ("text", 5),
    ("ascii", "ä"),
    ("blob", "text"),
    ("blob", numpy.arange(6).reshape(2, 3)[:, ::2]),
    ("timestamp", numpy.datetime64("2024-01-01")),
    ("date", "tomorrow"),
    ("date", 5),
    ("time", "noon"),
    ("time", -1),
    ("time", Time(-1)),
    ("duration", "soon"),
    ("uuid", "none"),
    ("uuid", 5),
    ("timeuuid", uuid.UUID(int=0)),
    ("inet", "localhost"),
    ("inet", 5),
    ("list<int>", "abc"),
    ("list<int>", [None]),
    ("map<int, int>", [(1, 2)]),
    ("tuple<int, int>", (1,)),
    ("tuple<int, int>", 5),
    ("tuple<int, int>", (1, UNSET)),
    ("vector<int, 2>", [1]),
    ("vector<int, 2>", [1, None]),
    ("vector<float, 1>", array("d", [1e300])),
    ("vector<float, 2>", "ab"),
]


@pytest.mark.parametrize(("kind", "value"), MISFITS)
def test_every_misfit_names_column_and_types_and_says_how_to_mend_it(kind: str, value: Any) -> None:
    with pytest.raises(EncodeError) as caught:
        statement("int", kind).encode([1, value])
    kinds = f"column c1 is {parse_cql_type(kind)}: {type(value).__name__} does not fit"
    assert kinds in caught.value.message
    assert caught.value.hint
    assert f"hint: {caught.value.hint}" in str(caught.value)


def test_a_list_that_gets_shorter_while_it_is_bound_is_refused() -> None:
    class Emptying:
        def __index__(self) -> int:
            values.clear()
            return 1

    values: list[Any] = [Emptying(), *range(40)]
    with pytest.raises(EncodeError, match="0 values for 41 markers"):
        statement(*["int"] * 41).encode(values)
