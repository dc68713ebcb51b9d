"""Time UUIDs: UUIDs of version 1, which Cassandra's ``timeuuid`` holds and orders by time (RFC 9562, section 5.1)."""

from __future__ import annotations

import datetime as _dt
import os
import uuid
from collections.abc import Callable
from threading import Lock

from aiocql.types.values import Timestamp

__all__ = [
    "TimeUUIDGenerator",
    "datetime_from_uuid1",
    "max_uuid_from_time",
    "min_uuid_from_time",
    "unix_time_from_uuid1",
    "uuid_from_time",
]

_GREGORIAN = 122_192_928_000_000_000
"""Ticks of 100 ns between 1582-10-15, where version 1 begins, and 1970-01-01."""

_EPOCH = _dt.datetime(1970, 1, 1, tzinfo=_dt.UTC)
_MICROSECOND = _dt.timedelta(microseconds=1)
_MAX_TICKS = (1 << 60) - 1

Moment = _dt.datetime | Timestamp | int | float
"""A time: an aware datetime, a naive one (taken for UTC), a Timestamp, or seconds since 1970."""


def _ticks(moment: Moment) -> int:
    """Ticks of 100 ns since 1582-10-15."""
    if isinstance(moment, _dt.datetime):
        aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=_dt.UTC)
        ticks = (aware - _EPOCH) // _MICROSECOND * 10
    elif isinstance(moment, Timestamp):
        ticks = moment.milliseconds * 10_000
    elif isinstance(moment, int) and not isinstance(moment, bool):
        ticks = moment * 10_000_000
    elif isinstance(moment, float):
        ticks = round(moment * 1_000_000) * 10
    else:
        raise TypeError(f"a time is a datetime, a Timestamp or seconds, not {type(moment).__name__}")
    ticks += _GREGORIAN
    if not 0 <= ticks <= _MAX_TICKS:
        raise ValueError("a time UUID holds the years 1582 to 5236")
    return ticks


def _make(ticks: int, low: int) -> uuid.UUID:
    """A version 1 UUID of its time and of the 64 bits of clock sequence and node."""
    high = (ticks & 0xFFFFFFFF) << 32 | (ticks >> 32 & 0xFFFF) << 16 | 0x1000 | ticks >> 48
    return uuid.UUID(int=high << 64 | low)


def _low(node: int, clock_seq: int) -> int:
    if not 0 <= node < 1 << 48:
        raise ValueError("node is of 48 bits")
    if not 0 <= clock_seq < 1 << 14:
        raise ValueError("clock_seq is of 14 bits")
    return (0x8000 | clock_seq) << 48 | node


def _random_low() -> int:
    """A random clock sequence and a random node; its multicast bit says that it is no network card's (section 6.10)."""
    random = int.from_bytes(os.urandom(8), "big")
    return _low(random & 0xFFFFFFFFFFFF | 1 << 40, random >> 50)


def uuid_from_time(moment: Moment, node: int | None = None, clock_seq: int | None = None) -> uuid.UUID:
    """A time UUID of that time; `node` (48 bits) and `clock_seq` (14 bits) are random unless given.

    Two of one moment differ, but not in time: for unique, increasing ones see `TimeUUIDGenerator`.
    """
    random = _random_low()
    node = random & 0xFFFFFFFFFFFF if node is None else node
    clock_seq = random >> 48 & 0x3FFF if clock_seq is None else clock_seq
    return _make(_ticks(moment), _low(node, clock_seq))


def min_uuid_from_time(moment: Moment) -> uuid.UUID:
    """The smallest time UUID of that time in Cassandra's order, for ``>=`` and ``<``; CQL's ``minTimeuuid``.

    It is for comparing only: two of one moment are the same.
    """
    return _make(_ticks(moment), 0x8080808080808080)


def max_uuid_from_time(moment: Moment) -> uuid.UUID:
    """The greatest time UUID of that time in Cassandra's order, for ``<=`` and ``>``; CQL's ``maxTimeuuid``.

    That time is a microsecond, or a millisecond where a Timestamp is given: the UUIDs within it are all included.
    """
    span = 10_000 if isinstance(moment, Timestamp) else 10
    return _make(_ticks(moment) + span - 1, 0x7F7F7F7F7F7F7F7F)


def _uuid_ticks(value: uuid.UUID) -> int:
    if value.int >> 76 & 0xF != 1:  # not value.version: min and max have no variant that it would know
        raise ValueError("only a UUID of version 1 has a time")
    return value.time - _GREGORIAN


def datetime_from_uuid1(value: uuid.UUID) -> _dt.datetime:
    """The time of a time UUID, aware and in UTC, cut to microseconds. Raises ValueError for other versions."""
    return _EPOCH + _dt.timedelta(microseconds=_uuid_ticks(value) // 10)


def unix_time_from_uuid1(value: uuid.UUID) -> float:
    """The time of a time UUID in seconds since 1970. Raises ValueError for other versions."""
    return _uuid_ticks(value) / 10_000_000


class TimeUUIDGenerator:
    """Gives a new time UUID on each call, always later than the one before, also where the clock goes back.

    Any number of threads may share one. Clock sequence and node are random, and new in a forked process. `clock` gives
    microseconds since 1970.
    """

    __slots__ = ("_clock", "_last", "_lock", "_low", "_pid")

    def __init__(self, clock: Callable[[], int] | None = None) -> None:
        self._clock = _now if clock is None else clock
        self._last = 0
        self._low = _random_low()
        self._pid = os.getpid()
        self._lock = Lock()

    def __call__(self) -> uuid.UUID:
        if self._pid != os.getpid():
            # A lock too: the parent's may have been held by another of its threads.
            self._pid, self._low, self._lock = os.getpid(), _random_low(), Lock()
        with self._lock:
            now = self._clock() * 10 + _GREGORIAN
            self._last = ticks = max(now, self._last + 1)
            return _make(ticks, self._low)


def _now() -> int:
    return (_dt.datetime.now(_dt.UTC) - _EPOCH) // _MICROSECOND
