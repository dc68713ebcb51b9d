"""The rows that the schema is made of: tables of ``system_schema`` (Cassandra 3.0 and later)."""

from __future__ import annotations

from typing import Any

__all__ = ["SCHEMA_TABLES", "SchemaRows", "schema_query"]

SCHEMA_TABLES = (
    "keyspaces",
    "tables",
    "columns",
    "dropped_columns",
    "indexes",
    "triggers",
    "views",
    "types",
    "functions",
    "aggregates",
    "column_masks",
)
"""What is read; a server that does not have one of them gives no rows for it."""

SchemaRows = dict[str, list[dict[str, Any]]]
"""Rows by the name of their table."""


def schema_query(table: str, keyspace: str | None = None) -> str:
    """The query for all rows of a table of ``system_schema``, or for those of one keyspace."""
    query = f"SELECT * FROM system_schema.{table}"
    if keyspace is None:
        return query
    literal = keyspace.replace("'", "''")
    return f"{query} WHERE keyspace_name = '{literal}'"
