"""The rows of a statement as a stream of record batches, in bounded memory."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Self

from aiocql.bulk.pages import batch_of, check_schema
from aiocql.bulk.rebatch import Rebatcher
from aiocql.errors import ConfigurationError

if TYPE_CHECKING:
    from types import TracebackType

    from aiocql.bulk.pages import PageSource
    from aiocql.columns.batch import RecordBatch
    from aiocql.columns.schema import Schema

__all__ = ["Batches"]


class Batches:
    """Record batches of `rows` rows: ``async for batch in session.batches(...)``; the last one may have fewer.

    The next page is fetched while a batch is used. Leaving the loop early, or `aclose`, abandons the page in flight.
    """

    def __init__(self, pages: PageSource, rows: int) -> None:
        if not isinstance(rows, int) or rows < 1:
            raise ConfigurationError(
                "rows must be a whole number above 0", hint="it is the size of each batch"
            )
        self._pages = pages
        self._collected = Rebatcher(rows)
        self._ready: deque[RecordBatch] = deque()
        self._schema: Schema | None = None
        self._ended = False

    def __aiter__(self) -> AsyncIterator[RecordBatch]:
        return self

    async def __anext__(self) -> RecordBatch:
        while not self._ready and not self._ended:
            await self._read_page()
        if not self._ready:
            raise StopAsyncIteration
        return self._ready.popleft()

    async def _read_page(self) -> None:
        try:
            batch = batch_of(await self._pages.__anext__())
        except StopAsyncIteration:
            self._ended = True
            rest = self._collected.rest()
            if rest is not None:
                self._ready.append(rest)
            return
        if self._schema is None:
            self._schema = batch.schema
        check_schema(self._schema, batch)
        self._ready.extend(self._collected.add(batch))

    async def aclose(self) -> None:
        """End the stream and abandon the page in flight."""
        self._ended = True
        self._ready.clear()
        self._pages.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()
