"""How many requests may be under way at once, and how many may begin in a second: decided here, acted on elsewhere.

Pure: the time is passed in, a request is any object, nothing is called. A request that arrives while others wait is
queued behind them. Removing a request from the queue takes constant time.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from aiocql.errors import ConfigurationError

__all__ = ["Throttle"]


class Throttle:
    """A limit of requests at once (`max_concurrent`), of requests a second (`per_second`), or both.

    The rate is a bucket of tokens that holds `burst` (default: a tenth of a second's worth, at least one) and begins
    full. At most `max_queue` may wait. Times are seconds of one clock.
    """

    __slots__ = (
        "_refilled",
        "_tokens",
        "_waiting",
        "active",
        "admitted",
        "burst",
        "delayed",
        "max_concurrent",
        "max_queue",
        "peak_waiting",
        "per_second",
        "refused",
        "wait_seconds",
    )

    def __init__(
        self,
        *,
        max_concurrent: int | None = None,
        per_second: float | None = None,
        burst: float | None = None,
        max_queue: int = 10_000,
        now: float = 0.0,
    ) -> None:
        _check(max_concurrent, per_second, burst, max_queue)
        self.max_concurrent = max_concurrent
        self.per_second = per_second
        self.burst = float(burst) if burst is not None else max((per_second or 0.0) / 10, 1.0)
        self.max_queue = max_queue
        self.active = 0
        """How many are under way."""
        self.admitted = 0
        """How many were let through so far."""
        self.delayed = 0
        """How many of them had to wait."""
        self.refused = 0
        """How many found no place to wait."""
        self.peak_waiting = 0
        self.wait_seconds = 0.0
        """The time that those who were let through have waited, together."""
        self._waiting: OrderedDict[Any, float] = OrderedDict()
        self._tokens = self.burst
        self._refilled = now

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._waiting)

    @property
    def is_full(self) -> bool:
        """Whether nobody else may wait."""
        return len(self._waiting) >= self.max_queue

    def admit(self, ticket: Any, now: float) -> bool | None:
        """True: go on. False: `ticket` waits from now on. None: there is no place to wait."""
        if not self._waiting and self._has_room(now):
            self._let_in()
            return True
        if self.is_full:
            self.refused += 1
            return None
        self._waiting[ticket] = now
        self.peak_waiting = max(self.peak_waiting, len(self._waiting))
        return False

    def next(self, now: float) -> Any:
        """The one that waits longest, who may go on now; None where nobody waits or nobody may."""
        if not self._waiting or not self._has_room(now):
            return None
        ticket, since = self._waiting.popitem(last=False)
        self._let_in()
        self.delayed += 1
        self.wait_seconds += now - since
        return ticket

    def released(self) -> None:
        """One that was let through has ended."""
        self.active -= 1

    def left(self, ticket: Any) -> None:
        """One that waited does not wait any more."""
        self._waiting.pop(ticket, None)

    def tickets(self) -> tuple[Any, ...]:
        """All that wait, the first first."""
        return tuple(self._waiting)

    def due(self, now: float) -> float | None:
        """Seconds until `next` has something for the rate's sake.

        None where nobody waits, or where nothing but the end of another makes room.
        """
        if not self._waiting or self.per_second is None or not self._has_slot():
            return None
        self._refill(now)
        return max((1.0 - self._tokens) / self.per_second, 0.0)

    def _has_slot(self) -> bool:
        return self.max_concurrent is None or self.active < self.max_concurrent

    def _has_room(self, now: float) -> bool:
        if not self._has_slot():
            return False
        if self.per_second is None:
            return True
        self._refill(now)
        return self._tokens > 1.0 - 1e-9

    def _refill(self, now: float) -> None:
        if self.per_second is not None and now > self._refilled:
            self._tokens = min(self._tokens + (now - self._refilled) * self.per_second, self.burst)
            self._refilled = now

    def _let_in(self) -> None:
        self.active += 1
        self.admitted += 1
        if self.per_second is not None:
            self._tokens -= 1.0


def _check(max_concurrent: int | None, per_second: float | None, burst: float | None, max_queue: int) -> None:
    if max_concurrent is None and per_second is None:
        raise ConfigurationError(
            "a limit of nothing", hint="give max_concurrent, requests_per_second or both"
        )
    for name, value, least in (("max_concurrent", max_concurrent, 1), ("max_queue", max_queue, 0)):
        whole = isinstance(value, int) and not isinstance(value, bool) and value >= least
        if value is not None and not whole:
            raise ConfigurationError(f"{name}: {value!r} is no whole number of at least {least}")
    for name, rate, floor in (("requests_per_second", per_second, 0.0), ("burst", burst, 1.0)):
        if rate is None:
            continue
        number = isinstance(rate, int | float) and not isinstance(rate, bool)
        if not number or not floor <= rate < float("inf") or rate == 0:
            raise ConfigurationError(f"{name}: {rate!r} is no number above {floor:g}")
    if burst is not None and per_second is None:
        raise ConfigurationError("burst: only a limit of requests a second has one")
