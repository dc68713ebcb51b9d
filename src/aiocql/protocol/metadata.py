"""What the server says of columns: those of a result, and those that a prepared statement binds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from aiocql.types.descriptors import CqlType

if TYPE_CHECKING:
    from aiocql.types.codec import Codec
    from aiocql.types.registry import CodecRegistry

__all__ = ["Column", "ResultMetadata"]


class Column:
    """One column: where it is, what it is called and its CQL type. Equal when all four are; never changed."""

    __slots__ = ("keyspace", "name", "table", "type")

    keyspace: str
    table: str
    name: str
    type: CqlType

    def __init__(self, keyspace: str, table: str, name: str, type: CqlType) -> None:
        self.keyspace = keyspace
        self.table = table
        self.name = name
        self.type = type

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Column):
            return NotImplemented
        return (self.name, self.type, self.table, self.keyspace) == (
            other.name,
            other.type,
            other.table,
            other.keyspace,
        )

    def __hash__(self) -> int:
        return hash((self.keyspace, self.table, self.name))

    def __str__(self) -> str:
        return f"{self.keyspace}.{self.table}.{self.name}" if self.table else self.name

    def __repr__(self) -> str:
        return f"<Column {self} {self.type}>"


class ResultMetadata:
    """The columns of a result; the same for all its pages. Equal when the columns are."""

    __slots__ = ("columns",)

    columns: tuple[Column, ...]

    def __init__(self, columns: Iterable[Column] = ()) -> None:
        self.columns = tuple(columns)

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names in order; a name can occur twice."""
        return tuple(column.name for column in self.columns)

    def codecs(self, registry: CodecRegistry) -> list[Codec]:
        """The codec of each column."""
        return [
            registry.column_codec(column.keyspace, column.table, column.name, column.type)
            for column in self.columns
        ]

    def __iter__(self) -> Iterator[Column]:
        return iter(self.columns)

    def __len__(self) -> int:
        return len(self.columns)

    def __eq__(self, other: object) -> bool:
        return self.columns == other.columns if isinstance(other, ResultMetadata) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.columns)

    def __repr__(self) -> str:
        return f"<ResultMetadata {', '.join(f'{column.name} {column.type}' for column in self.columns)}>"
