"""The limits of one session: those that are in use, and what those that are gone have counted."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from aiocql.observe.stats import ThrottleStats, ThrottleTotals

if TYPE_CHECKING:
    import asyncio

    from aiocql.limits.throttle import Throttle
    from aiocql.session.failures import Failures
    from aiocql.session.throttling import Throttler

__all__ = ["SESSION", "VIEWS", "Throttlers"]

SESSION, VIEWS = "session", "views"


class _Entry(NamedTuple):
    scope: str
    throttle: Throttle
    find: Callable[[], Throttler | None]


class Throttlers:
    """Knows limits without keeping them: a view that nobody holds goes, and its counts stay.

    Any thread may read while the loop's own makes limits: one tuple holds all, and is replaced as a whole. What a
    limit has counted is kept apart from it, so that its end needs no callback, which might run in any thread.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, failures: Failures) -> None:
        self._loop = loop
        self._failures = failures
        nothing = tuple(ThrottleTotals(scope, 0, 0, 0, 0, 0, 0.0) for scope in (SESSION, VIEWS))
        self._now: tuple[tuple[ThrottleTotals, ...], tuple[_Entry, ...]] = (nothing, ())
        self._views = 0

    def make(
        self,
        scope: str,
        max_concurrent: int | None,
        per_second: float | None,
        burst: float | None,
        max_queue: int,
        name: str | None = None,
        outer: Callable[[], Throttler | None] = lambda: None,
    ) -> Throttler:
        """A limit, within the one that `outer` gives. Raises ConfigurationError."""
        from aiocql.limits.throttle import Throttle
        from aiocql.session.throttling import Throttler

        throttle = Throttle(
            max_concurrent=max_concurrent,
            per_second=per_second,
            burst=burst,
            max_queue=max_queue,
            now=self._loop.time(),
        )
        name = self._name(scope) if name is None else name
        throttler = Throttler(throttle, self._loop, self._failures, name=name, outer=outer)
        self._add(throttler, scope)
        return throttler

    def _name(self, scope: str) -> str:
        """The name of a limit that was given none."""
        if scope == SESSION:
            return SESSION
        self._views += 1
        return f"view {self._views}"

    def _add(self, throttler: Throttler, scope: str) -> None:
        """One more; those that are gone since are counted into what was."""
        past, entries = self._now
        gone = [entry for entry in entries if entry.find() is None]
        kept = tuple(entry for entry in entries if entry not in gone) if gone else entries
        self._now = (
            tuple(_together(each, gone) for each in past),
            (*kept, _Entry(scope, throttler.throttle, weakref.ref(throttler))),
        )

    def __iter__(self) -> Iterator[Throttler]:
        found = (entry.find() for entry in self._now[1])
        return iter([throttler for throttler in found if throttler is not None])

    def stats(self) -> tuple[tuple[ThrottleStats, ...], tuple[ThrottleTotals, ...]]:
        """Each limit that there is, the oldest first; and all that ever were, by scope."""
        past, entries = self._now
        found = (entry.find() for entry in entries)
        return (
            tuple(throttler.stats() for throttler in found if throttler is not None),
            tuple(_together(each, entries) for each in past),
        )


def _together(past: ThrottleTotals, entries: Iterable[_Entry]) -> ThrottleTotals:
    """What was, and the limits of its scope. Those that are gone have nothing under way and nobody waiting."""
    throttles = [entry.throttle for entry in entries if entry.scope == past.scope]
    return ThrottleTotals(
        scope=past.scope,
        active=sum(each.active for each in throttles),
        waiting=sum(each.waiting for each in throttles),
        admitted=past.admitted + sum(each.admitted for each in throttles),
        delayed=past.delayed + sum(each.delayed for each in throttles),
        refused=past.refused + sum(each.refused for each in throttles),
        wait_seconds=past.wait_seconds + sum(each.wait_seconds for each in throttles),
    )
