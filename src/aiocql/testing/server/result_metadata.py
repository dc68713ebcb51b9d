"""The <metadata> of RESULT messages in plain Python (native protocol v5, sections 4.2.5.2 and 4.2.5.4)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

from aiocql.testing.server.cql_types import TypeLike, write_option
from aiocql.testing.server.notation import (
    write_bytes,
    write_int,
    write_short,
    write_short_bytes,
    write_string,
)

__all__ = ["Columns", "TableColumns", "metadata_id", "write_prepared_metadata", "write_rows_metadata"]

_GLOBAL_TABLE, _MORE_PAGES, _NO_METADATA, _METADATA_CHANGED = 1, 2, 4, 8

Columns = Sequence[tuple[str, TypeLike]]


class TableColumns(NamedTuple):
    """Columns of one table. `global_spec=False` names keyspace and table at every column."""

    columns: Columns
    keyspace: str
    table: str
    global_spec: bool

    def write(self, version: int) -> bytes:
        """Return the specifications of all columns."""
        table = write_string(self.keyspace) + write_string(self.table)
        each = b"" if self.global_spec else table
        parts = [each + write_string(name) + write_option(of, version) for name, of in self.columns]
        return (table if self.global_spec else b"") + b"".join(parts)


def metadata_id(columns: Columns) -> bytes:
    """Return the result metadata id of v5, which differs whenever the columns differ."""
    return hashlib.md5(repr([(name, str(of)) for name, of in columns]).encode()).digest()


def write_rows_metadata(
    result: TableColumns,
    version: int,
    *,
    paging_state: bytes | None,
    no_metadata: bool,
    new_metadata_id: bytes | None,
) -> bytes:
    """Return the metadata of a RESULT with rows."""
    changed = new_metadata_id is not None and version >= 5
    flags = (
        (_GLOBAL_TABLE if result.global_spec and not no_metadata else 0)
        | (_MORE_PAGES if paging_state is not None else 0)
        | (_NO_METADATA if no_metadata else 0)
        | (_METADATA_CHANGED if changed else 0)
    )
    data = write_int(flags) + write_int(len(result.columns))
    data += write_bytes(paging_state) if paging_state is not None else b""
    data += write_short_bytes(new_metadata_id) if changed and new_metadata_id else b""
    return data if no_metadata else data + result.write(version)


def write_prepared_metadata(
    bind: TableColumns, result: TableColumns, partition_key: Sequence[int], version: int
) -> bytes:
    """Return both metadata of a RESULT of PREPARE: of the bound variables, then of the result."""
    data = write_int(_GLOBAL_TABLE if bind.columns and bind.global_spec else 0) + write_int(len(bind.columns))
    if version >= 4:
        data += write_int(len(partition_key)) + b"".join(map(write_short, partition_key))
    data += bind.write(version) if bind.columns else b""
    if not result.columns:
        return data + write_int(_NO_METADATA) + write_int(0)
    flags = _GLOBAL_TABLE if result.global_spec else 0
    return data + write_int(flags) + write_int(len(result.columns)) + result.write(version)
