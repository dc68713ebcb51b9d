"""Columns of tables and views, as ``system_schema.columns`` has them."""

from __future__ import annotations

import enum
import heapq
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from aiocql.metadata.record import Record
from aiocql.types.descriptors import CqlType, ListType, MapType, SetType, UserType

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["ClusteringOrder", "ColumnKind", "ColumnMetadata", "create_order", "select_order", "signed_bytes"]

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
    def from_row(
        cls, row: Row, parse: Callable[[str], CqlType], mask: str | None = None, *, before_4: bool = False
    ) -> ColumnMetadata:
        """Reads a row of ``system_schema.columns``; what is not known counts as a regular column."""
        kind = row.get("kind")
        order = row.get("clustering_order")
        position = row.get("position")
        return cls(
            parse,
            before_4=before_4,
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

    def as_regular(self) -> ColumnMetadata:
        """The same column as a regular one."""
        fields = {name: getattr(self, name) for name in self.FIELDS}
        return type(self)(
            self.__dict__["_parse"], before_4=self.before_4, **{**fields, "kind": ColumnKind.REGULAR}
        )

    def definition(self, primary_key: bool = False) -> str:
        """The column as CREATE TABLE has it."""
        text = f"{self._quoted(self.name)} {self.type}"
        if self.kind is ColumnKind.STATIC:
            text += " static"
        if self.mask is not None:
            text += f" MASKED WITH {self.mask}"
        return text + (" PRIMARY KEY" if primary_key else "")

    def __repr__(self) -> str:
        return f"<ColumnMetadata {self.name} {self.type} {self.kind.value}>"


_RANK = {kind: rank for rank, kind in enumerate(ColumnKind)}


def select_order(columns: Iterable[ColumnMetadata]) -> list[ColumnMetadata]:
    """Columns in the order of ``SELECT *``: the key, then static and regular ones by their names.

    The server merges two lists, of columns with single cells and of others, by bytes with a sign. Each list is in
    the order of `create_order`, which is another one beyond ASCII. The server looks for the begin of the second list
    with an empty name, so columns whose names begin beyond ASCII are all in the first.
    """
    ordered = create_order(columns)
    found = [column for column in ordered if _in_key(column)]
    for kind in (ColumnKind.STATIC, ColumnKind.REGULAR):
        of_kind = [column for column in ordered if column.kind is kind]
        second = [column for column in of_kind if column.name[:1].isascii() and _multi_cell(column)]
        first = [column for column in of_kind if column not in second]
        found += heapq.merge(first, second, key=lambda column: signed_bytes(column.name))
    return found


def create_order(columns: Iterable[ColumnMetadata]) -> list[ColumnMetadata]:
    """Columns in the order of DESCRIBE: the key, then static and regular ones, those with single cells first."""
    return sorted(columns, key=_order)


def signed_bytes(name: str) -> bytes:
    """A key that sorts names by their bytes in UTF-8, each taken as a number with a sign, as Java's buffers do."""
    return bytes(byte ^ 0x80 for byte in name.encode())


def _in_key(column: ColumnMetadata) -> bool:
    return column.kind in (ColumnKind.PARTITION_KEY, ColumnKind.CLUSTERING)


def _order(column: ColumnMetadata) -> tuple[int, int, bool, bytes, bytes]:
    if _in_key(column):
        return _RANK[column.kind], column.position, False, b"", b""
    name = column.name.encode()
    # The server compares the first six bytes as one number whose top bit is flipped.
    prefix = signed_bytes(column.name)[:1] + name[1:6]
    return _RANK[column.kind], 0, _multi_cell(column), prefix.ljust(6, b"\0"), name


def _multi_cell(column: ColumnMetadata) -> bool:
    from aiocql.errors import Error

    try:
        return column.is_multi_cell
    except Error:
        return False
