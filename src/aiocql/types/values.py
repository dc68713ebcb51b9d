"""Values that Python's own types do not hold: nanosecond times, dates and timestamps of any year, durations.

`Timestamp`, `Date` and `Time` are one integer each; they compare with, hash as and convert to `datetime`'s
types, and have the same attributes. Integer arithmetic throughout.
"""

from __future__ import annotations

import datetime as _dt
import re
from typing import Any, ClassVar, TypeVar

__all__ = ["Date", "Duration", "Time", "Timestamp"]

_EPOCH = _dt.date(1970, 1, 1).toordinal()
_MIN_DAY = 1 - _EPOCH
_MAX_DAY = _dt.date.max.toordinal() - _EPOCH
_NS_A_SECOND = 1_000_000_000
_NS_A_DAY = 86_400 * _NS_A_SECOND
_MS_A_DAY = 86_400_000
_MIN_64, _MAX_64 = -(1 << 63), (1 << 63) - 1
_MIN_32, _MAX_32 = -(1 << 31), (1 << 31) - 1

T = TypeVar("T", bound="_Whole")


def _checked(what: str, value: Any, low: int, high: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{what} is an int, not {type(value).__name__}")
    if not low <= value <= high:
        raise ValueError(f"{what} is between {low} and {high}")
    return int(value)


class _Whole:
    """One integer that stands for a point in time. Immutable."""

    __slots__ = ("_n",)
    _n: int

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable")

    def _scale(self) -> int:
        """The value in the unit of `_other`."""
        return self._n

    def _other(self, value: object) -> int | None:
        """A comparable value in that unit, or None."""
        raise NotImplementedError

    def _python(self) -> Any:
        """Python's own value, or None where it cannot hold this one."""
        raise NotImplementedError

    def __eq__(self, other: object) -> bool:
        n = self._other(other)
        return NotImplemented if n is None else self._scale() == n

    def __lt__(self, other: object) -> bool:
        n = self._other(other)
        return NotImplemented if n is None else self._scale() < n

    def __le__(self, other: object) -> bool:
        n = self._other(other)
        return NotImplemented if n is None else self._scale() <= n

    def __gt__(self, other: object) -> bool:
        n = self._other(other)
        return NotImplemented if n is None else self._scale() > n

    def __ge__(self, other: object) -> bool:
        n = self._other(other)
        return NotImplemented if n is None else self._scale() >= n

    def __hash__(self) -> int:
        value = self._python()
        # Of text, whose hash has a key: that of a number is one that a writer of values can choose.
        return hash(str(self._n)) if value is None else hash(value)

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (self._n,))


