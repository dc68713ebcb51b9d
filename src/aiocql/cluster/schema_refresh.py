"""Which part of the schema is read again, and reading it: all, keyspaces, or single tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiocql.cluster.debounce import Changes
    from aiocql.cluster.metadata_manager import MetadataManager
    from aiocql.cluster.system_tables import SystemTables

__all__ = ["ALL", "WantedSchema", "read_schema", "wanted_schema"]

MAX_TABLES = 50
"""More tables of one keyspace than this are read with the whole keyspace."""


class WantedSchema:
    """What is to be read: everything (`is_all`), or `keyspaces` and, of other keyspaces, `tables` by their names."""

    __slots__ = ("is_all", "keyspaces", "tables")

    def __init__(
        self,
        is_all: bool = False,
        keyspaces: Sequence[str] = (),
        tables: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self.is_all = is_all
        self.keyspaces = keyspaces
        self.tables = tables or {}

    def changed(self) -> Iterator[tuple[str | None, str | None]]:
        """Keyspace and table of each part, as events tell it: None is all."""
        if self.is_all:
            yield None, None
        for keyspace in self.keyspaces:
            yield keyspace, None
        for keyspace, names in self.tables.items():
            for name in names:
                yield keyspace, name


ALL = WantedSchema(is_all=True)


def wanted_schema(changes: Changes) -> WantedSchema:
    """What changes ask for: a table that is read with its keyspace is not read alone as well."""
    if changes.all_keyspaces:
        return ALL
    tables: dict[str, list[str]] = {}
    for keyspace, name in sorted(changes.tables):
        tables.setdefault(keyspace, []).append(name)
    many = {keyspace for keyspace, names in tables.items() if len(names) > MAX_TABLES}
    whole = changes.keyspaces | many
    alone = {keyspace: names for keyspace, names in tables.items() if keyspace not in whole}
    return WantedSchema(keyspaces=sorted(whole), tables=alone)


async def read_schema(tables: SystemTables, metadata: MetadataManager, wanted: WantedSchema) -> None:
    """Read what is wanted, part by part. Without schema metadata that is replication alone."""
    if not metadata.with_schema:
        if wanted.is_all or wanted.keyspaces:
            await metadata.apply_keyspaces(await tables.keyspaces())
        return
    for keyspace in [None] if wanted.is_all else wanted.keyspaces:
        await metadata.apply_schema(await tables.schema(keyspace), keyspace)
    for keyspace, names in wanted.tables.items():
        await _read_tables(tables, metadata, keyspace, names)


async def _read_tables(
    tables: SystemTables, metadata: MetadataManager, keyspace: str, names: Sequence[str]
) -> None:
    schema = metadata.snapshot.schema
    known = schema.get(keyspace) if schema is not None else None
    if known is None:
        # Its own event was lost, or is on its way.
        await metadata.apply_schema(await tables.schema(keyspace), keyspace)
        return
    every = sorted(known.with_views_of(names))
    metadata.apply_tables(await tables.schema(keyspace, every), keyspace, every)
