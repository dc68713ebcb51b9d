"""`ResultSet`: the rows of a response, fetched page by page as they are taken."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aiocql.compat.cassandra.trace import QueryTrace

__all__ = ["ResultSet"]


class ResultSet:
    """Rows of all pages. Iteration fetches pages; indexing and `==` fetch all that are left."""

    def __init__(self, response_future: Any, initial_response: Any) -> None:
        self.response_future = response_future
        self._page_iter: Iterator[Any] | None = None
        self._list_mode = False
        self._set(initial_response)

    def _set(self, rows: Any) -> None:
        self._current_rows: list[Any] = rows if isinstance(rows, list) else [] if rows is None else rows

    @property
    def current_rows(self) -> list[Any]:
        """The rows of this page."""
        return self._current_rows or []

    @property
    def has_more_pages(self) -> bool:
        """Whether there is a page after this one."""
        return self.response_future.has_more_pages  # type: ignore[no-any-return]

    @property
    def column_names(self) -> list[str] | None:
        """The names of the columns; None for a response without rows."""
        result = self.response_future._result
        names = [column.name for column in result.columns] if result is not None else []
        return names or None

    @property
    def column_types(self) -> list[Any] | None:
        """The types of the columns, as classes of `cassandra.cqltypes` where cassandra-driver is installed."""
        from aiocql.compat.cassandra.column_types import driver_type

        result = self.response_future._result
        types = [driver_type(column.type) for column in result.columns] if result is not None else []
        return types or None

    def one(self) -> Any:
        """Return the first row of this page, or None."""
        return self._current_rows[0] if self._current_rows else None

    def all(self) -> list[Any]:
        """Return all rows that are left."""
        return list(self)

    def fetch_next_page(self) -> None:
        """Replace `current_rows` by the next page; by nothing after the last one."""
        if self.response_future.has_more_pages:
            self.response_future.start_fetching_next_page()
            self._set(self.response_future.result()._current_rows)
        else:
            self._current_rows = []

    def __iter__(self) -> ResultSet | Iterator[Any]:
        if self._list_mode:
            return iter(self._current_rows)
        self._page_iter = iter(self._current_rows)
        return self

    def __next__(self) -> Any:
        if self._page_iter is None:
            self._page_iter = iter(self._current_rows)
        while True:
            for row in self._page_iter:
                return row
            if not self.response_future.has_more_pages:
                if not self._list_mode:
                    self._current_rows = []
                raise StopIteration
            self.fetch_next_page()
            self._page_iter = iter(self._current_rows)

    next = __next__

    def _fetch_all(self, operator: str) -> None:
        if self._list_mode:
            return
        if self._page_iter is not None:
            raise RuntimeError(f"Cannot use {operator} when results have been iterated.")
        rows = list(self._current_rows)
        while self.response_future.has_more_pages:
            self.fetch_next_page()
            rows.extend(self._current_rows)
        self._current_rows, self._list_mode = rows, True

    def __eq__(self, other: object) -> bool:
        self._fetch_all("equality operator")
        return self._current_rows == other

    __hash__ = None  # type: ignore[assignment]

    def __getitem__(self, index: int) -> Any:
        if index == 0:
            return self._current_rows[0] if self._current_rows else self._missing()
        self._fetch_all("index operator")
        return self._current_rows[index]

    @staticmethod
    def _missing() -> Any:
        raise IndexError("list index out of range")

    def __bool__(self) -> bool:
        return bool(self._current_rows)

    @property
    def was_applied(self) -> bool:
        """Whether a light-weight transaction was applied. Raises RuntimeError for any other statement."""
        result = self.response_future._result
        if result is None or not result.columns or result.columns[0].name != "[applied]":
            raise RuntimeError("no result of a light-weight transaction: there is no column [applied]")
        row = self._current_rows[0]
        return bool(row["[applied]"] if isinstance(row, dict) else row[0])

    @property
    def paging_state(self) -> bytes | None:
        """Where the next page begins."""
        result = self.response_future._result
        return result.paging_state if result is not None else None

    def get_query_trace(self, max_wait_sec: float | None = None) -> QueryTrace | None:
        """Return the trace of the request, where tracing was asked for."""
        return self.response_future.get_query_trace(max_wait_sec)  # type: ignore[no-any-return]

    def get_all_query_traces(self, max_wait_sec_per: float | None = None) -> list[QueryTrace]:
        """Return the traces of the request's pages."""
        return self.response_future.get_all_query_traces(max_wait_sec_per)  # type: ignore[no-any-return]
