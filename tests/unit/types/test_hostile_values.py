"""Values whose own code changes them while they are encoded, or lies about them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from aiocql.errors import EncodeError
from aiocql.protocol.requests import auth_response_body, custom_payload
from aiocql.types.descriptors import (
    CqlType,
    ListType,
    MapType,
    ScalarType,
    SetType,
    TupleType,
    UserType,
    VectorType,
)
from aiocql.types.registry import default_registry

INT, BIGINT, TIMESTAMP = ScalarType("int"), ScalarType("bigint"), ScalarType("timestamp")


def encode(cql_type: CqlType, value: Any) -> bytes | None:
    return default_registry().codec(cql_type).to_bytes(value)


class Clearing:
    """An int that empties the list that it is in."""

    def __init__(self) -> None:
        self.lists: list[list[Any]] = []

    def __index__(self) -> int:
        for each in self.lists:
            each.clear()
        return 1

    def __float__(self) -> float:
        return float(self.__index__())


@pytest.mark.parametrize(
    "cql_type",
    [
        TupleType([INT] * 50),
        UserType("ks", "t", [f"f{n}" for n in range(50)], [INT] * 50),
        VectorType(INT, 50),
        VectorType(ScalarType("smallint"), 50),
        VectorType(ScalarType("float"), 50),
        VectorType(ScalarType("double"), 50),
        ListType(INT),
        SetType(INT),
    ],
    ids=str,
)
def test_list_that_is_emptied_while_it_is_encoded_is_written_whole_or_refused(cql_type: CqlType) -> None:
    element = Clearing()
    value = [element, *[5] * 49]
    element.lists.append(value)
    whole = encode(cql_type, [1, *[5] * 49])
    try:
        written = encode(cql_type, value)
    except EncodeError:
        return
    if isinstance(cql_type, ListType | SetType):
        assert written == encode(cql_type, [1])
    else:
        assert written == whole


class Longer(list[Any]):
    def __len__(self) -> int:
        return 3


class LongerTuple(tuple[Any, ...]):
    def __len__(self) -> int:
        return 3


class Shorter(list[Any]):
    def __iter__(self) -> Iterator[Any]:
        return iter(())


@pytest.mark.parametrize(
    "cql_type",
    [TupleType([INT] * 3), UserType("ks", "t", ["a", "b", "c"], [INT] * 3), VectorType(INT, 3)],
    ids=str,
)
@pytest.mark.parametrize("kind", [Longer, LongerTuple, Shorter])
def test_length_that_a_class_claims_is_not_believed(cql_type: CqlType, kind: Callable[[Any], Any]) -> None:
    missing = kind([1, 2, 3, 4]) if kind is not Shorter else Shorter([1, 2, 3])
    if isinstance(cql_type, UserType) and kind is Shorter:
        assert encode(cql_type, missing) == b"\xff\xff\xff\xff" * 3
        return
    with pytest.raises(EncodeError):
        encode(cql_type, missing)


def test_dict_that_changes_while_it_is_encoded_is_refused() -> None:
    value: dict[Any, Any] = {n: n for n in range(10)}

    class Adding:
        def __index__(self) -> int:
            value[object()] = 1
            return 1

    value[3] = Adding()
    with pytest.raises(RuntimeError):
        encode(MapType(INT, INT), value)


class NotATime(dt.datetime):
    def __eq__(self, other: object) -> bool:
        return False

    __hash__ = dt.datetime.__hash__


class NotADate(dt.date):
    def __eq__(self, other: object) -> bool:
        return False

    __hash__ = dt.date.__hash__


class NotATimeOfDay(dt.time):
    def __eq__(self, other: object) -> bool:
        return False

    __hash__ = dt.time.__hash__


@pytest.mark.parametrize(
    ("type_name", "value"),
    [
        ("timestamp", NotATime(1, 1, 1)),
        ("timestamp", NotADate(1, 1, 1)),
        ("date", NotADate(1, 1, 1)),
        ("time", NotATimeOfDay(0)),
    ],
)
def test_time_that_does_not_equal_itself_is_refused(type_name: str, value: Any) -> None:
    with pytest.raises(EncodeError, match="does not equal itself"):
        encode(ScalarType(type_name), value)


def test_time_of_a_derived_class_is_taken() -> None:
    class Moment(dt.datetime):
        pass

    assert encode(TIMESTAMP, Moment(1970, 1, 1, 0, 0, 1)) == (1000).to_bytes(8)


@pytest.mark.parametrize(
    "offset",
    [
        *(3.5, "x", object(), 7, dt.timedelta(days=2), dt.timedelta.min, dt.timedelta.max),
        *(dt.timedelta(days=1), dt.timedelta(days=-1), dt.timedelta(days=-1, microseconds=-1)),
        dt.timedelta(days=1, hours=23),
    ],
)
def test_utc_offset_that_is_no_offset_is_refused(offset: Any) -> None:
    class Hostile(dt.datetime):
        def utcoffset(self) -> Any:
            return offset

    with pytest.raises(EncodeError, match="utcoffset"):
        encode(TIMESTAMP, Hostile(2024, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=1))))


def test_utc_offset_of_a_derived_class_is_applied() -> None:
    class Shifted(dt.datetime):
        def utcoffset(self) -> dt.timedelta:
            return dt.timedelta(seconds=-1)

    value = Shifted(1970, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=1)))
    assert encode(TIMESTAMP, value) == (1000).to_bytes(8)


@pytest.mark.parametrize("sign", [1, -1])
def test_utc_offset_of_almost_a_day_is_applied(sign: int) -> None:
    class Shifted(dt.datetime):
        def utcoffset(self) -> dt.timedelta:
            return sign * dt.timedelta(hours=23, minutes=59, seconds=59, microseconds=999_000)

    value = Shifted(1970, 1, 2, tzinfo=dt.timezone(dt.timedelta(hours=1)))
    assert encode(TIMESTAMP, value) == (86_400_000 - sign * 86_399_999).to_bytes(8)


@pytest.mark.parametrize("length", [0, 3, 60_000, 2**40])
def test_bytes_that_lie_about_their_length_are_written_as_they_are(length: int) -> None:
    class Lying(bytes):
        def __len__(self) -> int:
            return length

    assert custom_payload(4, {"k": Lying(b"abcd")}) == custom_payload(4, {"k": b"abcd"})
    assert auth_response_body(Lying(b"abcd")) == auth_response_body(b"abcd")
    assert encode(ScalarType("blob"), Lying(b"abcd")) == b"abcd"


def test_buffer_of_wide_items_is_written_by_its_bytes() -> None:
    wide = memoryview(bytes(range(16))).cast("i")
    assert auth_response_body(wide) == auth_response_body(bytes(range(16)))
    with pytest.raises(EncodeError, match="contiguous"):
        auth_response_body(memoryview(b"abcdef")[::2])
