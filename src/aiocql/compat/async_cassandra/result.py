"""All rows of a request."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Iterator, Sequence
from typing import Any

from aiocql.compat.cassandra.rows import RowFactory, apply_factory, named_tuple_factory
from aiocql.compat.cassandra.trace import QueryTrace, TraceUnavailable, query_trace
from aiocql.errors import Error
from aiocql.results.result import Result

__all__ = ["AsyncResultHandler", "AsyncResultSet"]


class AsyncResultSet:
    """The rows of all pages: iterated with or without ``async``, counted, indexed."""

    def __init__(self, rows: list[Any], response_future: Any = None) -> None:
        self._rows = rows
        self._index = 0
        self._result: Result[Any] | None = response_future
        self._trace: QueryTrace | TraceUnavailable | None = None

    def __aiter__(self) -> AsyncIterator[Any]:
        self._index = 0
        return self

    async def __anext__(self) -> Any:
        if self._index >= len(self._rows):
            raise StopAsyncIteration
        self._index += 1
        return self._rows[self._index - 1]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: int) -> Any:
        return self._rows[index]

    def __bool__(self) -> bool:
        return bool(self._rows)

    @property
    def rows(self) -> list[Any]:
        """All rows."""
        return self._rows

    def one(self) -> Any:
        """Return the first row, or None without rows."""
        return self._rows[0] if self._rows else None

    def all(self) -> list[Any]:
        """All rows."""
        return self._rows

    @property
    def was_applied(self) -> bool:
        """Whether a light-weight transaction was applied."""
        return self._result is None or self._result.was_applied

    @property
    def column_names(self) -> list[str]:
        """The names of the columns."""
        return list(column_names(self._result)) if self._result is not None else []

    @property
    def warnings(self) -> Sequence[str]:
        """What the server warned of."""
        return self._result.warnings if self._result is not None else ()

    def get_query_trace(self) -> QueryTrace | None:
        """The trace of a request with ``trace=True``, read with its answer; None where there was none.

        Raises TraceUnavailable where it could not be read.
        """
        if isinstance(self._trace, TraceUnavailable):
            raise self._trace
        return self._trace


def column_names(result: Result[Any]) -> tuple[str, ...]:
    """The names of a result's columns."""
    return tuple(column.name for column in result.columns)


class AsyncResultHandler:
    """Waits for a request's first page and reads the others: each page has the request's timeout for itself."""

    def __init__(
        self, response_future: Awaitable[Result[Any]], row_factory: RowFactory = named_tuple_factory
    ) -> None:
        self.response_future = response_future
        self._row_factory = row_factory

    async def get_result(self, timeout: float | None = None) -> AsyncResultSet:
        """All rows, within `timeout` seconds if that is given. Raises what the request raises."""
        async with asyncio.timeout(timeout):
            first = await self.response_future
            names = column_names(first)
            rows = apply_factory(self._row_factory, names, first.rows)
            page = first
            while page.has_more_pages:
                page = await page.fetch_next_page()
                rows.extend(apply_factory(self._row_factory, names, page.rows))
            found = AsyncResultSet(rows, first)
            if first.trace_id is not None:
                found._trace = await _trace(first)
            return found


async def _trace(result: Result[Any]) -> QueryTrace | TraceUnavailable:
    try:
        return query_trace(await result.get_trace())
    except Error as error:
        unavailable = TraceUnavailable(str(error))
        unavailable.__cause__ = error
        return unavailable
