"""Names and values against cassandra-driver itself."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any

import cassandra
import cassandra.policies
import cassandra.query
import cassandra.util
import pytest

from aiocql.compat import cassandra as compat
from aiocql.compat.cassandra import query, rows, util
from aiocql.compat.cassandra.codecs import driver_codecs
from aiocql.types.names import parse_cql_type

NAMES = ("k", "[applied]", "system.now()", "writetime(v)", "count", "class", "k", "Upper", "1st", "a b")


def test_consistency_levels_have_their_numbers_and_names() -> None:
    theirs = cassandra.ConsistencyLevel
    assert dict(theirs.value_to_name) == compat.ConsistencyLevel.value_to_name
    assert dict(theirs.name_to_value) == compat.ConsistencyLevel.name_to_value
    for value in (None, 1, 6):
        assert compat.consistency_value_to_name(value) == cassandra.consistency_value_to_name(value)
    assert compat.ConsistencyLevel.is_serial(8)
    assert not compat.ConsistencyLevel.is_serial(1)


def test_write_types_have_their_numbers() -> None:
    assert dict(cassandra.WriteType.name_to_value) == compat.WriteType.name_to_value


def test_named_tuples_have_the_same_fields() -> None:
    plain = NAMES[:5]
    [theirs], [ours] = (
        module.named_tuple_factory(plain, [(1, 2, 3, 4, 5)]) for module in (cassandra.query, rows)
    )
    assert theirs._fields == ours._fields
    assert theirs == ours


def test_names_that_cannot_be_fields_go_by_their_place() -> None:
    [row] = rows.named_tuple_factory(NAMES, [tuple(range(len(NAMES)))])
    assert row._fields[5:] == ("field_5_", "field_6_", "Upper", "field_8_", "a_b")
    assert row == tuple(range(len(NAMES)))


@pytest.mark.parametrize("name", ["dict_factory", "tuple_factory", "ordered_dict_factory"])
def test_factories_make_the_same_rows(name: str) -> None:
    names, values = ["a", "[applied]"], [(1, True), (2, None)]
    assert getattr(rows, name)(names, values) == getattr(cassandra.query, name)(names, values)


@pytest.mark.parametrize("value", [0, -5, 19_782, "2024-02-29", dt.date(2024, 2, 29)])
def test_dates(value: Any) -> None:
    theirs, ours = cassandra.util.Date(value), util.Date(value)
    assert (ours.days_from_epoch, ours.seconds, ours.date()) == (
        theirs.days_from_epoch,
        theirs.seconds,
        theirs.date(),
    )
    assert str(ours) == str(theirs)
    assert util.Date(ours) == ours == ours.date()


@pytest.mark.parametrize("value", [0, 1, 86_399_999_999_999, "12:30:05.123456789", dt.time(1, 2, 3, 4)])
def test_times(value: Any) -> None:
    theirs, ours = cassandra.util.Time(value), util.Time(value)
    assert ours.nanosecond_time == theirs.nanosecond_time
    assert (ours.hour, ours.minute, ours.second, ours.nanosecond) == (
        theirs.hour,
        theirs.minute,
        theirs.second,
        theirs.nanosecond,
    )
    assert ours.time() == theirs.time()
    assert str(ours) == str(theirs)


def test_time_uuids() -> None:
    moment = dt.datetime(2024, 2, 29, 12, 0, 0, 123_000)
    ours = util.uuid_from_time(moment)
    assert util.datetime_from_uuid1(ours) == cassandra.util.datetime_from_uuid1(ours) == moment
    assert util.min_uuid_from_time(moment).time == ours.time <= util.max_uuid_from_time(moment).time
    assert util.ms_timestamp_from_datetime(moment) == cassandra.util.ms_timestamp_from_datetime(moment)
    assert util.datetime_from_timestamp(1.5) == cassandra.util.datetime_from_timestamp(1.5)
    assert util.uuid_from_time(moment, 1, 2) == cassandra.util.uuid_from_time(moment, 1, 2)
    assert isinstance(ours, uuid.UUID)


VALUES = [
    ("timestamp", dt.datetime(2024, 2, 29, 12), dt.datetime(2024, 2, 29, 12)),
    ("timestamp", dt.datetime(2024, 2, 29, 12, tzinfo=dt.UTC), dt.datetime(2024, 2, 29, 12)),
    ("timestamp", "2024-02-29T12:00:00", dt.datetime(2024, 2, 29, 12)),
    ("timestamp", 1_500, dt.datetime(1970, 1, 1, 0, 0, 1, 500_000)),
    ("date", dt.date(2024, 2, 29), util.Date("2024-02-29")),
    ("date", "2024-02-29", util.Date("2024-02-29")),
    ("date", util.Date(5), util.Date(5)),
    ("time", dt.time(1, 2, 3), util.Time("01:02:03")),
    ("time", util.Time(5), util.Time(5)),
    ("inet", "127.0.0.1", "127.0.0.1"),
    ("decimal", 1.5, Decimal("1.5")),
    ("list<timestamp>", [dt.datetime(2024, 2, 29)], [dt.datetime(2024, 2, 29)]),
    ("set<inet>", {"127.0.0.1"}, {"127.0.0.1"}),
]


@pytest.mark.parametrize(("cql", "given", "expected"), VALUES)
def test_values_come_as_cassandra_driver_gives_them(cql: str, given: Any, expected: Any) -> None:
    codec = driver_codecs().codec(parse_cql_type(cql))
    found = codec.from_bytes(codec.to_bytes(given))
    assert found == expected
    assert type(found) is type(expected)


def test_statements_take_what_they_take_there() -> None:
    said = {
        "consistency_level": cassandra.ConsistencyLevel.QUORUM,
        "fetch_size": 10,
        "is_idempotent": True,
        "keyspace": "ks",
        "serial_consistency_level": cassandra.ConsistencyLevel.SERIAL,
    }
    theirs, ours = (module.SimpleStatement("SELECT 1", **said) for module in (cassandra.query, query))
    for name in ("query_string", *said):
        assert getattr(ours, name) == getattr(theirs, name)
    assert str(ours) == str(theirs)


def test_a_batch_is_filled_and_emptied() -> None:
    batch = query.BatchStatement(batch_type=query.BatchType.UNLOGGED)
    batch.add("INSERT", (1,)).add(query.SimpleStatement("DELETE"))
    batch.add_all(["A", "B"], [(1,), (2,)])
    assert len(batch) == 4
    assert str(batch) == "<BatchStatement type=UNLOGGED, statements=4>"
    with pytest.raises(ValueError, match="int is no statement"):
        batch.add(5)
    batch.clear()
    assert len(batch) == 0
    assert batch
