"""All pages of a statement as one table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiocql.bulk.pages import batch_of, check_schema
from aiocql.columns.table import Table

if TYPE_CHECKING:
    from aiocql.bulk.pages import PageSource
    from aiocql.columns.batch import RecordBatch

__all__ = ["fetch_table"]


async def fetch_table(pages: PageSource) -> Table:
    """Read all pages; each becomes a chunk of the table."""
    batches: list[RecordBatch] = []
    try:
        async for page in pages:
            batch = batch_of(page)
            if batches:
                check_schema(batches[0].schema, batch)
            batches.append(batch)
    finally:
        pages.close()
    return Table.from_batches(batches[0].schema, batches)
