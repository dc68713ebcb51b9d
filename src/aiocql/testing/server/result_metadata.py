"""The <metadata> of RESULT messages in plain Python (native protocol v5, sections 4.2.5.2 and 4.2.5.4)."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from aiocql.testing.server.cql_types import write_option
from aiocql.testing.server.notation import (
    write_bytes,
    write_int,
    write_short,
    write_short_bytes,
    write_string,
)

if TYPE_CHECKING:
    from aiocql.testing.server.answers import Columns, Prepared, Rows

__all__ = ["metadata_id", "write_prepared_metadata", "write_rows_metadata"]

_GLOBAL_TABLE, _MORE_PAGES, _NO_METADATA, _METADATA_CHANGED = 1, 2, 4, 8


def metadata_id(columns: Columns) -> bytes:
    """The result metadata id of v5: another one whenever the columns differ."""
    return hashlib.md5(repr([(name, str(of)) for name, of in columns]).encode()).digest()


def write_rows_metadata(answer: Rows, version: int) -> bytes:
    """The metadata of a RESULT with rows."""
    changed = answer.new_metadata_id is not None and version >= 5
    flags = (
        (_GLOBAL_TABLE if answer.global_spec and not answer.no_metadata else 0)
        | (_MORE_PAGES if answer.paging_state is not None else 0)
        | (_NO_METADATA if answer.no_metadata else 0)
        | (_METADATA_CHANGED if changed else 0)
    )
    data = write_int(flags) + write_int(len(answer.columns))
    data += write_bytes(answer.paging_state) if answer.paging_state is not None else b""
    data += write_short_bytes(answer.new_metadata_id) if changed and answer.new_metadata_id else b""
    if answer.no_metadata:
        return data
    return data + _write_columns(answer.columns, answer, version)


def write_prepared_metadata(answer: Prepared, version: int) -> bytes:
    """Both metadata of a RESULT of PREPARE: of the bound variables, then of the result."""
    spec = _GLOBAL_TABLE if answer.global_spec else 0
    data = write_int(spec if answer.bind else 0) + write_int(len(answer.bind))
    if version >= 4:
        data += write_int(len(answer.partition_key)) + b"".join(map(write_short, answer.partition_key))
    data += _write_columns(answer.bind, answer, version) if answer.bind else b""
    if not answer.columns:
        return data + write_int(_NO_METADATA) + write_int(0)
    return (
        data
        + write_int(spec)
        + write_int(len(answer.columns))
        + _write_columns(answer.columns, answer, version)
    )


def _write_columns(columns: Columns, answer: Rows | Prepared, version: int) -> bytes:
    table = write_string(answer.keyspace) + write_string(answer.table)
    each = b"" if answer.global_spec else table
    parts = [each + write_string(name) + write_option(of, version) for name, of in columns]
    return (table if answer.global_spec else b"") + b"".join(parts)