def _civil(days: int) -> tuple[int, int, int]:
    """Year, month and day of a day since 1970-01-01 in the proleptic Gregorian calendar; year 0 is 1 BC."""
    era, day_of_era = divmod(days + 719_468, 146_097)
    year_of_era = (day_of_era - day_of_era // 1460 + day_of_era // 36_524 - day_of_era // 146_096) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    month = (5 * day_of_year + 2) // 153
    day = day_of_year - (153 * month + 2) // 5 + 1
    month = month + 3 if month < 10 else month - 9
    return era * 400 + year_of_era + (month <= 2), month, day


def _days(year: int, month: int, day: int) -> int:
    """The inverse of `_civil`; ValueError if there is no such day."""
    y = year - (month <= 2)
    era, year_of_era = divmod(y, 400)
    day_of_year = (153 * (month - 3 if month > 2 else month + 9) + 2) // 5 + day - 1
    days = era * 146_097 + year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year - 719_468
    if _civil(days) != (year, month, day):
        raise ValueError(f"there is no day {day} in month {month} of year {year}")
    return days


def _iso_date(days: int) -> str:
    year, month, day = _civil(days)
    return f"{'-' if year < 0 else '+' if year > 9999 else ''}{abs(year):04}-{month:02}-{day:02}"


class Date(_Whole):
    """A day: `days` since 1970-01-01, any that Cassandra's ``date`` holds (years -5877641 to 5881580)."""

    __slots__ = ()

    def __init__(self, days: int) -> None:
        object.__setattr__(self, "_n", _checked("days", days, _MIN_32, _MAX_32))

    @property
    def days(self) -> int:
        """Days since 1970-01-01."""
        return self._n

    @property
    def year(self) -> int:
        """The astronomical year: 0 is 1 BC."""
        return _civil(self._n)[0]

    @property
    def month(self) -> int:
        """1 to 12."""
        return _civil(self._n)[1]

    @property
    def day(self) -> int:
        """1 to 31."""
        return _civil(self._n)[2]

    @classmethod
    def from_date(cls, value: _dt.date) -> Date:
        """From a `datetime.date`."""
        return cls(value.toordinal() - _EPOCH)

    @classmethod
    def fromisoformat(cls, text: str) -> Date:
        """From ``2024-02-29``; years of more than four digits have a sign before them. Raises ValueError."""
        found = re.fullmatch(r"([+-]?[0-9]{4,7})-([0-9]{2})-([0-9]{2})", text)
        if found is None:
            raise ValueError("a date is written as 2024-02-29")
        year, month, day = map(int, found.groups())
        return cls(_days(year, month, day))

    def to_date(self) -> _dt.date:
        """As `datetime.date`; ValueError outside the years 1 to 9999."""
        if not _MIN_DAY <= self._n <= _MAX_DAY:
            raise ValueError(f"{self} is outside datetime.date")
        return _dt.date.fromordinal(self._n + _EPOCH)

    def isoformat(self) -> str:
        """``2024-02-29``"""
        return _iso_date(self._n)

    def _other(self, value: object) -> int | None:
        if isinstance(value, Date):
            return value._n
        if isinstance(value, _dt.date) and not isinstance(value, _dt.datetime):
            return value.toordinal() - _EPOCH
        return None

    def _python(self) -> _dt.date | None:
        return self.to_date() if _MIN_DAY <= self._n <= _MAX_DAY else None

    __str__ = isoformat

    def __repr__(self) -> str:
        return f"Date({self._n})"


class Time(_Whole):
    """A time of day: `nanoseconds` since midnight.

    Any 64-bit number is held, since servers have been seen to return more than a day has; only times within a
    day can be bound.
    """

    __slots__ = ()

    def __init__(self, nanoseconds: int) -> None:
        object.__setattr__(self, "_n", _checked("nanoseconds", nanoseconds, _MIN_64, _MAX_64))

    @property
    def nanoseconds(self) -> int:
        """Nanoseconds since midnight."""
        return self._n

    @property
    def hour(self) -> int:
        """0 to 23."""
        return self._n // (3600 * _NS_A_SECOND)

    @property
    def minute(self) -> int:
        """0 to 59."""
        return self._n // (60 * _NS_A_SECOND) % 60

    @property
    def second(self) -> int:
        """0 to 59."""
        return self._n // _NS_A_SECOND % 60

    @property
    def microsecond(self) -> int:
        """0 to 999999, what is below cut off."""
        return self._n // 1000 % 1_000_000

    @property
    def nanosecond(self) -> int:
        """0 to 999999999: all below the second."""
        return self._n % _NS_A_SECOND

    @classmethod
    def from_time(cls, value: _dt.time) -> Time:
        """From a `datetime.time`, whose time zone is not looked at."""
        seconds = value.hour * 3600 + value.minute * 60 + value.second
        return cls(seconds * _NS_A_SECOND + value.microsecond * 1000)

    @classmethod
    def fromisoformat(cls, text: str) -> Time:
        """From ``12:30``, ``12:30:05`` or ``12:30:05.123456789``. Raises ValueError."""
        found = re.fullmatch(r"([01][0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9])(?:[.]([0-9]{1,9}))?)?", text)
        if found is None:
            raise ValueError("a time is written as 12:30:05.123456789")
        hour, minute, second, fraction = found.groups()
        seconds = int(hour) * 3600 + int(minute) * 60 + int(second or 0)
        return cls(seconds * _NS_A_SECOND + int((fraction or "").ljust(9, "0")))

    def to_time(self) -> _dt.time:
        """As `datetime.time`, cut to microseconds; ValueError if not within one day."""
        if not 0 <= self._n < _NS_A_DAY:
            raise ValueError("not within one day")
        return _dt.time(self.hour, self.minute, self.second, self.microsecond)

    def isoformat(self) -> str:
        """``12:30:05.123456789``; a number of nanoseconds where it is not within one day."""
        if not 0 <= self._n < _NS_A_DAY:
            return f"{self._n}ns"
        return f"{self.hour:02}:{self.minute:02}:{self.second:02}.{self.nanosecond:09}"

    def _other(self, value: object) -> int | None:
        if isinstance(value, Time):
            return value._n
        if isinstance(value, _dt.time) and value.tzinfo is None:
            return Time.from_time(value)._n
        return None

    def _python(self) -> _dt.time | None:
        return self.to_time() if 0 <= self._n < _NS_A_DAY and self._n % 1000 == 0 else None

    __str__ = isoformat

    def __repr__(self) -> str:
        return f"Time({self._n})"


class Timestamp(_Whole):
    """A moment: `milliseconds` since 1970-01-01 00:00 UTC, any that 64 bits hold."""

    __slots__ = ()

    def __init__(self, milliseconds: int) -> None:
        object.__setattr__(self, "_n", _checked("milliseconds", milliseconds, _MIN_64, _MAX_64))

    @property
    def milliseconds(self) -> int:
        """Milliseconds since 1970-01-01 00:00 UTC."""
        return self._n

    @property
    def year(self) -> int:
        """The astronomical year in UTC: 0 is 1 BC."""
        return _civil(self._n // _MS_A_DAY)[0]

    @classmethod
    def from_datetime(cls, value: _dt.datetime) -> Timestamp:
        """From a `datetime.datetime`; a naive one is taken for UTC. What is below a millisecond is cut off
        towards the past.
        """
        return cls(_microseconds(value) // 1000)

    def to_datetime(self) -> _dt.datetime:
        """As aware `datetime.datetime` in UTC; ValueError outside the years 1 to 9999."""
        found = self._python()
        if found is None:
            raise ValueError(f"{self} is outside datetime.datetime")
        return found

    def isoformat(self) -> str:
        """``2024-02-29T12:30:05.123+00:00``"""
        days, ms = divmod(self._n, _MS_A_DAY)
        clock = f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}.{ms % 1000:03}"
        return f"{_iso_date(days)}T{clock}+00:00"

    def _scale(self) -> int:
        return self._n * 1000

    def _other(self, value: object) -> int | None:
        if isinstance(value, Timestamp):
            return value._n * 1000
        if isinstance(value, _dt.datetime) and value.utcoffset() is not None:
            return _microseconds(value)
        return None

    def _python(self) -> _dt.datetime | None:
        days, ms = divmod(self._n, _MS_A_DAY)
        if not _MIN_DAY <= days <= _MAX_DAY:
            return None
        start = _dt.datetime.fromordinal(days + _EPOCH).replace(tzinfo=_dt.UTC)
        return start + _dt.timedelta(milliseconds=ms)

    __str__ = isoformat

    def __repr__(self) -> str:
        return f"Timestamp({self._n})"


def _microseconds(value: _dt.datetime) -> int:
    seconds = (value.toordinal() - _EPOCH) * 86_400 + value.hour * 3600 + value.minute * 60 + value.second
    us = seconds * 1_000_000 + value.microsecond
    offset = value.utcoffset()
    if offset is not None:
        us -= (offset.days * 86_400 + offset.seconds) * 1_000_000 + offset.microseconds
    return us


# --- duration -----------------------------------------------------------------------------------------------

_UNITS: dict[str, tuple[int, int]] = {  # unit -> (field, factor); fields: months, days, nanoseconds
    "y": (0, 12),
    "mo": (0, 1),
    "w": (1, 7),
    "d": (1, 1),
    "h": (2, 3600 * _NS_A_SECOND),
    "m": (2, 60 * _NS_A_SECOND),
    "s": (2, _NS_A_SECOND),
    "ms": (2, 1_000_000),
    "us": (2, 1000),
    "µs": (2, 1000),
    "ns": (2, 1),
}
# Compiled where they are used: few programs write durations as text.
_CQL = r"([0-9]{1,19})(y|mo|w|d|h|ms|us|µs|ns|m|s)"  # in capitals too, as the server takes them
_ISO = (
    r"P(?:([0-9]{1,19})Y)?(?:([0-9]{1,19})M)?(?:([0-9]{1,19})W)?(?:([0-9]{1,19})D)?"
    r"(?:T(?:([0-9]{1,19})H)?(?:([0-9]{1,19})M)?(?:([0-9]{1,19})(?:[.]([0-9]{1,9}))?S)?)?"
)
_ISO_UNITS = ("y", "mo", "w", "d", "h", "m", "s")
_ISO_ALTERNATIVE = r"P([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})"


class Duration:
    """Months, days and nanoseconds, all of one sign: a day is not always 24 hours, a month not always 30
    days.

    Hence durations are equal or not, but have no order, and no `timedelta` where there are months.
    """

    __slots__ = ("days", "months", "nanoseconds")
    __match_args__: ClassVar[tuple[str, ...]] = ("months", "days", "nanoseconds")

    months: int
    days: int
    nanoseconds: int

    def __init__(self, months: int = 0, days: int = 0, nanoseconds: int = 0) -> None:
        _checked("months", months, _MIN_32, _MAX_32)
        _checked("days", days, _MIN_32, _MAX_32)
        _checked("nanoseconds", nanoseconds, _MIN_64, _MAX_64)
        if min(months, days, nanoseconds) < 0 < max(months, days, nanoseconds):
            raise ValueError("months, days and nanoseconds of a duration are of one sign")
        object.__setattr__(self, "months", int(months))
        object.__setattr__(self, "days", int(days))
        object.__setattr__(self, "nanoseconds", int(nanoseconds))

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("Duration is immutable")

    def __delattr__(self, name: str) -> None:
        raise AttributeError("Duration is immutable")

    @classmethod
    def parse(cls, text: str) -> Duration:
        """From text as CQL has it: ``1y2mo3w4d5h6m7s8ms9us10ns``, ``P1Y2M3DT4H5M6.7S``, ``P3W`` or
        ``P0001-02-03T04:05:06``, each with a minus before it.

        Units of the first form may be capitals (``1H30M``: minutes), the letters of the others must be.
        Raises ValueError.
        """
        body = text.removeprefix("-")
        parts = _iso_parts(body) if body.startswith("P") else _cql_parts(body)
        sign = -1 if text.startswith("-") else 1
        sums = [0, 0, 0]
        for number, unit in parts:
            field, factor = _UNITS[unit]
            sums[field] += sign * number * factor
        return cls(*sums)

    @classmethod
    def from_timedelta(cls, value: _dt.timedelta) -> Duration:
        """The timedelta's whole days as days, the rest as nanoseconds."""
        us = (value.days * 86_400 + value.seconds) * 1_000_000 + value.microseconds
        days, rest = divmod(abs(us), 86_400_000_000)
        return cls(0, days, rest * 1000) if us >= 0 else cls(0, -days, -rest * 1000)

    def to_timedelta(self) -> _dt.timedelta:
        """With days of 24 hours, nanoseconds cut to microseconds towards zero; ValueError if there are
        months.
        """
        if self.months:
            raise ValueError("months have no length in days")
        us = abs(self.nanoseconds) // 1000
        return _dt.timedelta(days=self.days, microseconds=-us if self.nanoseconds < 0 else us)

    def isoformat(self) -> str:
        """``P1Y2M3DT4H5M6.789S``, with a minus before it where it is negative."""
        years, months = divmod(abs(self.months), 12)
        minutes, ns = divmod(abs(self.nanoseconds), 60 * _NS_A_SECOND)
        hours, minutes = divmod(minutes, 60)
        seconds = f"{ns // _NS_A_SECOND}.{ns % _NS_A_SECOND:09}".rstrip("0").rstrip(".")
        date = "".join(f"{n}{unit}" for n, unit in ((years, "Y"), (months, "M"), (abs(self.days), "D")) if n)
        clock = "".join(f"{n}{unit}" for n, unit in ((hours, "H"), (minutes, "M")) if n) + (
            f"{seconds}S" if ns else ""
        )
        return f"{self._sign()}P{date}{'T' + clock if clock else '' if date else 'T0S'}"

    def _sign(self) -> str:
        return "-" if min(self.months, self.days, self.nanoseconds) < 0 else ""

    def __str__(self) -> str:
        """As CQL writes it: ``1y2mo3d4h5m6s7ms8us9ns``."""
        rest = [abs(self.months), abs(self.days), abs(self.nanoseconds)]
        out = ""
        for unit in ("y", "mo", "d", "h", "m", "s", "ms", "us", "ns"):
            field, factor = _UNITS[unit]
            count, rest[field] = divmod(rest[field], factor)
            out += f"{count}{unit}" if count else ""
        return self._sign() + (out or "0s")

    def __repr__(self) -> str:
        return f"Duration(months={self.months}, days={self.days}, nanoseconds={self.nanoseconds})"

    def __bool__(self) -> bool:
        return bool(self.months or self.days or self.nanoseconds)

    def __neg__(self) -> Duration:
        return Duration(-self.months, -self.days, -self.nanoseconds)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Duration):
            return NotImplemented
        return (self.months, self.days, self.nanoseconds) == (other.months, other.days, other.nanoseconds)

    def __hash__(self) -> int:
        return hash(f"{self.months} {self.days} {self.nanoseconds}")  # of text, as that of a Time

    def __reduce__(self) -> tuple[Any, ...]:
        return (Duration, (self.months, self.days, self.nanoseconds))


def _cql_parts(text: str) -> list[tuple[int, str]]:
    parts, at = [], 0
    part = re.compile(_CQL, re.ASCII | re.IGNORECASE)
    while at < len(text):
        found = part.match(text, at)
        if found is None:
            raise ValueError("a duration is written as 1y2mo3d4h5m6s or P1Y2M3DT4H5M6S")
        parts.append((int(found[1]), found[2].lower()))
        at = found.end()
    order = list(_UNITS)
    places = [order.index(unit) for _, unit in parts]
    if not parts or sorted(set(places)) != places:
        raise ValueError("the units of a duration come once each, the longest first")
    return parts


def _iso_parts(text: str) -> list[tuple[int, str]]:
    if found := re.fullmatch(_ISO_ALTERNATIVE, text):
        return list(zip(map(int, found.groups()), ("y", "mo", "d", "h", "m", "s"), strict=True))
    found = re.fullmatch(_ISO, text)
    if found is None or not any(found.groups()) or text.endswith("T"):
        raise ValueError("a duration in ISO form is written as P1Y2M3DT4H5M6.789S")
    parts = [(int(n), unit) for n, unit in zip(found.groups(), _ISO_UNITS, strict=False) if n]
    if found[8]:
        parts.append((int(found[8].ljust(9, "0")), "ns"))
    return parts
