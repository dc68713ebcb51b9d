"""All rows of a statement, page by page: while the rows of one are used, the next is on its way.

At most two pages are held. A stream that is left early (`break`, an exception, cancellation) gives up what is on its
way: no task and no stream id stays behind.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from aiocql.errors import InterfaceError
from aiocql.results.paging import check_progress
from aiocql.results.result import Result

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from types import TracebackType

    from aiocql.execution.dispatcher import Execution

__all__ = ["Pages", "Stream"]

RowT = TypeVar("RowT")


class PageCall(Protocol):
    """What is sent for each page."""

    @property
    def values(self) -> Any: ...

    @property
    def paging_state(self) -> bytes | None: ...


class Pages(Generic[RowT]):
    """The pages of a statement, each a `Result`; the next page is fetched ahead.

    `prepare` returns the call, `begin(call, paging_state)` sends it, `make_result` creates the `Result` of a response.

    One reader at a time: a second one gets an InterfaceError. When a wait is cancelled, the next one asks for the same
    page again.
    """

    def __init__(
        self,
        prepare: Callable[[], Awaitable[PageCall]],
        begin: Callable[[Any, bytes | None], Execution],
        make_result: Callable[[Execution, Any, Any, bytes | None], Result[Any]],
    ) -> None:
        self._prepare = prepare
        self._begin_page = begin
        self._make_result = make_result
        self._call: PageCall | None = None
        self._state: bytes | None = None
        self._next: Execution | None = None
        self._error: Exception | None = None
        self._ended = False
        self._reading = False

    def __aiter__(self) -> AsyncIterator[Result[RowT]]:
        return self

    async def __anext__(self) -> Result[RowT]:
        if self._reading:
            raise InterfaceError(
                "two tasks wait for the rows of one stream at the same time",
                hint="let one task read and pass rows on (asyncio.Queue), or open one stream for each task",
            )
        self._reading = True
        try:
            return await self._take()
        finally:
            self._reading = False

    async def _take(self) -> Result[RowT]:
        if self._ended:
            raise StopAsyncIteration
        if self._error is not None:
            self.close()
            raise self._error
        if self._call is None:
            self._call = await self._prepare()
            self._state = self._call.paging_state
        execution = self._next
        if execution is None:
            execution = self._begin(self._call)
        try:
            response = await execution
        except asyncio.CancelledError:
            execution.abandon()
            self._next = None
            raise
        except BaseException:
            self.close()
            raise
        page: Result[RowT] = self._make_result(execution, response, self._call.values, self._state)
        self._next = None
        state = page.paging_state
        if state is None:
            self._ended = True
        else:
            self._begin_next(self._call, state, execution)
        return page

    def _begin_next(self, call: PageCall, state: bytes, execution: Execution) -> None:
        """Ask for the page after this one; an error is raised when that page is taken."""
        before, self._state = self._state, state
        try:
            check_progress(before, state, execution)
            self._begin(call)
        except Exception as error:
            self._error = error

    def _begin(self, call: PageCall) -> Execution:
        self._next = self._begin_page(call, self._state)
        return self._next

    def close(self) -> None:
        """Ends here: what is on its way is given up."""
        self._ended = True
        execution, self._next = self._next, None
        if execution is not None:
            execution.abandon()
            future = execution.future
            if future.done() and not future.cancelled():
                future.exception()  # seen: nobody will ask for it

    def __del__(self) -> None:
        if getattr(self, "_next", None) is not None:
            self.close()


class Stream(Generic[RowT]):
    """The rows of all pages: ``async for row in session.stream(...)``; `pages()` has them page by page.

    Can be entered (``async with``) or closed (`aclose`), where it is not certain that it is let go of at once.
    """

    def __init__(self, pages: Pages[RowT]) -> None:
        self._pages = pages
        self._rows: Iterator[RowT] = iter(())

    def pages(self) -> Pages[RowT]:
        """The pages, as `Result`s; of rows that were taken from the stream already none come again."""
        return self._pages

    def __aiter__(self) -> AsyncIterator[RowT]:
        return self

    async def __anext__(self) -> RowT:
        while True:
            for row in self._rows:
                return row
            page = await self._pages.__anext__()
            self._rows = iter(page.rows)

    async def aclose(self) -> None:
        """Ends the stream; what is on its way is given up."""
        self._rows = iter(())
        self._pages.close()

    async def __aenter__(self) -> Stream[RowT]:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()
