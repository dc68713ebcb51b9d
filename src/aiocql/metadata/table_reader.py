"""Understanding the rows of a keyspace's tables and views, with their columns, indexes and triggers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from aiocql.metadata.column_masks import mask_call
from aiocql.metadata.columns import ColumnKind, ColumnMetadata, select_order
from aiocql.metadata.indexes import IndexMetadata, TriggerMetadata
from aiocql.metadata.record import FrozenMapping, named
from aiocql.metadata.table_options import read_options
from aiocql.metadata.tables import TableMetadata, ViewMetadata, is_compact

if TYPE_CHECKING:
    from aiocql.metadata.schema_rows import SchemaRows
    from aiocql.types.descriptors import CqlType

__all__ = ["TableReader"]

Row = Mapping[str, Any]


class TableReader:
    """Makes tables and views of one keyspace from the rows of it."""

    def __init__(
        self,
        keyspace: str,
        rows: SchemaRows,
        parse_type: Callable[[str], CqlType],
        *,
        is_virtual: bool = False,
        before_4: bool = False,
    ) -> None:
        self._keyspace = keyspace
        self._is_virtual = is_virtual
        self._before_4 = before_4
        self._made_views: dict[str, ViewMetadata] = {}
        self._parse_type = parse_type
        self._columns = _by(rows, "columns", "table_name")
        self._indexes = _by(rows, "indexes", "table_name")
        self._triggers = _by(rows, "triggers", "table_name")
        self._views = _by(rows, "views", "base_table_name")
        self._masks = {
            name: {row["column_name"]: mask_call(row, parse_type) for row in masked}
            for name, masked in _by(rows, "column_masks", "table_name").items()
        }

    def table(self, row: Row) -> TableMetadata:
        """From a row of ``system_schema.tables``."""
        name = row["table_name"]
        before_4 = self._before_4
        indexes = (IndexMetadata.from_row(each, before_4=before_4) for each in self._indexes.get(name, ()))
        triggers = (
            TriggerMetadata.from_row(each, before_4=before_4) for each in self._triggers.get(name, ())
        )
        return TableMetadata(
            **self._common(row, name),
            indexes=named(indexes, lambda each: each.name),
            triggers=named(triggers, lambda each: each.name),
            views=named(map(self.view, self._views.get(name, ())), lambda each: each.name),
            is_virtual=self._is_virtual,
        )

    def view(self, row: Row) -> ViewMetadata:
        """From a row of ``system_schema.views``: the same object for the keyspace and for the table."""
        name = row["view_name"]
        if name not in self._made_views:
            self._made_views[name] = self._view(row)
        return self._made_views[name]

    def _view(self, row: Row) -> ViewMetadata:
        return ViewMetadata(
            **self._common(row, row["view_name"]),
            indexes=FrozenMapping(),
            triggers=FrozenMapping(),
            views=FrozenMapping(),
            is_virtual=False,
            base_table_name=row.get("base_table_name") or "",
            where_clause=row.get("where_clause") or "",
            include_all_columns=bool(row.get("include_all_columns")),
        )

    def _common(self, row: Row, name: str) -> dict[str, Any]:
        # A table of system_virtual_schema has no flags: it has no storage either.
        flags = frozenset(("compound",) if row.get("flags") is None else row["flags"])
        shown, hidden = _shown(self._columns_of(name), flags)
        return {
            "before_4": self._before_4,
            "keyspace_name": self._keyspace,
            "name": name,
            "id": row.get("id"),
            "columns": FrozenMapping((column.name, column) for column in select_order(shown)),
            "hidden_columns": tuple(hidden),
            "options": read_options(row, is_virtual=self._is_virtual),
            "flags": flags,
        }

    def _columns_of(self, name: str) -> list[ColumnMetadata]:
        masks = self._masks.get(name, {})
        return [
            ColumnMetadata.from_row(
                row, self._parse_type, masks.get(row["column_name"]), before_4=self._before_4
            )
            for row in self._columns.get(name, ())
        ]


def _shown(
    columns: list[ColumnMetadata], flags: frozenset[str]
) -> tuple[list[ColumnMetadata], list[ColumnMetadata]]:
    """The columns that CQL shows, and those that COMPACT STORAGE hides.

    Without clustering columns in its definition such a table stores its columns as static ones, beside a clustering
    column and a regular one that nobody defined. With nothing but a key it has a regular column of type ``empty``.
    """
    if not is_compact(flags) or "super" in flags:
        return columns, []
    if "dense" in flags or "compound" in flags:
        hidden = [column for column in columns if column.type == "empty"]
        return [column for column in columns if column.type != "empty"], hidden
    made_up = (ColumnKind.CLUSTERING, ColumnKind.REGULAR)
    hidden = [column for column in columns if column.kind in made_up]
    shown = [column for column in columns if column.kind not in made_up]
    return [column.as_regular() if column.kind is ColumnKind.STATIC else column for column in shown], hidden


def _by(rows: SchemaRows, table: str, column: str) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows.get(table, ()):
        found.setdefault(row[column], []).append(row)
    return found
