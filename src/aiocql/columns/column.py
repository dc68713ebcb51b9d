"""One column of a table or a batch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from aiocql.columns.concat import concat
from aiocql.columns.export import array_capsule, schema_capsule, stream_capsule
from aiocql.columns.values import to_pylist

if TYPE_CHECKING:
    from aiocql.columns.buffers import ArrayData
    from aiocql.columns.schema import Field
    from aiocql.types.descriptors import CqlType

__all__ = ["Column"]


class Column:
    """The values of one column. Immutable; `field` has its name and types."""

    __slots__ = ("chunks", "field")

    def __init__(self, field: Field, chunks: list[ArrayData]) -> None:
        self.field = field
        self.chunks = chunks

    @property
    def name(self) -> str:
        """The column's name."""
        return self.field.name

    @property
    def cql_type(self) -> CqlType:
        """The CQL type."""
        return self.field.cql_type

    @property
    def null_count(self) -> int:
        """The number of nulls."""
        return sum(chunk.null_count for chunk in self.chunks)

    @property
    def nbytes(self) -> int:
        """Bytes of the buffers that the values are in."""
        return sum(chunk.nbytes for chunk in self.chunks)

    def __len__(self) -> int:
        return sum(chunk.length for chunk in self.chunks)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.to_pylist())

    def to_pylist(self) -> list[Any]:
        """Return the values as Python objects: those of rows, with lists for sets."""
        return [value for chunk in self.chunks for value in to_pylist(chunk)]

    def to_numpy(self) -> Any:
        """Return the values as a NumPy array; without a copy for numbers and vectors that are in one chunk.

        Numbers, booleans and vectors with nulls come as a masked array, dates and times with NaT for null, everything
        else as Python objects. A vector column is an array of shape (rows, dimensions). Arrays over the column's own
        memory are read-only.
        """
        from aiocql.columns.arrays import to_numpy

        return to_numpy(self.combined())

    def combined(self) -> ArrayData:
        """Return the column as one array; copies if it is in several chunks."""
        return concat(self.chunks)

    def __arrow_c_schema__(self) -> object:
        return schema_capsule(self.field.layout, self.name)

    def __arrow_c_array__(self, requested_schema: object = None) -> tuple[object, object]:
        return self.__arrow_c_schema__(), array_capsule(self.combined())

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return stream_capsule(self.field.layout, list(self.chunks), self.name)

    def __repr__(self) -> str:
        return f"<Column {self.name} {self.cql_type}: {len(self)} values, {self.null_count} null>"
