"""Understanding the rows of a keyspace's tables and views, with their columns, indexes and triggers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from aiocql.metadata.columns import ColumnMetadata, ordered_columns
from aiocql.metadata.cql_text import identifier, literal
from aiocql.metadata.functions import thawed_text
from aiocql.metadata.indexes import IndexMetadata, TriggerMetadata
from aiocql.metadata.record import named
from aiocql.metadata.tables import TableMetadata, ViewMetadata, read_options

if TYPE_CHECKING:
    from aiocql.metadata.schema_rows import SchemaRows
    from aiocql.types.descriptors import CqlType

__all__ = ["TableReader"]

Row = Mapping[str, Any]


class TableReader:
    """Makes tables and views of one keyspace from the rows of it."""

    def __init__(self, keyspace: str, rows: SchemaRows, parse_type: Callable[[str], CqlType]) -> None:
        self._keyspace = keyspace
        self._parse_type = parse_type
        self._columns = _by(rows, "columns", "table_name")
        self._indexes = _by(rows, "indexes", "table_name")
        self._triggers = _by(rows, "triggers", "table_name")
        self._views = _by(rows, "views", "base_table_name")
        self._masks = {
            name: {row["column_name"]: _mask(row) for row in masked}
            for name, masked in _by(rows, "column_masks", "table_name").items()
        }

    def table(self, row: Row) -> TableMetadata:
        """From a row of ``system_schema.tables``."""
        name = row["table_name"]
        indexes = (IndexMetadata.from_row(each) for each in self._indexes.get(name, ()))
        triggers = (TriggerMetadata.from_row(each) for each in self._triggers.get(name, ()))
        return TableMetadata(
            **self._common(row, name),
            indexes=named(indexes, lambda each: each.name),
            triggers=named(triggers, lambda each: each.name),
            view_names=tuple(sorted(view["view_name"] for view in self._views.get(name, ()))),
        )

    def view(self, row: Row) -> ViewMetadata:
        """From a row of ``system_schema.views``."""
        return ViewMetadata(
            **self._common(row, row["view_name"]),
            indexes=MappingProxyType({}),
            triggers=MappingProxyType({}),
            view_names=(),
            base_table_name=row.get("base_table_name") or "",
            where_clause=row.get("where_clause") or "",
            include_all_columns=bool(row.get("include_all_columns")),
        )

    def _common(self, row: Row, name: str) -> dict[str, Any]:
        return {
            "keyspace_name": self._keyspace,
            "name": name,
            "id": row.get("id"),
            "columns": self._columns_of(name),
            "options": read_options(row),
            "flags": frozenset(row.get("flags") or ()),
        }

    def _columns_of(self, name: str) -> Mapping[str, ColumnMetadata]:
        masks = self._masks.get(name, {})
        return MappingProxyType(
            ordered_columns(
                ColumnMetadata.from_row(row, self._parse_type, masks.get(row["column_name"]))
                for row in self._columns.get(name, ())
            )
        )


def _by(rows: SchemaRows, table: str, column: str) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows.get(table, ()):
        found.setdefault(row[column], []).append(row)
    return found


def _mask(row: Row) -> str:
    """The call that masks a column, as CQL writes it."""
    values = row.get("function_argument_values") or ()
    nulls = row.get("function_argument_nulls") or ()
    types = row.get("function_argument_types") or ()
    arguments = [
        "null"
        if null
        else literal(value)
        if thawed_text(text) in ("text", "ascii", "varchar")
        else str(value)
        for value, null, text in zip(values, nulls, types, strict=False)
    ]
    keyspace = row.get("function_keyspace") or "system"
    return f"{identifier(keyspace)}.{identifier(row['function_name'])}({', '.join(arguments)})"
