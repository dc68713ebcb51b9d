"""Values in results as cassandra-driver gives them, and values that it takes."""

from __future__ import annotations

import datetime as _dt
from decimal import Decimal
from typing import Any

from aiocql.compat.cassandra import util
from aiocql.types import values
from aiocql.types.registry import CodecRegistry, ValueCodec
from aiocql.types.values import Timestamp

__all__ = ["driver_codecs"]


class NaiveTimestamps(ValueCodec):
    """``timestamp`` as naive datetimes in UTC; `Timestamp` where they cannot hold it. Text in ISO form is taken too."""

    hashable = True

    def encode(self, value: Any) -> Any:
        """A datetime, date, number of milliseconds, or text."""
        if isinstance(value, str):
            return _dt.datetime.fromisoformat(value)
        return int(value) if isinstance(value, float) else value

    def decode(self, value: Any) -> Any:
        """Without its time zone."""
        return value if isinstance(value, Timestamp) else value.replace(tzinfo=None)


class Dates(ValueCodec):
    """``date`` as `util.Date`."""

    hashable = True

    def encode(self, value: Any) -> Any:
        """Take any form of `util.Date`, or an integer as CQL has it: days with 1970-01-01 in the middle, at 2**31."""
        if isinstance(value, int):
            return values.Date(value - 2**31)
        return values.Date(util.Date(value).days)

    def decode(self, value: Any) -> util.Date:
        """With `.date()`."""
        return util.Date(value)


class Times(ValueCodec):
    """``time`` as `util.Time`."""

    hashable = True

    def encode(self, value: Any) -> Any:
        """A time in any of the forms that `util.Time` takes."""
        return values.Time(util.Time(value).nanoseconds)

    def decode(self, value: Any) -> util.Time:
        """With `.time()`."""
        return util.Time(value)


class Addresses(ValueCodec):
    """``inet`` as text."""

    hashable = True

    def decode(self, value: Any) -> str:
        """``127.0.0.1``"""
        return str(value)


class Decimals(ValueCodec):
    """``decimal`` from a float as well, by its shortest text, as a literal would have it."""

    hashable = True

    def encode(self, value: Any) -> Any:
        """A Decimal, int or float."""
        return Decimal(repr(value)) if isinstance(value, float) else value


def driver_codecs() -> CodecRegistry:
    """The registry of a session whose values are those of cassandra-driver."""
    registry = CodecRegistry()
    registry.register("timestamp", NaiveTimestamps())
    registry.register("date", Dates())
    registry.register("time", Times())
    registry.register("inet", Addresses())
    registry.register("decimal", Decimals())
    return registry
