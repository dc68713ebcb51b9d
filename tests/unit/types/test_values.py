"""Timestamp, Date, Time and Duration by themselves."""

from __future__ import annotations

import copy
import datetime as dt
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiocql.types.values import Date, Duration, Time, Timestamp

NOON = dt.datetime(2024, 2, 29, 12, 0, 0, 123_000, tzinfo=dt.UTC)


@given(st.dates())
def test_a_date_is_equal_to_pythons(value: dt.date) -> None:
    ours = Date.from_date(value)
    assert ours == value
    assert value == ours
    assert hash(ours) == hash(value)
    assert ours.to_date() == value
    assert (ours.year, ours.month, ours.day) == (value.year, value.month, value.day)
    assert str(ours) == value.isoformat()
    assert Date.fromisoformat(str(ours)) == ours


@given(st.integers(-(2**31), 2**31 - 1))
def test_any_date_is_written_and_read(days: int) -> None:
    assert Date.fromisoformat(Date(days).isoformat()) == Date(days)


def test_the_ends_of_date() -> None:
    assert str(Date(-(2**31))) == "-5877641-06-23"
    assert str(Date(2**31 - 1)) == "+5881580-07-11"
    with pytest.raises(ValueError, match=r"outside datetime\.date"):
        Date(2**31 - 1).to_date()
    with pytest.raises(ValueError, match="between"):
        Date(2**31)


@given(st.times())
def test_a_time_is_equal_to_pythons(value: dt.time) -> None:
    ours = Time.from_time(value)
    assert ours == value
    assert hash(ours) == hash(value)
    assert ours.to_time() == value
    assert (ours.hour, ours.minute, ours.second, ours.microsecond) == (
        value.hour,
        value.minute,
        value.second,
        value.microsecond,
    )
    assert Time.fromisoformat(str(ours)) == ours


def test_a_time_has_nanoseconds() -> None:
    value = Time.fromisoformat("12:30:05.123456789")
    assert value.nanosecond == 123_456_789
    assert str(value) == "12:30:05.123456789"
    assert value.to_time() == dt.time(12, 30, 5, 123_456)
    assert value != value.to_time()
    assert value > value.to_time()
    assert str(Time(-1)) == "-1ns"
    with pytest.raises(ValueError, match="one day"):
        Time(-1).to_time()


