"""What the parts of this package ask of a session, and of the pages that it returns."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from aiocql.errors import InterfaceError

if TYPE_CHECKING:
    from aiocql.columns.batch import RecordBatch
    from aiocql.columns.schema import Schema
    from aiocql.metadata.snapshot import ClusterSnapshot
    from aiocql.nodes.host import Host

__all__ = ["Page", "PageSource", "ScanSource", "batch_of", "check_schema"]


class Page(Protocol):
    """A result whose rows are one record batch."""

    @property
    def rows(self) -> Sequence[RecordBatch]: ...


class ScanSource(Protocol):
    """What a scan asks of a session."""

    @property
    def metadata(self) -> ClusterSnapshot: ...
    @property
    def hosts(self) -> Iterable[Host]: ...
    @property
    def keyspace(self) -> str | None: ...
    @property
    def prepare(self) -> Any: ...
    @property
    def execute(self) -> Any: ...


class PageSource(Protocol):
    """The pages of a statement, one fetched ahead of the reader."""

    def __aiter__(self) -> AsyncIterator[Any]: ...
    async def __anext__(self) -> Any: ...
    def close(self) -> None: ...


def batch_of(page: Page) -> RecordBatch:
    """Return the batch of a page. Raises InterfaceError for a statement that returns no rows."""
    if not page.rows:
        raise InterfaceError(
            "the statement returns no rows, so it has no columns",
            hint="use execute() for statements like this",
        )
    return page.rows[0]


def check_schema(known: Schema, batch: RecordBatch) -> None:
    """Raise InterfaceError if a page has other columns than the pages before it."""
    if batch.schema is not known and batch.schema != known:
        raise InterfaceError(
            "the columns changed while the pages were read",
            hint="the table was altered: read it again, or name the columns in the statement",
        )
