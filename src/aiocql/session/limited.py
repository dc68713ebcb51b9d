"""`Session.rate_limited`: the same session, seen through a limit of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiocql.execution.throttlers import VIEWS
from aiocql.results.result import Result
from aiocql.results.result_base import Answers
from aiocql.session.bulk_methods import ManyRequests
from aiocql.session.methods import RowT

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiocql.execution.dispatcher import Dispatcher, Execution
    from aiocql.execution.throttling import Throttler
    from aiocql.monitoring.stats import SessionStats, ThrottleStats
    from aiocql.nodes.host import Host
    from aiocql.session.session import Session

__all__ = ["RateLimitedSession", "limited"]


class RateLimitedSession(ManyRequests[RowT]):
    """A session whose requests are limited. All that the session has is here too, and shared with it.

    Each `execute`, page and batch counts as one request from when it is let through until it ends. Those that have to
    wait are served in the order of their coming; their timeout runs meanwhile. One that finds no place to wait raises
    RequestThrottled. Preparing is not counted. Limits of the session itself hold as well.
    """

    def __init__(self, session: Session[RowT], throttler: Throttler) -> None:
        self.session = session
        self.loop = session.loop
        self.dispatcher = _Limited(session.dispatcher, throttler)  # type: ignore[assignment]
        self.failures = session.failures
        self._throttler = throttler
        self._identity = session._identity
        self._result = Answers(self, Result).make
        self._preparer = session._preparer
        self._resolver = session._resolver
        self._statements = session._statements
        self._known = session._known

    @property
    def keyspace(self) -> str | None:
        """The keyspace of unqualified table names."""
        return self.session.keyspace

    @property
    def limits(self) -> ThrottleStats:
        """This limit: how many requests are under way, wait, were let through, delayed and refused."""
        return self._throttler.stats()

    def stats(self) -> SessionStats:
        """Those of the session; `throttles` has this limit among all."""
        return self.session.stats()

    def rate_limited(
        self,
        max_concurrent: int | None = None,
        *,
        requests_per_second: float | None = None,
        burst: float | None = None,
        max_queue: int = 10_000,
        name: str | None = None,
    ) -> RateLimitedSession[RowT]:
        """`Session.rate_limited`, within this limit: requests pass the new one, then this one, then the session's."""
        return limited(
            self.session,
            lambda: self._throttler,
            max_concurrent,
            requests_per_second,
            burst,
            max_queue,
            name,
        )

    def find_host(self, wanted: Any) -> Host:
        """The host that is meant: a `Host`, an address, `(address, port)`, an endpoint or a host id."""
        return self.session.find_host(wanted)

    def __getattr__(self, name: str) -> Any:
        if name == "session":
            raise AttributeError(name)
        return getattr(self.session, name)

    def __repr__(self) -> str:
        limits = self.limits
        return (
            f"<RateLimitedSession {limits.active} under way, {limits.waiting} waiting, of {self.session!r}>"
        )


def limited(
    session: Session[RowT],
    outer: Callable[[], Throttler | None],
    max_concurrent: int | None,
    per_second: float | None,
    burst: float | None,
    max_queue: int,
    name: str | None,
) -> RateLimitedSession[RowT]:
    """A view of the session with a limit, within the one that `outer` gives when a request has passed the first."""
    if max_concurrent is None and per_second is None:
        max_concurrent = 1000
    throttler = session._throttlers.make(VIEWS, max_concurrent, per_second, burst, max_queue, name, outer)
    return RateLimitedSession(session, throttler)


class _Limited:
    """The session's dispatcher, whose requests pass the limit first."""

    def __init__(self, dispatcher: Dispatcher, throttler: Throttler) -> None:
        self._dispatcher = dispatcher
        self._throttler = throttler

    def start(
        self, statement: Any, parameters: Any, options: Any, paging_state: bytes | None = None
    ) -> Execution:
        return self._dispatcher.start(statement, parameters, options, paging_state, self._throttler)

    def start_as_prepared(self, statement: Any, parameters: Any) -> Execution:
        return self._dispatcher.start_as_prepared(statement, parameters, self._throttler)

    def start_batch(self, batch: Any, options: Any, keyspace: str | None) -> Execution:
        return self._dispatcher.start_batch(batch, options, keyspace, self._throttler)

    def start_body(self, *args: Any, **kwargs: Any) -> Execution:
        return self._dispatcher.start_body(*args, **kwargs, throttle=self._throttler)  # type: ignore[misc]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._dispatcher, name)
