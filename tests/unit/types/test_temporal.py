"""timestamp, date, time, duration."""

from __future__ import annotations

import datetime as dt
import struct
import zoneinfo
from typing import Any

import pytest
from tests.unit.types.cql_values import REGISTRY, exactly

from aiocql.errors import DecodeError, EncodeError
from aiocql.types.descriptors import SCALARS
from aiocql.types.registry import CodecRegistry
from aiocql.types.values import Date, Duration, Time, Timestamp

TIMESTAMP = REGISTRY.codec(SCALARS["timestamp"])
DATE = REGISTRY.codec(SCALARS["date"])
TIME = REGISTRY.codec(SCALARS["time"])
DURATION = REGISTRY.codec(SCALARS["duration"])
DAY_NS = 86_400 * 10**9


def ms_of(value: Any) -> int:
    data = TIMESTAMP.to_bytes(value)
    assert data is not None
    (ms,) = struct.unpack(">q", data)
    return int(ms)


def timestamp(ms: int) -> Any:
    return TIMESTAMP.from_bytes(struct.pack(">q", ms))


# --- timestamp -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ms", "value"),
    [
        (0, dt.datetime(1970, 1, 1)),
        (-1, dt.datetime(1969, 12, 31, 23, 59, 59, 999000)),
        (951_827_696_789, dt.datetime(2000, 2, 29, 12, 34, 56, 789000)),
        (-62_135_596_800_000, dt.datetime(1, 1, 1)),
        (253_402_300_799_999, dt.datetime(9999, 12, 31, 23, 59, 59, 999000)),
    ],
)
def test_a_timestamp_is_an_aware_datetime_in_utc(ms: int, value: dt.datetime) -> None:
    assert exactly(timestamp(ms), value.replace(tzinfo=dt.UTC))
    assert timestamp(ms).tzinfo is dt.UTC
    assert ms_of(timestamp(ms)) == ms


@pytest.mark.fault(59)
@pytest.mark.parametrize("ms", [-(2**63), 2**63 - 1, 253_402_300_800_000, -62_135_596_800_001])
def test_a_timestamp_outside_datetime_is_a_value_not_an_error(ms: int) -> None:
    assert exactly(timestamp(ms), Timestamp(ms))
    assert ms_of(timestamp(ms)) == ms


@pytest.mark.parametrize(
    ("microsecond", "ms"),
    [(0, -1000), (999, -1000), (1000, -999), (999_500, -1), (999_999, -1)],
)
def test_what_is_below_a_millisecond_is_cut_off_towards_the_past(microsecond: int, ms: int) -> None:
    assert ms_of(dt.datetime(1969, 12, 31, 23, 59, 59, microsecond, tzinfo=dt.UTC)) == ms


def test_every_day_of_datetime_converts_both_ways() -> None:
    for ordinal in range(1, dt.date.max.toordinal() + 1, 97):
        day = dt.date.fromordinal(ordinal)
        days = ordinal - dt.date(1970, 1, 1).toordinal()
        assert DATE.to_bytes(day) == struct.pack(">I", days + 2**31)
        assert DATE.from_bytes(struct.pack(">I", days + 2**31)) == day
        assert timestamp(days * 86_400_000) == dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC)
        assert ms_of(day) == days * 86_400_000


def test_a_naive_datetime_is_utc_and_an_aware_one_is_converted() -> None:
    aware = dt.datetime(2024, 7, 1, 12, tzinfo=zoneinfo.ZoneInfo("Europe/Berlin"))
    assert ms_of(aware) == ms_of(dt.datetime(2024, 7, 1, 10))
    west = dt.timezone(-dt.timedelta(hours=5, minutes=30, microseconds=1))
    assert ms_of(dt.datetime(2024, 7, 1, 12, tzinfo=west)) == ms_of(dt.datetime(2024, 7, 1, 17, 30))


def test_a_zone_beyond_the_years_of_datetime_is_no_overflow() -> None:
    east, west = (dt.timezone(dt.timedelta(hours=h)) for h in (14, -12))
    assert ms_of(dt.datetime.min.replace(tzinfo=east)) == -62_135_596_800_000 - 14 * 3_600_000
    assert ms_of(dt.datetime.max.replace(tzinfo=west)) == 253_402_300_799_999 + 12 * 3_600_000


def test_a_timestamp_takes_milliseconds() -> None:
    assert ms_of(1234) == 1234
    assert ms_of(-(2**63)) == -(2**63)
    with pytest.raises(EncodeError, match="it holds"):
        ms_of(2**63)


@pytest.mark.parametrize("value", [True, 1.5, "2024-01-01", dt.time(1), Date(1), Time(1)])
def test_a_timestamp_takes_no_other_type(value: Any) -> None:
    with pytest.raises(EncodeError, match="timestamp takes a datetime") as caught:
        ms_of(value)
    assert "2024" not in str(caught.value)


# --- date ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "value"),
    [
        ("80000000", dt.date(1970, 1, 1)),
        ("7fffffff", dt.date(1969, 12, 31)),
        ("7ff506c6", dt.date(1, 1, 1)),
        ("802cc0a0", dt.date(9999, 12, 31)),
        ("00000000", Date(-(2**31))),
        ("ffffffff", Date(2**31 - 1)),
        ("7ff506c5", Date(-719_163)),
        ("802cc0a1", Date(2_932_897)),
    ],
)
def test_a_date_is_unsigned_around_1970(data: str, value: Any) -> None:
    assert exactly(DATE.from_bytes(bytes.fromhex(data)), value)
    assert DATE.to_bytes(value) == bytes.fromhex(data)


