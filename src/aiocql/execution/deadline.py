"""How much of a timeout is left for what comes next."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["Deadline"]

LEAST = 0.001
"""Seconds that are left at least: what comes next fails by its own timeout, with the error of that step."""


class Deadline:
    """The end of a timeout that begins now. `timeout` is in seconds, None for no limit; `time` is the loop's clock."""

    __slots__ = ("_began", "_time", "_timeout")

    def __init__(self, timeout: float | None, time: Callable[[], float]) -> None:
        self._timeout = timeout
        self._time = time
        self._began = time()

    def left(self) -> float | None:
        """Return the seconds that are left, at least a millisecond; None for no limit."""
        if self._timeout is None:
            return None
        return max(self._began + self._timeout - self._time(), LEAST)

    @property
    def is_untouched(self) -> bool:
        """Whether no more than a millisecond has passed."""
        return self._time() - self._began <= LEAST
