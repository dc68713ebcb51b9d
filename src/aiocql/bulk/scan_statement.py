"""The statement that reads one range of tokens of a table."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from aiocql.errors import InterfaceError
from aiocql.metadata.cql_text import identifier

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aiocql.metadata.snapshot import ClusterSnapshot
    from aiocql.metadata.tables import TableMetadata

__all__ = ["find_table", "scan_statement"]

_NAME = r'(?:"(?:[^"]|"")+"|\w+)'
_QUALIFIED = re.compile(rf"\s*(?:(?P<keyspace>{_NAME})\s*\.\s*)?(?P<table>{_NAME})\s*")


def find_table(snapshot: ClusterSnapshot, name: str, keyspace: str | None) -> TableMetadata:
    """Return the table or view with a name as CQL writes it. Raises InterfaceError if it does not exist."""
    match = _QUALIFIED.fullmatch(name)
    if match is None:
        raise InterfaceError("the name of the table is not CQL", hint="write it as keyspace.table")
    where = _plain(match["keyspace"]) if match["keyspace"] else keyspace
    if where is None:
        raise InterfaceError("the table has no keyspace", hint="write it as keyspace.table")
    found = snapshot.keyspaces.get(where)
    table = (
        None
        if found is None
        else found.tables.get(_plain(match["table"])) or found.views.get(_plain(match["table"]))
    )
    if table is None:
        raise InterfaceError(
            f"there is no table {where}.{_plain(match['table'])} in the driver's metadata",
            hint="check the name; a scan needs schema_metadata=True, or session.refresh_schema() for new tables",
        )
    return table


def _plain(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name.lower()


def scan_statement(table: TableMetadata, columns: Iterable[str] | None, where: str | None) -> str:
    """Return a SELECT with two markers for the range. Raises InterfaceError for columns that the table has not."""
    chosen = list(table.columns) if columns is None else list(columns)
    unknown = [name for name in chosen if name not in table.columns]
    if unknown or not chosen:
        raise InterfaceError(
            f"{table.full_name} has no columns {', '.join(unknown)}" if unknown else "no columns are chosen",
            hint=f"its columns are {', '.join(table.columns)}",
        )
    names = ", ".join(identifier(name) for name in chosen)
    key = ", ".join(identifier(column.name) for column in table.partition_key)
    text = f"SELECT {names} FROM {table.full_name} WHERE token({key}) > ? AND token({key}) <= ?"
    return text if where is None else f"{text} AND {where} ALLOW FILTERING"
