"""The schema that scripted servers tell of: keyspaces, tables and types, as rows of ``system_schema``."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

__all__ = ["ScriptedKeyspace", "ScriptedSchema", "ScriptedTable"]


@dataclass
class ScriptedTable:
    """A table: its columns by name with their CQL types, and which of them are its key."""

    keyspace: str
    name: str
    columns: Mapping[str, str]
    partition_key: Sequence[str]
    clustering: Sequence[str] = ()
    static: Sequence[str] = ()
    comment: str = ""
    id: uuid.UUID = field(default_factory=uuid.uuid4)

    def row(self) -> dict[str, Any]:
        """The row of ``system_schema.tables``."""
        return {
            "keyspace_name": self.keyspace,
            "table_name": self.name,
            "additional_write_policy": "99p",
            "bloom_filter_fp_chance": 0.01,
            "caching": {"keys": "ALL", "rows_per_partition": "NONE"},
            "cdc": None,
            "comment": self.comment,
            "compaction": {"class": "org.apache.cassandra.db.compaction.SizeTieredCompactionStrategy"},
            "compression": {
                "class": "org.apache.cassandra.io.compress.LZ4Compressor",
                "chunk_length_in_kb": "16",
            },
            "crc_check_chance": 1.0,
            "default_time_to_live": 0,
            "extensions": {},
            "flags": ["compound"],
            "gc_grace_seconds": 864000,
            "id": self.id,
            "max_index_interval": 2048,
            "memtable_flush_period_in_ms": 0,
            "min_index_interval": 128,
            "read_repair": "BLOCKING",
            "speculative_retry": "99p",
        }

    def column_rows(self) -> list[dict[str, Any]]:
        """The rows of ``system_schema.columns``, in the order of their names as the server has them."""
        return [self._column(name) for name in sorted(self.columns)]

    def _column(self, name: str) -> dict[str, Any]:
        kind, position = "regular", -1
        if name in self.partition_key:
            kind, position = "partition_key", list(self.partition_key).index(name)
        elif name in self.clustering:
            kind, position = "clustering", list(self.clustering).index(name)
        elif name in self.static:
            kind = "static"
        return {
            "keyspace_name": self.keyspace,
            "table_name": self.name,
            "column_name": name,
            "clustering_order": "asc" if kind == "clustering" else "none",
            "column_name_bytes": name.encode(),
            "kind": kind,
            "position": position,
            "type": self.columns[name],
        }


@dataclass
class ScriptedKeyspace:
    """A keyspace with its replication, tables and user-defined types (name: fields with their CQL types)."""

    name: str
    replication: Mapping[str, str]
    durable_writes: bool = True
    tables: dict[str, ScriptedTable] = field(default_factory=dict)
    types: dict[str, Mapping[str, str]] = field(default_factory=dict)

    def row(self) -> dict[str, Any]:
        """The row of ``system_schema.keyspaces``."""
        return {
            "keyspace_name": self.name,
            "durable_writes": self.durable_writes,
            "replication": dict(self.replication),
        }

    def type_rows(self) -> list[dict[str, Any]]:
        """The rows of ``system_schema.types``."""
        return [
            {
                "keyspace_name": self.name,
                "type_name": name,
                "field_names": list(fields),
                "field_types": list(fields.values()),
            }
            for name, fields in self.types.items()
        ]


class ScriptedSchema:
    """All keyspaces of a scripted cluster. `version` is new after each change made through this object."""

    def __init__(self) -> None:
        self.keyspaces: dict[str, ScriptedKeyspace] = {}
        self.version = uuid.uuid4()
        for name in ("system", "system_schema"):
            self.add_keyspace(name, {"class": "org.apache.cassandra.locator.LocalStrategy"})

    def add_keyspace(self, name: str, replication: Mapping[str, Any] | None = None) -> ScriptedKeyspace:
        """Add a keyspace; without `replication` it is SimpleStrategy with factor 1."""
        replication = replication or {"class": "SimpleStrategy", "replication_factor": "1"}
        texts = {key: str(value) for key, value in replication.items()}
        if "." not in texts["class"]:
            texts["class"] = f"org.apache.cassandra.locator.{texts['class']}"
        self.keyspaces[name] = ScriptedKeyspace(name, texts)
        self.changed()
        return self.keyspaces[name]

    def add_table(
        self,
        keyspace: str,
        name: str,
        columns: Mapping[str, str],
        partition_key: Sequence[str],
        clustering: Sequence[str] = (),
    ) -> ScriptedTable:
        """Add a table, and its keyspace where it is new."""
        if keyspace not in self.keyspaces:
            self.add_keyspace(keyspace)
        table = ScriptedTable(keyspace, name, columns, partition_key, clustering)
        self.keyspaces[keyspace].tables[name] = table
        self.changed()
        return table

    def drop_keyspace(self, name: str) -> None:
        """Take a keyspace away."""
        del self.keyspaces[name]
        self.changed()

    def drop_table(self, keyspace: str, name: str) -> None:
        """Take a table away."""
        del self.keyspaces[keyspace].tables[name]
        self.changed()

    def changed(self) -> None:
        """Give the schema a new version."""
        self.version = uuid.uuid4()

    def tables(self) -> list[ScriptedTable]:
        """Every table."""
        return [table for keyspace in self.keyspaces.values() for table in keyspace.tables.values()]
