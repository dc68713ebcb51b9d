"""Rows page by page: no more than two pages are held."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiocql.compat.async_cassandra.base import AsyncContextManageable
from aiocql.compat.async_cassandra.result import column_names
from aiocql.compat.cassandra.query import SimpleStatement
from aiocql.compat.cassandra.rows import RowFactory, apply_factory, named_tuple_factory
from aiocql.logs import get_logger
from aiocql.results.stream import Stream

if TYPE_CHECKING:
    from aiocql.compat.async_cassandra.counting import CountedRequest

__all__ = ["AsyncStreamingResultSet", "StreamConfig", "StreamingResultHandler", "create_streaming_statement"]

logger = get_logger("aiocql.compat")

STREAM_FAILED = "Streaming query execution failed"


@dataclass
class StreamConfig:
    """How a stream is read."""

    fetch_size: int = 1000
    """Rows a page."""
    max_pages: int | None = None
    """Pages after which it ends; None for all."""
    page_callback: Callable[[int, int], Any] | None = None
    """Called with the number of each page, from 1, and its rows. What it raises is logged."""
    timeout_seconds: float | None = None
    """Seconds for each page; None for the session's timeout."""


class AsyncStreamingResultSet(AsyncContextManageable):
    """The rows of a stream: ``async for row in result``, or ``async for page in result.pages()``.

    Nothing has to be closed: a stream that is let go of gives up what is on its way.
    """

    def __init__(
        self,
        response_future: Stream[Any],
        config: StreamConfig | None = None,
        row_factory: RowFactory = named_tuple_factory,
        request: CountedRequest | None = None,
    ) -> None:
        self._request = request
        self._stream = response_future
        self._pages = response_future.pages()
        self.config = config or StreamConfig()
        self._row_factory = row_factory
        self._page: list[Any] = []
        self._index = 0
        self._page_number = 0
        self._total_rows = 0
        self._ended = False

    @property
    def page_number(self) -> int:
        """The number of the page that is being read, from 1; 0 before the first."""
        return self._page_number

    @property
    def total_rows_fetched(self) -> int:
        """Rows of all pages so far."""
        return self._total_rows

    def __aiter__(self) -> AsyncIterator[Any]:
        return self

    async def __anext__(self) -> Any:
        # A page may be empty and not the last.
        while self._index >= len(self._page):
            if not await self._fetch():
                raise StopAsyncIteration
        self._index += 1
        return self._page[self._index - 1]

    async def pages(self) -> AsyncIterator[list[Any]]:
        """Lists of rows; of a page that was begun already, none."""
        while await self._fetch():
            self._index = len(self._page)
            if self._page:
                yield self._page

    async def _fetch(self) -> bool:
        """Reads the next page; False after the last."""
        if self._ended or self._page_number == self.config.max_pages:
            await self.cancel()
            return False
        try:
            with self._waiting():
                page = await anext(self._pages, None)
                if page is not None:
                    self._page = apply_factory(self._row_factory, column_names(page), page.rows)
        except Exception:
            self._end()
            raise
        if page is None:
            self._end()
            return False
        self._index = 0
        self._page_number += 1
        self._total_rows += len(self._page)
        if self._request is not None:
            self._request.size = self._total_rows
        self._call_back()
        return True

    def _call_back(self) -> None:
        if self.config.page_callback is None:
            return
        try:
            self.config.page_callback(self._page_number, len(self._page))
        except Exception as error:
            logger.warning("a page callback raised %s: %s", type(error).__name__, error)

    def _waiting(self) -> AbstractContextManager[None]:
        return nullcontext() if self._request is None else self._request.waiting(STREAM_FAILED)

    def _end(self) -> None:
        self._ended = True
        if self._request is not None:
            self._request.end()

    def __del__(self) -> None:
        # One that is let go of has ended too: it would count as under way for ever.
        if getattr(self, "_request", None) is not None:
            self._end()

    async def cancel(self) -> None:
        """Ends the stream after the page that is being read."""
        self._end()
        await self._stream.aclose()

    async def close(self) -> None:
        """Ends the stream; it has no more rows."""
        await self.cancel()
        self._page, self._index = [], 0


class StreamingResultHandler:
    """Makes the result of a stream."""

    def __init__(
        self,
        response_future: Stream[Any],
        config: StreamConfig | None = None,
        row_factory: RowFactory = named_tuple_factory,
        request: CountedRequest | None = None,
    ) -> None:
        self.response_future = response_future
        self.config = config
        self._row_factory = row_factory
        self._request = request

    async def get_streaming_result(self) -> AsyncStreamingResultSet:
        """The result; its first page is asked for when it is read."""
        return AsyncStreamingResultSet(self.response_future, self.config, self._row_factory, self._request)


def create_streaming_statement(
    query: str, fetch_size: int = 1000, consistency_level: Any = None
) -> SimpleStatement:
    """A statement that is read in pages of this size."""
    return SimpleStatement(query, fetch_size=fetch_size, consistency_level=consistency_level)