def test_a_date_takes_text() -> None:
    assert DATE.to_bytes("2024-02-29") == DATE.to_bytes(dt.date(2024, 2, 29))
    assert DATE.to_bytes("-5877641-06-23") == b"\0\0\0\0"
    for text in ("2023-02-29", "canary", "2024-2-9", ""):
        with pytest.raises(EncodeError, match="not a date in ISO form") as caught:
            DATE.to_bytes(text)
        assert "canary" not in str(caught.value)


def test_a_date_takes_no_datetime_and_no_int() -> None:
    with pytest.raises(EncodeError, match=r"value\.date\(\)"):
        DATE.to_bytes(dt.datetime(2024, 1, 1))
    with pytest.raises(EncodeError, match="days since 1970"):
        DATE.to_bytes(19_000)
    with pytest.raises(EncodeError, match="date takes a date"):
        DATE.to_bytes(1.5)


# --- time ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ns", "value"),
    [
        (0, dt.time()),
        (1000, dt.time(0, 0, 0, 1)),
        (DAY_NS - 1000, dt.time(23, 59, 59, 999_999)),
        (1, Time(1)),
        (DAY_NS - 1, Time(DAY_NS - 1)),
    ],
)
def test_a_time_is_pythons_where_microseconds_are_enough(ns: int, value: Any) -> None:
    assert exactly(TIME.from_bytes(struct.pack(">q", ns)), value)
    assert TIME.to_bytes(value) == struct.pack(">q", ns)


@pytest.mark.fault(59)
@pytest.mark.parametrize("ns", [DAY_NS, -1, -1000, 2**63 - 1, -(2**63)])
def test_a_time_out_of_range_is_read_but_not_bound(ns: int) -> None:
    value = TIME.from_bytes(struct.pack(">q", ns))
    assert exactly(value, Time(ns))
    assert str(value)
    with pytest.raises(EncodeError, match="not within one day"):
        TIME.to_bytes(value)
    with pytest.raises(EncodeError, match="it holds"):
        TIME.to_bytes(ns)


def test_a_time_takes_nanoseconds_and_text() -> None:
    assert TIME.to_bytes(1) == TIME.to_bytes(Time(1)) == TIME.to_bytes("00:00:00.000000001")
    with pytest.raises(EncodeError, match="not a time in ISO form"):
        TIME.to_bytes("25:00")
    with pytest.raises(EncodeError, match="time zone"):
        TIME.to_bytes(dt.time(1, tzinfo=dt.UTC))
    for value in (True, 1.0, dt.datetime(2024, 1, 1), dt.timedelta(1)):
        with pytest.raises(EncodeError, match="time takes a time"):
            TIME.to_bytes(value)


def test_a_registry_gives_one_type_whatever_the_value() -> None:
    registry = CodecRegistry(temporal="cassandra")
    for name, kind in (("timestamp", Timestamp), ("date", Date), ("time", Time)):
        codec = registry.codec(SCALARS[name])
        data = b"\0" * (4 if name == "date" else 8)
        assert type(codec.from_bytes(data)) is kind
        assert codec.to_bytes(codec.from_bytes(data)) == data


# --- duration --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "data"),
    [
        (Duration(), "000000"),
        (Duration(0, 0, 64), "00008080"),
        (Duration(-1, -2, -3), "010305"),
        (Duration(2**31 - 1, 2**31 - 1, 2**63 - 1), "f0fffffffef0fffffffefffffffffffffffffe"),
        (Duration(0, 0, -(2**63)), "0000ffffffffffffffffff"),
        (Duration(0, 0, 8192), "0000c04000"),
        (Duration(-(2**31), 0, 0), "f0ffffffff0000"),
    ],
)
def test_a_duration_is_three_vints(value: Duration, data: str) -> None:
    assert DURATION.to_bytes(value) == bytes.fromhex(data)
    assert DURATION.from_bytes(bytes.fromhex(data)) == value


def test_a_longer_vint_than_needed_is_read() -> None:
    assert DURATION.from_bytes(bytes.fromhex("8002" + "c00004" + "f000000006")) == Duration(1, 2, 3)


@pytest.mark.parametrize("data", ["f1000000000000", "00f0fffffffff000", "0001 02", "ff" * 27])
def test_a_duration_beyond_its_fields_is_a_decode_error(data: str) -> None:
    with pytest.raises(DecodeError):
        DURATION.from_bytes(bytes.fromhex(data))


def test_a_duration_takes_its_text_but_no_timedelta() -> None:
    assert DURATION.to_bytes("1mo2d3ns") == DURATION.to_bytes(Duration(1, 2, 3))
    with pytest.raises(EncodeError, match="not a duration"):
        DURATION.to_bytes("soon")
    with pytest.raises(EncodeError, match="from_timedelta"):
        DURATION.to_bytes(dt.timedelta(1))
    with pytest.raises(EncodeError, match="duration takes a Duration"):
        DURATION.to_bytes(5)
