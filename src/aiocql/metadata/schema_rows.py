"""The rows that the schema is made of: tables of ``system_schema`` (Cassandra 3.0 and later)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

__all__ = [
    "IS_VIRTUAL",
    "SCHEMA_TABLES",
    "TABLE_COLUMNS",
    "VIRTUAL_TABLES",
    "SchemaRows",
    "schema_query",
    "virtual_query",
]

SCHEMA_TABLES = (
    "keyspaces",
    "tables",
    "columns",
    "indexes",
    "triggers",
    "views",
    "types",
    "functions",
    "aggregates",
    "column_masks",
)
"""What is read; a server that does not have one of them gives no rows for it."""

VIRTUAL_TABLES = ("keyspaces", "tables", "columns")
"""The tables of ``system_virtual_schema`` (Cassandra 4.0 and later)."""

IS_VIRTUAL = "is_virtual"
"""A column that the driver adds to the rows of keyspaces which it has read from ``system_virtual_schema``."""

TABLE_COLUMNS = {
    "tables": "table_name",
    "columns": "table_name",
    "indexes": "table_name",
    "triggers": "table_name",
    "views": "view_name",
    "column_masks": "table_name",
}
"""Which of them are about a table or a view, and the column that names it."""

SchemaRows = dict[str, list[dict[str, Any]]]
"""Rows by the name of their table."""


def schema_query(table: str, keyspace: str | None = None, names: Iterable[str] | None = None) -> str:
    """The query for all rows of a table of ``system_schema``, for those of one keyspace, or of tables in it."""
    query = f"SELECT * FROM system_schema.{table}"
    if keyspace is not None:
        query += f" WHERE keyspace_name = {_literal(keyspace)}"
    if names is not None:
        query += f" AND {TABLE_COLUMNS[table]} IN ({', '.join(map(_literal, names))})"
    return query


def virtual_query(table: str, keyspace: str | None = None) -> str:
    """The query for all rows of a table of ``system_virtual_schema``, or for those of one keyspace."""
    query = f"SELECT * FROM system_virtual_schema.{table}"
    return query if keyspace is None else f"{query} WHERE keyspace_name = {_literal(keyspace)}"


def _literal(name: str) -> str:
    return "'" + name.replace("'", "''") + "'"
