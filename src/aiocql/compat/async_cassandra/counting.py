"""A request of the application as the monitor and the metrics see it: when it is sent, and how it ends."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from aiocql.compat.async_cassandra.failures import raise_as_there

if TYPE_CHECKING:
    from aiocql.compat.async_cassandra.session import AsyncCassandraSession

__all__ = ["CountedRequest"]


class CountedRequest:
    """One request of a session: sent from its first wait for an answer on, completed or failed at its `end`.

    A stream is one request, with a wait for each page; those who read it take their time in between.
    """

    __slots__ = ("_ended", "_failed", "_parameters", "_query", "_seconds", "_session", "size")

    def __init__(self, session: AsyncCassandraSession, query: Any, parameters: Any) -> None:
        self.size = 0
        """How many rows came."""
        self._session = session
        self._query = query
        self._parameters = parameters
        self._seconds = 0.0
        self._failed: str | None = None
        self._ended: bool | None = None

    @contextmanager
    def waiting(self, what: str, *, sends: bool = True) -> Iterator[None]:
        """A wait for one of its answers. Errors are raised as those of cassandra-driver, said to be `what`.

        Without `sends` it is being made ready, and counts as sent only if that goes wrong.
        """
        if sends:
            self._sent()
        loop = self._session._session.loop
        since = loop.time()
        try:
            yield
        except BaseException as error:
            # A wait that is cancelled may be taken up again: how the last one went is how it ended.
            self._failed = type(error).__name__
            self._sent()
            if isinstance(error, Exception):
                raise_as_there(error, what)
            raise
        else:
            self._failed = None
        finally:
            self._seconds += loop.time() - since

    def _sent(self) -> None:
        if self._ended is None:
            self._ended = False
            self._session.requests_sent += 1

    def end(self) -> None:
        """It is over; can be called again. One that was never sent counts nowhere."""
        if self._ended is not False:
            return
        self._ended = True
        session = self._session
        if self._failed is None:
            session.requests_completed += 1
        else:
            session.requests_failed += 1
        metrics, loop = session._metrics, session._session.loop
        if metrics is None or loop.is_closed():
            return
        record = metrics.record_query_metrics(
            query=self._query if isinstance(self._query, str) else str(self._query),
            duration=self._seconds,
            success=self._failed is None,
            error_type=self._failed,
            parameters_count=len(self._parameters) if self._parameters else 0,
            result_size=self.size,
        )
        task = loop.create_task(record)
        session._recording.add(task)
        task.add_done_callback(session._recorded)
