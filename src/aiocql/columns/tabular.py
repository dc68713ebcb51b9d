"""What a table and a record batch have in common: columns by name, slices, and Arrow's capsules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self, overload

from aiocql.columns.column import Column
from aiocql.columns.export import schema_capsule, stream_capsule
from aiocql.columns.values import to_pylist

if TYPE_CHECKING:
    from aiocql.columns.buffers import ArrayData
    from aiocql.columns.frames import PandasTypes
    from aiocql.columns.schema import Schema

__all__ = ["Tabular"]


class Tabular:
    """Rows in columns: `chunks` are structs with one child for each column.

    Immutable. Slices and exports share the memory; any thread may read.
    """

    __slots__ = ("chunks", "empty_values", "schema")

    def __init__(self, schema: Schema, chunks: list[ArrayData], empty_values: int) -> None:
        self.schema = schema
        self.chunks = chunks
        self.empty_values = empty_values
        """Values of zero bytes that became nulls, in all that this was read from. In Cassandra they are not null."""

    # --- shape ------------------------------------------------------------------------------------------------

    @property
    def num_rows(self) -> int:
        """The number of rows."""
        return sum(chunk.length for chunk in self.chunks)

    def __len__(self) -> int:
        return self.num_rows

    @property
    def num_columns(self) -> int:
        """The number of columns."""
        return len(self.schema)

    @property
    def column_names(self) -> list[str]:
        """The names of the columns in order; a name can occur twice."""
        return list(self.schema.names)

    @property
    def columns(self) -> list[Column]:
        """The columns in order."""
        return [self.column(i) for i in range(self.num_columns)]

    @property
    def nbytes(self) -> int:
        """Bytes of the buffers that the values are in."""
        return sum(chunk.nbytes for chunk in self.chunks)

    def column(self, key: int | str) -> Column:
        """Return a column by its position or name. Raises KeyError or IndexError."""
        index = self.schema.index(key) if isinstance(key, str) else key
        field = self.schema.fields[index]
        return Column(field, [chunk.children[index] for chunk in self.chunks])

    # --- slices -----------------------------------------------------------------------------------------------

    @overload
    def __getitem__(self, key: str) -> Column: ...
    @overload
    def __getitem__(self, key: slice) -> Self: ...
    def __getitem__(self, key: str | slice) -> Column | Self:
        if isinstance(key, str):
            return self.column(key)
        start, stop, step = key.indices(self.num_rows)
        if step != 1:
            raise IndexError("a table is sliced with a step of 1")
        return self.slice(start, max(stop - start, 0))

    def slice(self, offset: int, length: int | None = None) -> Self:
        """Return `length` rows from `offset` on (default: all that follow), without a copy."""
        if offset < 0 or (length is not None and length < 0):
            raise IndexError("a slice begins and ends at 0 or later")
        chunks = cut(self.chunks, offset, self.num_rows if length is None else length)
        return self._with_chunks(chunks)

    def _with_chunks(self, chunks: list[ArrayData]) -> Self:
        return type(self)(self.schema, chunks, self.empty_values)

    # --- Arrow ------------------------------------------------------------------------------------------------

    def __arrow_c_schema__(self) -> object:
        return schema_capsule(self.schema.layout)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return stream_capsule(self.schema.layout, list(self.chunks))

    # --- Python -----------------------------------------------------------------------------------------------

    def to_pylist(self) -> list[dict[str, Any]]:
        """Return the rows as dictionaries.

        Values are those of rows, with lists for sets. Of columns with one name the last counts.
        """
        return [row for chunk in self.chunks for row in to_pylist(chunk)]

    def to_pandas(self, dtypes: PandasTypes = "nullable") -> Any:
        """Return a `pandas.DataFrame`. No integer becomes a float, also beside nulls.

        Args:
            dtypes: ``"nullable"`` (pandas' own types with nulls), ``"arrow"`` (`ArrowDtype`, over the same memory;
                needs pyarrow) or ``"numpy"`` (plain arrays; integers beside nulls are objects).
        """
        from aiocql.columns.frames import to_pandas

        return to_pandas(self, dtypes)

    def to_polars(self) -> Any:
        """Return a `polars.DataFrame`."""
        from aiocql.columns.frames import to_polars

        return to_polars(self)

    def to_arrow(self) -> Any:
        """Return a `pyarrow.Table` over the same memory."""
        from aiocql.columns.frames import to_arrow

        return to_arrow(self)

    def to_numpy(self) -> dict[str, Any]:
        """Return a NumPy array for each column, by name."""
        return {column.name: column.to_numpy() for column in self.columns}

    def _repr_html_(self) -> str:
        from aiocql.columns.html import to_html

        return to_html(self)

    def __repr__(self) -> str:
        columns = ", ".join(f"{field.name} {field.cql_type}" for field in self.schema)
        return f"<{type(self).__name__} {self.num_rows} rows: {columns}>"


def cut(chunks: list[ArrayData], offset: int, length: int) -> list[ArrayData]:
    """The parts of chunks that `length` rows from `offset` on are in."""
    out = []
    for chunk in chunks:
        begin = min(offset, chunk.length)
        size = min(length, chunk.length - begin)
        if size:
            out.append(chunk if size == chunk.length else cut_struct(chunk, begin, size))
        offset -= begin
        length -= size
    return out or [cut_struct(chunks[0], 0, 0)]


def cut_struct(chunk: ArrayData, begin: int, size: int) -> ArrayData:
    """Rows of a chunk: its columns are cut, since readers of batches expect the struct itself to begin at 0."""
    return chunk.with_children(size, tuple(child.slice(begin, size) for child in chunk.children))
