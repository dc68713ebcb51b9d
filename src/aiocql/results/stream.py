"""All rows of a statement, page by page: while the rows of one are used, the next is on its way.

At most two pages are held. A stream that is left early (`break`, an exception, cancellation) gives up what is on its
way: no task and no stream id stays behind.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from aiocql.errors import InterfaceError
from aiocql.results.paging import check_progress
from aiocql.results.result import Result

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from types import TracebackType

    from aiocql.execution.dispatcher import Execution, Options
    from aiocql.session.methods import Requesting

__all__ = ["Pages", "Stream"]

RowT = TypeVar("RowT")


class Pages(Generic[RowT]):
    """The pages of a statement, as `Result`s, one ahead of whoever takes them.

    One reader at a time: a second one gets an InterfaceError. When a wait is cancelled, the next one asks for the same
    page again.
    """

    def __init__(
        self, session: Requesting[Any], prepare: Callable[[], Awaitable[tuple[Any, Any, Options]]]
    ) -> None:
        self._session = session
        self._prepare = prepare
        self._what: tuple[Any, Any, Options] | None = None
        self._state: bytes | None = None
        self._next: Execution | None = None
        self._ended = False
        self._reading = False

    def __aiter__(self) -> AsyncIterator[Result[RowT]]:
        return self

    async def __anext__(self) -> Result[RowT]:
        if self._reading:
            raise InterfaceError(
                "two tasks wait for the rows of one stream at the same time",
                hint="let one task read and hand rows on (asyncio.Queue), or give each a stream of its own",
            )
        self._reading = True
        try:
            return await self._take()
        finally:
            self._reading = False

    async def _take(self) -> Result[RowT]:
        if self._ended:
            raise StopAsyncIteration
        if self._what is None:
            self._what = await self._prepare()
            self._state = self._what[2].given.get("paging_state")
        execution = self._next
        if execution is None:
            execution = self._begin()
        try:
            response = await execution.future
        except asyncio.CancelledError:
            execution.abandon()
            self._next = None
            raise
        except BaseException:
            self.close()
            raise
        page: Result[RowT] = self._session._result(execution, response, self._what[1], self._state)
        self._next = None
        state = page.paging_state
        if state is None:
            self._ended = True
        else:
            self._go_on(state, execution)
        return page

    def _go_on(self, state: bytes, execution: Execution) -> None:
        """Asks for the page after this one; what goes wrong at that is heard when it is wanted."""
        before, self._state = self._state, state
        try:
            check_progress(before, state, execution)
            self._begin()
        except Exception as error:
            self._next = _failed(self._session, execution, error)

    def _begin(self) -> Execution:
        assert self._what is not None
        statement, parameters, options = self._what
        self._next = self._session.begin(statement, parameters, options, self._state)
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


def _failed(session: Requesting[Any], execution: Execution, error: Exception) -> Any:
    """Stands for an execution that could not begin."""
    future = session.loop.create_future()
    future.set_exception(error)
    return _Failed(future)


class _Failed:
    def __init__(self, future: asyncio.Future[Any]) -> None:
        self.future = future

    def abandon(self) -> None:
        """Nothing was sent."""


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
