"""Generators of the timestamps that writes carry, for ``AsyncCluster(timestamp_generator=...)``."""

from __future__ import annotations

import time

from aiocql.logs import get_logger

__all__ = ["MonotonicTimestampGenerator"]

logger = get_logger("aiocql.compat")


class MonotonicTimestampGenerator:
    """Microseconds since 1970, each greater than the one before, also where the clock stands or goes back.

    Without any generator a session's timestamps are so, too. Warns, at most every `warning_interval` seconds, while
    they are `warning_threshold` seconds or more ahead of the clock.
    """

    def __init__(
        self, warn_on_drift: bool = True, warning_threshold: float = 1, warning_interval: float = 1
    ) -> None:
        self.warn_on_drift = warn_on_drift
        self.warning_threshold = warning_threshold
        self.warning_interval = warning_interval
        self.last = 0
        self._last_warning = 0

    def __call__(self) -> int:
        return self._next_timestamp(int(time.time() * 1e6), self.last)

    def _next_timestamp(self, now: int, last: int) -> int:
        self.last = max(now, last + 1)
        ahead = self.last - now
        if (
            self.warn_on_drift
            and ahead >= self.warning_threshold * 1e6
            and now - self._last_warning >= self.warning_interval * 1e6
        ):
            self._last_warning = now
            logger.warning("the clock is %d microseconds behind the last timestamp", ahead)
        return self.last
