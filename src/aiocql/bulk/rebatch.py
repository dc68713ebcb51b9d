"""Pages of any size as batches of one size."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiocql.columns.batch import RecordBatch
from aiocql.columns.concat import concat

if TYPE_CHECKING:
    from aiocql.columns.buffers import ArrayData
    from aiocql.columns.schema import Schema

__all__ = ["Rebatcher"]


class Rebatcher:
    """Collects pages until they have `rows` rows. A batch that is one page, or a part of one, is not copied."""

    def __init__(self, rows: int) -> None:
        self._rows = rows
        self._schema: Schema | None = None
        self._held: list[ArrayData] = []
        self._count = 0
        self._empty_values = 0

    def add(self, page: RecordBatch) -> list[RecordBatch]:
        """Add a page and return the batches that are full."""
        self._schema = page.schema
        self._empty_values += page.empty_values
        out = []
        begin = 0
        while len(page) - begin >= self._rows - self._count:
            size = self._rows - self._count
            self._hold(page, begin, size)
            begin += size
            out.append(self._take())
        self._hold(page, begin, len(page) - begin)
        return out

    def rest(self) -> RecordBatch | None:
        """Return what is left after the last page."""
        return self._take() if self._count else None

    def _hold(self, page: RecordBatch, begin: int, size: int) -> None:
        if size:
            whole = size == len(page)
            self._held.append(page.data if whole else page.slice(begin, size).data)
            self._count += size

    def _take(self) -> RecordBatch:
        assert self._schema is not None
        batch = RecordBatch(self._schema, concat(self._held), self._empty_values)
        self._held, self._count, self._empty_values = [], 0, 0
        return batch
