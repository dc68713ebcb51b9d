"""One batch of rows in columns: what a page is decoded into."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from aiocql.columns.export import array_capsule
from aiocql.columns.tabular import Tabular

if TYPE_CHECKING:
    from aiocql.columns.buffers import ArrayData
    from aiocql.columns.schema import Schema

__all__ = ["RecordBatch"]


class RecordBatch(Tabular):
    """Rows in columns, each of which is one array: Arrow's record batch."""

    __slots__ = ()

    def __init__(self, schema: Schema, data: ArrayData, empty_values: int = 0) -> None:
        super().__init__(schema, [data], empty_values)

    @property
    def data(self) -> ArrayData:
        """The struct array whose children are the columns."""
        return self.chunks[0]

    def _with_chunks(self, chunks: list[ArrayData]) -> Self:
        return type(self)(self.schema, chunks[0], self.empty_values)

    def __arrow_c_array__(self, requested_schema: object = None) -> tuple[object, object]:
        return self.__arrow_c_schema__(), array_capsule(self.data)
