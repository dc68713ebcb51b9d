"""Reads ranges of tokens: many at a time, each page again elsewhere when a host is lost."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Any, Final

from aiocql.bulk.pages import batch_of, check_schema
from aiocql.errors import (
    ConnectionException,
    InternalServerError,
    NoHostAvailable,
    OperationTimedOut,
    ProtocolError,
    RequestExecutionError,
)
from aiocql.nodes.states import HostDistance

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from aiocql.bulk.pages import ScanSource
    from aiocql.bulk.token_ranges import TokenRange
    from aiocql.columns.batch import RecordBatch
    from aiocql.columns.schema import Schema
    from aiocql.nodes.host import Host

__all__ = ["ScanEnd", "ScanReader"]

PAUSES: Final = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0)
"""Seconds before each round of attempts at a page; a round asks each replica that is up, then any host."""

RETRIED: Final = (
    ConnectionException,
    InternalServerError,
    NoHostAvailable,
    OperationTimedOut,
    ProtocolError,
    RequestExecutionError,
)


class ScanEnd:
    """What the queue holds after the last batch: an error, or None."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


class ScanReader:
    """Reads all ranges and puts their batches into `queue`, `ScanEnd` after the last one.

    A page is read whole or again from where it begins, so no row is lost and none comes twice.
    """

    def __init__(
        self,
        session: ScanSource,
        statement: Any,
        parameters: tuple[Any, ...],
        options: Mapping[str, Any],
        ranges: Iterable[TokenRange],
    ) -> None:
        self._session = session
        self._statement = statement
        self._parameters = parameters
        self._options = options
        self._left = deque(ranges)
        self._schema: Schema | None = None
        self.queue: asyncio.Queue[RecordBatch | ScanEnd] = asyncio.Queue(2)
        self.total = len(self._left)
        self.done = 0

    async def run(self, concurrency: int) -> None:
        """Read until all ranges are done, or one has failed on every host."""
        error: BaseException | None = None
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(concurrency, self.total)):
                    group.create_task(self._read_ranges())
        except BaseExceptionGroup as failed:
            error = failed.exceptions[0]
        await self.queue.put(ScanEnd(error))

    def end(self) -> None:
        """Drop the pages that were not read, and wake the reader that waits."""
        while not self.queue.empty():
            self.queue.get_nowait()
        self.queue.put_nowait(ScanEnd(None))

    async def _read_ranges(self) -> None:
        while self._left:
            await self._read_range(self._left.popleft())
            self.done += 1

    async def _read_range(self, tokens: TokenRange) -> None:
        state: bytes | None = None
        while True:
            page = await self._read_page(tokens, state)
            batch = batch_of(page)
            self._schema = self._schema or batch.schema
            check_schema(self._schema, batch)
            if len(batch):
                await self.queue.put(batch)
            state = page.paging_state
            if state is None:
                return

    async def _read_page(self, tokens: TokenRange, state: bytes | None) -> Any:
        """One page from the first host that has it; raises the last error when none has."""
        values = (tokens.start, tokens.end, *self._parameters)
        last: Exception | None = None
        for pause in PAUSES:
            await asyncio.sleep(pause)
            for host in self._hosts(tokens):
                try:
                    return await self._session.execute(
                        self._statement, values, paging_state=state, host=host, **self._options
                    )
                except RETRIED as error:
                    last = error
        assert last is not None
        raise last

    def _hosts(self, tokens: TokenRange) -> Iterator[Host | None]:
        """The replicas that can be asked now, then None: any host."""
        known = set(self._session.hosts)
        for host in tokens.replicas:
            if host in known and host.is_up and host.distance is not HostDistance.IGNORED:
                yield host
        yield None
