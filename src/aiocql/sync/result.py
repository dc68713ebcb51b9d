"""`Result` for synchronous sessions. Its types are in `session.pyi`."""

from aiocql.errors import MorePagesError
from aiocql.results.result import Result as NativeResult
from aiocql.sync import background
from aiocql.sync.call import run
from aiocql.sync.surroundings import check_caller

__all__ = ["Result"]


class _UnknownLength(MorePagesError, TypeError):
    """`list(result)` asks for the length as a hint; a TypeError means that the length is unknown."""


class Result(NativeResult):
    """The response to one statement.

    `rows` is this page. Iteration and `all()` cover all pages and fetch them as needed; `len()` and indexing raise
    MorePagesError when there are more pages.
    """

    __slots__ = ()

    def _wait_for(self, make):
        check_caller()
        return run(background.current(), make)

    def all(self):
        """Return the rows of this page and of all pages after it."""
        return list(iter(self))

    def __len__(self):
        try:
            return super().__len__()
        except MorePagesError:
            raise _UnknownLength(
                "the result has more pages than this one",
                hint="use `for row in result` or `result.all()`; `result.rows` is this page",
            ) from None

    def __getitem__(self, index):
        len(self)
        return self.rows[index]

    def __iter__(self):
        page = self
        yield from page.rows
        while page.has_more_pages:
            page = page.fetch_next_page()
            yield from page.rows

    def fetch_next_page(self):
        """Return the page after this one, with the same options. Raise InterfaceError on the last page."""
        return self._wait_for(super().fetch_next_page)

    def get_trace(self, *, timeout=10.0):
        """Return what the servers recorded of the request, once it is complete. See `aiocql.Result.get_trace`."""
        get = super().get_trace
        return self._wait_for(lambda: get(timeout=timeout))

    __aiter__ = None
