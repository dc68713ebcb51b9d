"""`Session.rate_limited`: the same session, seen through a limit of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiocql.execution.throttlers import VIEWS
from aiocql.session.face import SessionFace
from aiocql.session.methods import RowT

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiocql.execution.throttle_stats import ThrottleStats
    from aiocql.execution.throttling import Throttler

__all__ = ["RateLimitedSession", "limited"]


class RateLimitedSession(SessionFace[RowT]):
    """A session whose requests are limited. All that the session has is here too, and shared with it.

    Each `execute`, page and batch counts as one request from when it is let through until it ends. Those that have to
    wait are served in the order of their coming; their timeout runs meanwhile. One that finds no place to wait raises
    RequestThrottled. Preparing is not counted. Limits of the session itself hold as well.
    """

    def __init__(self, session: SessionFace[RowT], throttler: Throttler) -> None:
        super().__init__(session._services, throttler)
        self.session = session
        self._throttler = throttler

    @property
    def _whole(self) -> SessionFace[RowT]:
        return self.session

    @property
    def limits(self) -> ThrottleStats:
        """This limit: how many requests are under way, wait, were let through, delayed and refused."""
        return self._throttler.stats()

    def rate_limited(
        self,
        max_concurrent: int | None = None,
        *,
        requests_per_second: float | None = None,
        burst: float | None = None,
        max_queue: int = 10_000,
        name: str | None = None,
    ) -> RateLimitedSession[RowT]:
        """Return a session with a limit within this one, as `Session.rate_limited` does.

        Requests pass the new limit, then this one, then the session's.
        """
        throttler = self._throttler
        return limited(
            self.session,
            lambda: throttler,
            max_concurrent,
            requests_per_second,
            burst,
            max_queue,
            name,
        )

    def __repr__(self) -> str:
        limits = self.limits
        return (
            f"<RateLimitedSession {limits.active} under way, {limits.waiting} waiting, of {self.session!r}>"
        )


def limited(
    session: SessionFace[RowT],
    outer: Callable[[], Throttler | None],
    max_concurrent: int | None,
    per_second: float | None,
    burst: float | None,
    max_queue: int,
    name: str | None,
) -> RateLimitedSession[RowT]:
    """Return a view of the session with a limit; `outer` gives the limit that a request passes after this one."""
    if max_concurrent is None and per_second is None:
        max_concurrent = 1000
    throttlers = session._services.throttlers
    throttler = throttlers.make(VIEWS, max_concurrent, per_second, burst, max_queue, name, outer)
    return RateLimitedSession(session, throttler)
