"""The limits of one session: those that are in use, and what those that are gone have counted."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio

    from aiocql.execution.throttle_stats import ThrottleStats, ThrottleTotals
    from aiocql.execution.throttling import Throttler
    from aiocql.policies.throttle import Throttle

__all__ = ["SESSION", "VIEWS", "Throttlers"]

SESSION, VIEWS = "session", "views"


class _Entry:
    """A limit: what it counts, and how to find it while somebody holds it."""

    __slots__ = ("find", "scope", "throttle")

    def __init__(self, scope: str, throttle: Throttle, find: Callable[[], Throttler | None]) -> None:
        self.scope = scope
        self.throttle = throttle
        self.find = find


class _Counted:
    """What limits have counted until now. It becomes `ThrottleTotals` when somebody asks: the dataclasses of
    `throttle_stats` are slow to import, and few sessions are asked for statistics before their first request."""

    __slots__ = ("admitted", "delayed", "refused", "wait_seconds")

    def __init__(
        self, admitted: int = 0, delayed: int = 0, refused: int = 0, wait_seconds: float = 0.0
    ) -> None:
        self.admitted = admitted
        self.delayed = delayed
        self.refused = refused
        self.wait_seconds = wait_seconds

    def plus(self, throttles: Sequence[Throttle]) -> _Counted:
        """These and what some limits have counted."""
        return _Counted(
            self.admitted + sum(each.admitted for each in throttles),
            self.delayed + sum(each.delayed for each in throttles),
            self.refused + sum(each.refused for each in throttles),
            self.wait_seconds + sum(each.wait_seconds for each in throttles),
        )


class Throttlers:
    """Knows limits without keeping them: a view that nobody holds goes, and its counts stay.

    Any thread may read while the loop's own makes limits: one tuple holds all, and is replaced as a whole. What a
    limit has counted is kept apart from it, so that its end needs no callback, which might run in any thread.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        nothing = {scope: _Counted() for scope in (SESSION, VIEWS)}
        self._now: tuple[dict[str, _Counted], tuple[_Entry, ...]] = (nothing, ())
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
        from aiocql.execution.throttling import Throttler
        from aiocql.policies.throttle import Throttle

        throttle = Throttle(
            max_concurrent=max_concurrent,
            per_second=per_second,
            burst=burst,
            max_queue=max_queue,
            now=self._loop.time(),
        )
        name = self._name(scope) if name is None else name
        throttler = Throttler(throttle, self._loop, name=name, outer=outer)
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
            {each: counted.plus(_of_scope(each, gone)) for each, counted in past.items()},
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
            tuple(_totals(each, counted, _of_scope(each, entries)) for each, counted in past.items()),
        )


def _of_scope(scope: str, entries: Iterable[_Entry]) -> list[Throttle]:
    return [entry.throttle for entry in entries if entry.scope == scope]


def _totals(scope: str, past: _Counted, throttles: list[Throttle]) -> ThrottleTotals:
    """What was, and the limits of its scope. Those that are gone have nothing under way and nobody waiting."""
    from aiocql.execution.throttle_stats import ThrottleTotals

    counted = past.plus(throttles)
    return ThrottleTotals(
        scope=scope,
        active=sum(each.active for each in throttles),
        waiting=sum(each.waiting for each in throttles),
        admitted=counted.admitted,
        delayed=counted.delayed,
        refused=counted.refused,
        wait_seconds=counted.wait_seconds,
    )
