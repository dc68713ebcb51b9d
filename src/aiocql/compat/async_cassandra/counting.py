"""Count the application's requests and report each one to its metrics."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from aiocql.compat.async_cassandra.failures import raise_as_there
from aiocql.compat.async_cassandra.metrics import MetricsMiddleware
from aiocql.logs import get_logger

__all__ = ["CountedRequest", "RequestRecorder"]

logger = get_logger("aiocql.compat")


class RequestRecorder:
    """Counters of a session, and the tasks that report finished requests to `metrics`."""

    def __init__(self, loop: asyncio.AbstractEventLoop, metrics: MetricsMiddleware | None) -> None:
        self.loop = loop
        self.metrics = metrics
        self.sent = 0
        self.completed = 0
        self.failed = 0
        self._tasks: set[asyncio.Task[None]] = set()

    def finished(self, error_type: str | None, **request: Any) -> None:
        """Count a request that ended, and report it. `error_type` is None for one that succeeded."""
        if error_type is None:
            self.completed += 1
        else:
            self.failed += 1
        if self.metrics is None or self.loop.is_closed():
            return
        record = self.metrics.record_query_metrics(
            success=error_type is None, error_type=error_type, **request
        )
        task = self.loop.create_task(record)
        self._tasks.add(task)
        task.add_done_callback(self._reported)

    def _reported(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            logger.warning("metrics of a request were not recorded: %s", task.exception())

    async def drain(self) -> None:
        """Wait until all finished requests are reported."""
        if self._tasks:
            await asyncio.wait(self._tasks)


class CountedRequest:
    """One request: sent from its first wait for a response on, completed or failed at its `end`.

    A stream is one request with a wait for each page. The time that its reader takes in between does not count.
    """

    __slots__ = ("_ended", "_failed", "_parameters", "_query", "_recorder", "_seconds", "size")

    def __init__(self, recorder: RequestRecorder, query: Any, parameters: Any) -> None:
        self.size = 0
        """How many rows came."""
        self._recorder = recorder
        self._query = query
        self._parameters = parameters
        self._seconds = 0.0
        self._failed: str | None = None
        self._ended: bool | None = None

    @contextmanager
    def waiting(self, what: str, *, sends: bool = True) -> Iterator[None]:
        """Measure one wait for a response, and translate errors to those of cassandra-driver.

        `what` is the text of a QueryError. With ``sends=False`` the request is only prepared, and counts as sent only
        if the preparation fails.
        """
        if sends:
            self._sent()
        since = self._recorder.loop.time()
        try:
            yield
        except BaseException as error:
            # A cancelled wait may be resumed: the outcome of the last wait is the outcome of the request.
            self._failed = type(error).__name__
            self._sent()
            if isinstance(error, Exception):
                raise_as_there(error, what)
            raise
        else:
            self._failed = None
        finally:
            self._seconds += self._recorder.loop.time() - since

    def _sent(self) -> None:
        if self._ended is None:
            self._ended = False
            self._recorder.sent += 1

    def end(self) -> None:
        """Count the request as finished. A request that was never sent is not counted. May be called again."""
        if self._ended is not False:
            return
        self._ended = True
        self._recorder.finished(
            self._failed,
            query=self._query if isinstance(self._query, str) else str(self._query),
            duration=self._seconds,
            parameters_count=len(self._parameters) if self._parameters else 0,
            result_size=self.size,
        )
