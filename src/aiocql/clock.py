"""The microsecond clock of client timestamps: it never goes back and never stands still."""

from __future__ import annotations

import time
from collections.abc import Callable

__all__ = ["MonotonicTimestamps"]


class MonotonicTimestamps:
    """Gives a new timestamp in microseconds since the epoch on each call, always greater than the one before.

    When the system clock goes back, or more than one timestamp is asked for within a microsecond, it counts on by one
    (as the Java driver's AtomicMonotonicTimestampGenerator does).
    """

    __slots__ = ("_clock", "_last")

    def __init__(self, clock: Callable[[], int] = time.time_ns) -> None:
        self._clock = clock
        self._last = 0

    def __call__(self) -> int:
        now = self._clock() // 1000
        self._last = now if now > self._last else self._last + 1
        return self._last
