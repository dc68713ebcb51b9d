"""Tables and materialized views."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import Any, ClassVar
from uuid import UUID

from aiocql.metadata.columns import ClusteringOrder, ColumnKind, ColumnMetadata
from aiocql.metadata.cql_text import identifier, literal
from aiocql.metadata.indexes import IndexMetadata, TriggerMetadata
from aiocql.metadata.record import Record

__all__ = ["TableMetadata", "ViewMetadata"]

# In the order of DESCRIBE (Cassandra 5.0); a server that does not have one of them leaves it out.
OPTIONS = (
    "additional_write_policy",
    "allow_auto_snapshot",
    "bloom_filter_fp_chance",
    "caching",
    "cdc",
    "comment",
    "compaction",
    "compression",
    "memtable",
    "crc_check_chance",
    "dclocal_read_repair_chance",
    "default_time_to_live",
    "extensions",
    "gc_grace_seconds",
    "incremental_backups",
    "max_index_interval",
    "memtable_flush_period_in_ms",
    "min_index_interval",
    "read_repair",
    "read_repair_chance",
    "speculative_retry",
)

# Columns that are null until somebody sets the option.
DEFAULTS: dict[str, object] = {
    "allow_auto_snapshot": True,
    "incremental_backups": True,
    "memtable": "default",
    "cdc": False,
    "extensions": {},
}

# Since Cassandra 4.0 without effect, and no longer taken.
BEFORE_4 = ("dclocal_read_repair_chance", "read_repair_chance")


class TableMetadata(Record):
    """A table. `columns` are in the order of ``SELECT *``; `options` are what stands behind WITH."""

    FIELDS: ClassVar[tuple[str, ...]] = (
        "keyspace_name",
        "name",
        "id",
        "columns",
        "options",
        "flags",
        "indexes",
        "triggers",
        "view_names",
    )
    keyspace_name: str
    name: str
    id: UUID | None
    columns: Mapping[str, ColumnMetadata]
    options: Mapping[str, Any]
    flags: frozenset[str]
    indexes: Mapping[str, IndexMetadata]
    triggers: Mapping[str, TriggerMetadata]
    view_names: Sequence[str]

    def _of_kind(self, kind: ColumnKind) -> tuple[ColumnMetadata, ...]:
        return tuple(column for column in self.columns.values() if column.kind is kind)

    @cached_property
    def partition_key(self) -> tuple[ColumnMetadata, ...]:
        """The columns that say where a row is."""
        return self._of_kind(ColumnKind.PARTITION_KEY)

    @cached_property
    def clustering_key(self) -> tuple[ColumnMetadata, ...]:
        """The columns that sort the rows of a partition."""
        return self._of_kind(ColumnKind.CLUSTERING)

    @property
    def primary_key(self) -> tuple[ColumnMetadata, ...]:
        """Both."""
        return self.partition_key + self.clustering_key

    @property
    def is_compact(self) -> bool:
        """Whether this is a table of Thrift's time (COMPACT STORAGE), of which CQL sees a part only."""
        return bool(self.flags) and ("compound" not in self.flags or "dense" in self.flags)

    @property
    def full_name(self) -> str:
        """The name as CQL takes it, its keyspace before it."""
        return f"{identifier(self.keyspace_name)}.{identifier(self.name)}"

    def export_as_cql(self, *, with_indexes: bool = True) -> str:
        """The statements that make this table, and its indexes and triggers."""
        statements = [self._create()]
        if with_indexes:
            statements += [index.export_as_cql() for index in self.indexes.values()]
            statements += [trigger.export_as_cql() for trigger in self.triggers.values()]
        return "\n\n".join(statements)

    def _create(self) -> str:
        alone = len(self.primary_key) == 1
        lines = [
            "    " + column.definition(alone and column.kind is ColumnKind.PARTITION_KEY)
            for column in self.columns.values()
        ]
        if not alone:
            lines.append(f"    PRIMARY KEY {self._key()}")
        body = ",\n".join(lines)
        return f"CREATE TABLE {self.full_name} (\n{body}\n) WITH {self._with()};"

    def _key(self) -> str:
        partition = ", ".join(identifier(column.name) for column in self.partition_key)
        if len(self.partition_key) > 1:
            partition = f"({partition})"
        return f"({', '.join([partition, *(identifier(column.name) for column in self.clustering_key)])})"

    def _with(self) -> str:
        parts = []
        if self.clustering_key:
            order = ", ".join(
                f"{identifier(column.name)} {'DESC' if column.clustering_order is ClusteringOrder.DESC else 'ASC'}"
                for column in self.clustering_key
            )
            parts.append(f"CLUSTERING ORDER BY ({order})")
        parts += [f"{name} = {literal(value)}" for name, value in self._shown_options().items()]
        return "\n    AND ".join(parts)

    def _shown_options(self) -> dict[str, Any]:
        return dict(self.options)

    def __repr__(self) -> str:
        return f"<TableMetadata {self.full_name}, {len(self.columns)} columns>"


class ViewMetadata(TableMetadata):
    """A materialized view of a table."""

    FIELDS: ClassVar[tuple[str, ...]] = (
        *TableMetadata.FIELDS,
        "base_table_name",
        "where_clause",
        "include_all_columns",
    )
    base_table_name: str
    where_clause: str
    include_all_columns: bool

    def _create(self) -> str:
        selected = "*"
        if not self.include_all_columns:
            selected = ", ".join(identifier(name) for name in self.columns)
        base = f"{identifier(self.keyspace_name)}.{identifier(self.base_table_name)}"
        return (
            f"CREATE MATERIALIZED VIEW {self.full_name} AS\n"
            f"    SELECT {selected}\n"
            f"    FROM {base}\n"
            f"    WHERE {self.where_clause}\n"
            f"    PRIMARY KEY {self._key()}\n"
            f" WITH {self._with()};"
        )

    def _shown_options(self) -> dict[str, Any]:
        # Rows of a view live as long as those of its table.
        return {name: value for name, value in self.options.items() if name != "default_time_to_live"}

    def __repr__(self) -> str:
        return f"<ViewMetadata {self.full_name} of {identifier(self.base_table_name)}>"


def read_options(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """The options among the columns of a row of ``system_schema.tables`` or ``views``."""
    options = {}
    for name in OPTIONS:
        if name not in row or (name in BEFORE_4 and "read_repair" in row):
            continue
        value = row[name]
        if value is None:
            value = DEFAULTS.get(name)
        if value is not None:
            options[name] = value
    return MappingProxyType(options)
