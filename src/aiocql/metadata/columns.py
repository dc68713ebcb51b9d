"""Columns of tables and views, as ``system_schema.columns`` has them."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from aiocql.metadata.cql_text import identifier
from aiocql.metadata.record import Record
from aiocql.types.descriptors import CqlType, ListType, MapType, SetType, UserType

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["ClusteringOrder", "ColumnKind", "ColumnMetadata", "ordered_columns"]

Row = Mapping[str, Any]


class ColumnKind(enum.StrEnum):
    """What a column is to its table."""

    PARTITION_KEY = "partition_key"
    CLUSTERING = "clustering"
    STATIC = "static"
    REGULAR = "regular"


class ClusteringOrder(enum.StrEnum):
    """How the rows of a partition are sorted by a clustering column."""

    ASC = "asc"
    DESC = "desc"
    NONE = "none"


class ColumnMetadata(Record):
    """One column. `position` is that in the partition key or among the clustering columns, -1 for others.

    `type` is what the server says, `cql_type` the same understood; `mask` is the call that masks it, or None.
    """

    FIELDS = ("name", "type", "kind", "position", "clustering_order", "mask")
    name: str
    type: str
    kind: ColumnKind
    position: int
    clustering_order: ClusteringOrder
    mask: str | None

    def __init__(self, parse: Callable[[str], CqlType], **fields: Any) -> None:
        super().__init__(**fields)
        self.__dict__["_parse"] = parse

    @classmethod
    def from_row(cls, row: Row, parse: Callable[[str], CqlType], mask: str | None = None) -> ColumnMetadata:
        """Reads a row of ``system_schema.columns``; what is not known counts as a regular column."""
        kind = row.get("kind")
        order = row.get("clustering_order")
        position = row.get("position")
        return cls(
            parse,
            name=row["column_name"],
            type=row.get("type") or "blob",
            kind=ColumnKind(kind) if kind in list(ColumnKind) else ColumnKind.REGULAR,
            position=position if isinstance(position, int) else -1,
            clustering_order=ClusteringOrder(order)
            if order in list(ClusteringOrder)
            else ClusteringOrder.NONE,
            mask=mask,
        )

    @cached_property
    def cql_type(self) -> CqlType:
        """The type, understood. Raises ConfigurationError if the driver does not know it."""
        return self.__dict__["_parse"](self.type)  # type: ignore[no-any-return]

    @property
    def is_multi_cell(self) -> bool:
        """Whether parts of a value can be written alone: a collection or user type that is not frozen."""
        return isinstance(self.cql_type, ListType | SetType | MapType | UserType) and not self.cql_type.frozen

    def definition(self, primary_key: bool = False) -> str:
        """The column as CREATE TABLE has it."""
        text = f"{identifier(self.name)} {self.type}"
        if self.kind is ColumnKind.STATIC:
            text += " static"
        if self.mask is not None:
            text += f" MASKED WITH {self.mask}"
        return text + (" PRIMARY KEY" if primary_key else "")

    def __repr__(self) -> str:
        return f"<ColumnMetadata {self.name} {self.type} {self.kind.value}>"


_RANK = {kind: rank for rank, kind in enumerate(ColumnKind)}


def ordered_columns(columns: Iterable[ColumnMetadata]) -> dict[str, ColumnMetadata]:
    """Columns in the order of ``SELECT *`` and of DESCRIBE.

    The key first, then static and regular ones by the bytes of their names, those with single cells before others.
    """
    return {column.name: column for column in sorted(columns, key=_order)}


def _order(column: ColumnMetadata) -> tuple[int, int, bool, bytes]:
    if column.kind in (ColumnKind.PARTITION_KEY, ColumnKind.CLUSTERING):
        return _RANK[column.kind], column.position, False, b""
    return _RANK[column.kind], 0, _multi_cell(column), column.name.encode()


def _multi_cell(column: ColumnMetadata) -> bool:
    from aiocql.errors import Error

    try:
        return column.is_multi_cell
    except Error:
        return False
