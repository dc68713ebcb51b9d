"""Where the partition key is among the values of a statement, where the server does not say: on v3.

From v4 on the answer to PREPARE has it (native protocol v4, section 4.2.5.4, pk_index). Before, drivers look for the
columns of the partition key among those that are bound, as the Java driver does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiocql.metadata.schema import KeyspaceMetadata
    from aiocql.protocol.metadata import Column

__all__ = ["pk_positions"]


def pk_positions(columns: Sequence[Column], keyspaces: Mapping[str, KeyspaceMetadata]) -> tuple[int, ...]:
    """The places of the partition key's columns among `columns`; none if one is missing or the table is not known."""
    if not columns:
        return ()
    keyspace = keyspaces.get(columns[0].keyspace)
    table = keyspace.tables.get(columns[0].table) if keyspace is not None else None
    if table is None:
        return ()
    places = {column.name: place for place, column in reversed(list(enumerate(columns)))}
    key = [column.name for column in table.partition_key]
    return tuple(places[name] for name in key) if places.keys() >= set(key) else ()
