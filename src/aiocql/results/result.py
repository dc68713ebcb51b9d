"""What a request gave: the rows of a page and the way to the next, and what the server said besides."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from aiocql.errors import InterfaceError, MorePagesError
from aiocql.results.paging import check_progress
from aiocql.results.result_base import ResultBase
from aiocql.rows.factories import APPLIED

if TYPE_CHECKING:
    from uuid import UUID

    from aiocql.errors import Attempt
    from aiocql.monitoring.tracing import QueryTrace
    from aiocql.nodes.host import Host
    from aiocql.protocol.metadata import Column

__all__ = ["Result"]

RowT = TypeVar("RowT")


class Result(ResultBase, Generic[RowT]):
    """The answer to one statement.

    `rows` is this page. Plain iteration, `len()` and indexing serve a result that is one page, and raise
    `MorePagesError` when there are more; `async for` and `await all()` cover all pages.
    """

    __slots__ = ()

    rows: list[RowT]
    """The rows of this page."""

    # --- rows -------------------------------------------------------------------------------------------------

    def one(self) -> RowT | None:
        """Return the first row, or None without rows. Raises MorePagesError if the first row is on a later page."""
        if self.rows:
            return self.rows[0]
        self._only_page()
        return None

    async def all(self) -> list[RowT]:
        """The rows of this page and of all pages after it."""
        rows = list(self.rows)
        page: Result[RowT] = self
        while page.has_more_pages:
            page = await page.fetch_next_page()
            rows.extend(page.rows)
        return rows

    def __iter__(self) -> Iterator[RowT]:
        self._only_page()
        return iter(self.rows)

    def __len__(self) -> int:
        self._only_page()
        return len(self.rows)

    def __getitem__(self, index: int) -> RowT:
        self._only_page()
        return self.rows[index]

    def __bool__(self) -> bool:
        return bool(self.rows) or self.has_more_pages

    async def __aiter__(self) -> AsyncIterator[RowT]:
        page: Result[RowT] = self
        while True:
            for row in page.rows:
                yield row
            if not page.has_more_pages:
                return
            page = await page.fetch_next_page()

    def _only_page(self) -> None:
        if self.has_more_pages:
            raise MorePagesError(
                "the result has more pages than this one",
                hint="use `async for row in result` or `await result.all()`; `result.rows` is this page",
            )

    # --- pages ------------------------------------------------------------------------------------------------

    @property
    def paging_state(self) -> bytes | None:
        """Where the next page begins, to be given to `execute(paging_state=)`; None on the last page."""
        return getattr(self._response, "paging_state", None)

    @property
    def has_more_pages(self) -> bool:
        """Whether there is a page after this one."""
        return self.paging_state is not None

    async def fetch_next_page(self) -> Result[RowT]:
        """Return the next page, with the same options. Raises InterfaceError after the last page."""
        state = self.paging_state
        if state is None:
            raise InterfaceError("this is the last page", hint="ask has_more_pages before")
        check_progress(self._state, state, self._execution)
        page: Result[RowT] = await self._source._next_page(self._execution, self._parameters, state)
        return page

    # --- what the server said ---------------------------------------------------------------------------------

    @property
    def columns(self) -> Sequence[Column]:
        """The columns of the rows: keyspace, table, name and CQL type."""
        decoder = getattr(self._response, "decoder", None)
        return decoder.columns if decoder is not None else ()

    @property
    def was_applied(self) -> bool:
        """Whether a light-weight transaction was applied; True for every other statement.

        If it was not, `one()` has the values that stood against it.
        """
        columns = self.columns
        if not columns or columns[0].name != APPLIED:
            return True
        if not self.rows:
            return False
        row: Any = self.rows[0]
        return bool(row[APPLIED] if isinstance(row, dict) else row[0])

    @property
    def warnings(self) -> Sequence[str]:
        """What the server warned of."""
        return self._response.warnings or ()

    @property
    def custom_payload(self) -> dict[str, bytes | None] | None:
        """What the server's query handler added."""
        return self._response.custom_payload

    @property
    def trace_id(self) -> UUID | None:
        """The id of the trace, where tracing was asked for."""
        if self._response.tracing_id is None:
            return None
        from uuid import UUID

        return UUID(bytes=self._response.tracing_id)

    async def get_trace(self, *, timeout: float = 10.0) -> QueryTrace:
        """Return the server's trace of a request with `trace=True`. Waits until the trace is complete.

        Raises InterfaceError without a trace, OperationTimedOut if it is not complete within `timeout` seconds.
        """
        trace_id = self.trace_id
        if trace_id is None:
            raise InterfaceError("the request was not traced", hint="execute(..., trace=True)")
        return await self._source.trace(trace_id, host=self.coordinator, timeout=timeout)

    @property
    def coordinator(self) -> Host:
        """The host that answered."""
        return self._execution.host  # type: ignore[no-any-return]

    @property
    def attempts(self) -> Sequence[Attempt]:
        """What failed before this answer came."""
        return tuple(self._execution.tried or ())

    def __repr__(self) -> str:
        more = ", more pages" if self.has_more_pages else ""
        return f"<Result {len(self.rows)} rows{more} from {getattr(self.coordinator, 'endpoint', '?')}>"
