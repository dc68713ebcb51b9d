"""Values of CQL types as cassandra-driver has them."""

from __future__ import annotations

import datetime as _dt
from typing import Any
from uuid import UUID

from aiocql.types import timeuuid, values
from aiocql.types.containers import CqlMap, CqlSet
from aiocql.types.timeuuid import max_uuid_from_time, min_uuid_from_time, unix_time_from_uuid1, uuid_from_time
from aiocql.types.values import Duration

__all__ = [
    "Date",
    "Duration",
    "OrderedMap",
    "OrderedMapSerializedKey",
    "SortedSet",
    "Time",
    "datetime_from_timestamp",
    "datetime_from_uuid1",
    "max_uuid_from_time",
    "min_uuid_from_time",
    "ms_timestamp_from_datetime",
    "sortedset",
    "unix_time_from_uuid1",
    "uuid_from_time",
]

OrderedMap = CqlMap
OrderedMapSerializedKey = CqlMap
SortedSet = CqlSet
sortedset = SortedSet

_EPOCH = _dt.datetime(1970, 1, 1)
_SECONDS_A_DAY = 86_400


class Date(values.Date):
    """A day: made of days since 1970-01-01, a `datetime.date`, or text like ``2024-02-29``."""

    __slots__ = ()

    def __init__(self, value: Any) -> None:
        if isinstance(value, _dt.datetime):
            value = value.date()
        if isinstance(value, _dt.date):
            value = value.toordinal() - _EPOCH.toordinal()
        elif isinstance(value, str):
            value = values.Date.fromisoformat(value).days
        elif isinstance(value, values.Date):
            value = value.days
        super().__init__(value)

    @property
    def days_from_epoch(self) -> int:
        """Days since 1970-01-01."""
        return self.days

    @property
    def seconds(self) -> int:
        """Seconds since 1970-01-01."""
        return self.days * _SECONDS_A_DAY

    def date(self) -> _dt.date:
        """As `datetime.date`; ValueError outside the years 1 to 9999."""
        return self.to_date()


class Time(values.Time):
    """A time of day: made of nanoseconds since midnight, a `datetime.time`, or text like ``12:30:05.123``."""

    __slots__ = ()

    def __init__(self, value: Any) -> None:
        if isinstance(value, _dt.time):
            value = values.Time.from_time(value).nanoseconds
        elif isinstance(value, str):
            value = values.Time.fromisoformat(value).nanoseconds
        elif isinstance(value, values.Time):
            value = value.nanoseconds
        super().__init__(value)

    @property
    def nanosecond_time(self) -> int:
        """Nanoseconds since midnight."""
        return self.nanoseconds

    def time(self) -> _dt.time:
        """As `datetime.time`, cut to microseconds."""
        return self.to_time()


def datetime_from_timestamp(timestamp: float) -> _dt.datetime:
    """The naive UTC datetime of seconds since 1970."""
    return _EPOCH + _dt.timedelta(seconds=timestamp)


def ms_timestamp_from_datetime(moment: _dt.datetime) -> int:
    """Milliseconds since 1970 of a datetime; a naive one is taken for UTC."""
    return values.Timestamp.from_datetime(moment).milliseconds


def datetime_from_uuid1(value: UUID) -> _dt.datetime:
    """The time of a time UUID, naive and in UTC."""
    return timeuuid.datetime_from_uuid1(value).replace(tzinfo=None)