@given(st.datetimes(timezones=st.just(dt.UTC)))
def test_a_timestamp_is_equal_to_a_datetime_of_whole_milliseconds(value: dt.datetime) -> None:
    whole = value.replace(microsecond=value.microsecond // 1000 * 1000)
    ours = Timestamp.from_datetime(value)
    assert ours == whole
    assert hash(ours) == hash(whole)
    assert ours.to_datetime() == whole
    assert (ours == value) is (value == whole)
    assert ours <= value


def test_a_timestamp_and_a_naive_datetime_have_no_order() -> None:
    assert Timestamp(0) != dt.datetime(1970, 1, 1)
    with pytest.raises(TypeError):
        _ = Timestamp(0) < dt.datetime(1970, 1, 1)


def test_a_timestamp_is_written_in_utc() -> None:
    assert str(Timestamp.from_datetime(NOON)) == "2024-02-29T12:00:00.123+00:00"
    assert str(Timestamp(2**63 - 1)) == "+292278994-08-17T07:12:55.807+00:00"
    assert Timestamp(2**63 - 1).year == 292_278_994
    with pytest.raises(ValueError, match="outside"):
        Timestamp(2**63 - 1).to_datetime()


@pytest.mark.parametrize(
    ("small", "great"),
    [
        (Date(1), Date(2)),
        (Date(1), dt.date(1970, 1, 3)),
        (Time(1), dt.time(0, 0, 0, 1)),
        (Timestamp(0), NOON),
        (Timestamp(-(2**63)), dt.datetime.min.replace(tzinfo=dt.UTC)),
    ],
)
def test_they_are_ordered_with_pythons(small: Any, great: Any) -> None:
    assert small < great
    assert small <= great
    assert great > small
    assert great >= small
    assert small != great
    assert sorted([great, small]) == [small, great]


@pytest.mark.parametrize("value", [Date(1), Time(1), Timestamp(1), Duration(1, 2, 3)])
def test_they_are_immutable_and_can_be_copied(value: Any) -> None:
    assert pickle.loads(pickle.dumps(value)) == value
    assert copy.deepcopy(value) == value
    assert eval(repr(value)) == value
    assert value != 1
    for name in ("_n", "months", "other"):
        with pytest.raises(AttributeError):
            setattr(value, name, 1)
    with pytest.raises(AttributeError):
        del value._n


@pytest.mark.parametrize("kind", [Date, Time, Timestamp, Duration])
def test_they_are_made_of_ints(kind: Any) -> None:
    for value in (True, 1.0, "1"):
        with pytest.raises(TypeError, match="is an int"):
            kind(value)
    with pytest.raises(ValueError, match="is between"):
        kind(1 << 63)


# --- Duration --------------------------------------------------------------------------------------------------

NS = {"s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1y2mo", Duration(14)),
        ("3w4d", Duration(0, 25)),
        ("5h6m7s", Duration(0, 0, 5 * NS["h"] + 6 * NS["m"] + 7 * NS["s"])),
        ("8ms9us10ns", Duration(0, 0, 8_009_010)),
        ("9µs", Duration(0, 0, 9000)),
        ("1H30M", Duration(0, 0, 90 * NS["m"])),
        ("1Y2MO3W4D", Duration(14, 25)),
        ("1Mo2S3Ms4uS5µS6NS", Duration(1, 0, 2 * NS["s"] + 3_009_006)),
        ("-1mo2d", Duration(-1, -2)),
        ("0s", Duration()),
        ("P1Y2M3DT4H5M6S", Duration(14, 3, 4 * NS["h"] + 5 * NS["m"] + 6 * NS["s"])),
        ("PT0.5S", Duration(0, 0, 500_000_000)),
        ("-P2W", Duration(0, -14)),
        ("P0001-02-03T04:05:06", Duration(14, 3, 4 * NS["h"] + 5 * NS["m"] + 6 * NS["s"])),
    ],
)
def test_durations_are_read(text: str, value: Duration) -> None:
    assert Duration.parse(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "P",
        "PT",
        "1",
        "y",
        "1x",
        "1d1y",
        "1d1d",
        "P1YT",
        "P1S",
        "1.5h",
        "--1d",
        "1\u017f",
        "1\u03bcs",
        "p1d",
        "P1d",
        "99999999999y",
        "P1Y2",
        "9" * 30 + "d",
    ],
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"duration|between"):
        Duration.parse(text)


_parts = st.tuples(st.integers(0, 2**31 - 1), st.integers(0, 2**31 - 1), st.integers(0, 2**63 - 1))


@given(_parts, st.booleans())
def test_durations_are_written_and_read(parts: tuple[int, int, int], negative: bool) -> None:
    value = -Duration(*parts) if negative else Duration(*parts)
    assert Duration.parse(str(value)) == value
    assert Duration.parse(value.isoformat()) == value


@pytest.mark.parametrize("parts", [(1, -1, 0), (0, 1, -1), (-1, 0, 1)])
def test_the_parts_of_a_duration_have_one_sign(parts: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="one sign"):
        Duration(*parts)


def test_a_duration_has_no_order_and_months_no_days() -> None:
    with pytest.raises(TypeError):
        _ = Duration(1) < Duration(2)  # type: ignore[operator]
    with pytest.raises(ValueError, match="months"):
        Duration(1).to_timedelta()
    assert Duration(0, 30) != Duration(1)
    assert not Duration()
    assert Duration(0, 0, 1)


@given(st.timedeltas(dt.timedelta(-(10**6)), dt.timedelta(10**6)))
def test_a_timedelta_becomes_days_and_nanoseconds_and_back(value: dt.timedelta) -> None:
    assert Duration.from_timedelta(value).to_timedelta() == value
