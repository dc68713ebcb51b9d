"""A whole table as a stream of record batches, read by ranges of tokens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any, Self

from aiocql.bulk.scan_reader import ScanEnd, ScanReader
from aiocql.bulk.scan_statement import find_table, scan_statement
from aiocql.bulk.token_ranges import plan_ranges
from aiocql.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from types import TracebackType

    from aiocql.bulk.pages import ScanSource
    from aiocql.columns.batch import RecordBatch

__all__ = ["Scan"]

RANGES_PER_READER = 4


class Scan:
    """The rows of a table, in no order: ``async for batch in session.scan("shop.item")``.

    Several tasks may take batches from one scan. Leaving the loop early ends it; ``async with`` or `aclose` wait
    until nothing is in flight.
    """

    def __init__(
        self,
        session: ScanSource,
        table: str,
        columns: Iterable[str] | None,
        where: str | None,
        parameters: Iterable[Any],
        concurrency: int,
        options: Mapping[str, Any],
    ) -> None:
        if not isinstance(concurrency, int) or concurrency < 1:
            raise ConfigurationError("concurrency must be a whole number above 0")
        self._session = session
        self._concurrency = concurrency
        self._parameters = tuple(parameters)
        self._options = options
        self._table = find_table(session.metadata, table, session.keyspace)
        self._query = scan_statement(self._table, columns, where)
        self._reader: ScanReader | None = None
        self._task: asyncio.Task[None] | None = None
        self._ended = False

    @property
    def progress(self) -> tuple[int, int]:
        """Ranges of tokens that are read, and all of them; both are 0 before the scan begins."""
        return (0, 0) if self._reader is None else (self._reader.done, self._reader.total)

    def __aiter__(self) -> AsyncIterator[RecordBatch]:
        return self

    async def __anext__(self) -> RecordBatch:
        if self._ended:
            raise StopAsyncIteration
        reader = self._reader or await self._begin()
        item = await reader.queue.get()
        if not isinstance(item, ScanEnd):
            return item
        self._ended = True
        reader.queue.put_nowait(ScanEnd(None))  # for other tasks that wait
        if item.error is not None:
            raise item.error
        raise StopAsyncIteration

    async def _begin(self) -> ScanReader:
        statement = await self._session.prepare(self._query)
        if self._reader is None:
            wanted = self._concurrency * RANGES_PER_READER
            ranges = plan_ranges(self._session.metadata, self._table.keyspace_name, wanted)
            reader = ScanReader(self._session, statement, self._parameters, self._options, ranges)
            self._task = asyncio.create_task(reader.run(self._concurrency), name="aiocql scan")
            self._reader = reader
        return self._reader

    async def aclose(self) -> None:
        """End the scan and wait until nothing of it is in flight."""
        self._ended = True
        task = self._task
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        if self._reader is not None:
            self._reader.end()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def __del__(self) -> None:
        task = getattr(self, "_task", None)
        if task is not None and not task.get_loop().is_closed():
            task.cancel()
