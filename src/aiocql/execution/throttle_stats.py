"""What the limits of a session are doing and have done: frozen snapshots, parts of `SessionStats`."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ThrottleStats", "ThrottleTotals"]


@dataclass(frozen=True, slots=True)
class ThrottleStats:
    """One limit: `rate_limited()`, or that of the whole session."""

    name: str
    """``session`` for that of the whole session; what `rate_limited` was given, or ``view 1`` and so on."""
    max_concurrent: int | None
    requests_per_second: float | None
    max_queue: int
    active: int
    waiting: int
    peak_waiting: int
    admitted: int
    delayed: int
    """Requests that had to wait before they were let through."""
    refused: int
    """Requests that found no place to wait (`RequestThrottled`)."""
    wait_seconds: float
    """The time that the delayed ones have waited, together."""


@dataclass(frozen=True, slots=True)
class ThrottleTotals:
    """All limits of one scope together, with those that are no more: what is counted here never falls."""

    scope: str
    """``session`` or ``views``: a request that is sent through a view passes the session's limit as well."""
    active: int
    waiting: int
    admitted: int
    delayed: int
    refused: int
    wait_seconds: float
