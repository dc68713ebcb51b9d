"""A whole result in columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiocql.columns.batch import RecordBatch
from aiocql.columns.concat import concat
from aiocql.columns.tabular import Tabular

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aiocql.columns.schema import Schema

__all__ = ["Table"]


class Table(Tabular):
    """Rows in columns, in one chunk for each page they came in.

    Anything that reads Arrow takes a table as it is, any number of times, from any thread::

        polars.DataFrame(table)
        pyarrow.table(table)
        duckdb.sql("SELECT count(*) FROM table")
    """

    __slots__ = ()

    @classmethod
    def from_batches(cls, schema: Schema, batches: Iterable[RecordBatch]) -> Table:
        """Return the rows of batches, of which there is at least one, without a copy."""
        held = list(batches)
        chunks = [batch.data for batch in held if len(batch)] or [held[0].data]
        return cls(schema, chunks, sum(batch.empty_values for batch in held))

    def batches(self) -> list[RecordBatch]:
        """Return the chunks as record batches, without a copy."""
        return [RecordBatch(self.schema, chunk) for chunk in self.chunks]

    def combine(self) -> Table:
        """Return the same rows in one chunk: a copy unless they already are."""
        if len(self.chunks) < 2:
            return self
        return Table(self.schema, [concat(self.chunks)], self.empty_values)
