"""Tables and materialized views."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar
from uuid import UUID

from aiocql.metadata.columns import ClusteringOrder, ColumnKind, ColumnMetadata, create_order
from aiocql.metadata.cql_text import literal
from aiocql.metadata.indexes import IndexMetadata, TriggerMetadata
from aiocql.metadata.record import Record, name_order
from aiocql.metadata.table_options import describes_views

__all__ = ["TableMetadata", "ViewMetadata"]

_NO_COPY = (
    "(was created via legacy API).\nApproximate structure, for reference:\n"
    "(this should not be used to reproduce this schema)\n\n"
)
_VIRTUAL = "is a virtual table and cannot be recreated with CQL.\nStructure, for reference:\n"


class TableMetadata(Record):
    """A table. `columns` are in the order of ``SELECT *``; `options` are what stands behind WITH.

    `hidden_columns` are those of a table with COMPACT STORAGE that CQL does not show.
    """

    FIELDS: ClassVar[tuple[str, ...]] = (
        "keyspace_name",
        "name",
        "id",
        "columns",
        "options",
        "flags",
        "indexes",
        "triggers",
        "views",
        "hidden_columns",
        "is_virtual",
    )
    keyspace_name: str
    name: str
    id: UUID | None
    columns: Mapping[str, ColumnMetadata]
    options: Mapping[str, Any]
    flags: frozenset[str]
    indexes: Mapping[str, IndexMetadata]
    triggers: Mapping[str, TriggerMetadata]
    views: Mapping[str, ViewMetadata]
    hidden_columns: Sequence[ColumnMetadata]
    is_virtual: bool

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
    def view_names(self) -> tuple[str, ...]:
        """The names of the materialized views of this table."""
        return tuple(self.views)

    @property
    def is_compact(self) -> bool:
        """Whether the table has COMPACT STORAGE, the layout of Thrift's time."""
        return is_compact(self.flags)

    @property
    def full_name(self) -> str:
        """The name as CQL takes it, its keyspace before it."""
        return f"{self._quoted(self.keyspace_name)}.{self._quoted(self.name)}"

    def export_as_cql(self, *, with_indexes: bool = True) -> str:
        """Return the statements that create this table and its indexes, as the server's DESCRIBE TABLE prints them.

        Views are included where DESCRIBE TABLE includes them (Cassandra 5.0 and later). Triggers, which DESCRIBE omits,
        come last. Tables that DESCRIBE only shows in a comment are in a comment here as well: virtual ones and, from
        Cassandra 4.0 on, those with COMPACT STORAGE.
        """
        statements = self.statements() if with_indexes else [self._create()]
        if with_indexes and describes_views(self.options):
            statements += self.view_statements()
        if with_indexes:
            statements += [trigger.export_as_cql() for trigger in self.triggers.values()]
        return "\n\n".join(statements)

    def statements(self) -> list[str]:
        """The statements that create this table and its indexes."""
        indexes = sorted(self.indexes.values(), key=lambda each: name_order(each.name))
        return [self._create(), *(index.export_as_cql() for index in indexes)]

    def view_statements(self) -> list[str]:
        """The statements that create the views of this table."""
        views = sorted(self.views.values(), key=lambda each: name_order(each.name))
        return [view.export_as_cql() for view in views]

    def _create(self) -> str:
        if self.is_virtual:
            return f"/*\nWarning: Table {self.full_name} {_VIRTUAL}{self._definition('VIRTUAL')}\n*/"
        if self.is_compact and not self.before_4:
            warning = (
                f"Warning: Table {self.full_name} omitted because it has constructs not compatible with CQL "
            )
            return f"/*\n{warning}{_NO_COPY}{self._definition('CREATE')}\n*/"
        return self._definition("CREATE")

    def _definition(self, keyword: str) -> str:
        alone = len(self.primary_key) == 1 and not self._ordering()
        lines = [
            "    " + column.definition(alone and column.kind is ColumnKind.PARTITION_KEY)
            for column in create_order(self.columns.values())
        ]
        if not alone:
            lines.append(f"    PRIMARY KEY {self._key()}")
        body = ",\n".join(lines)
        return f"{keyword} TABLE {self.full_name} (\n{body}\n) WITH {self._with()};"

    def _key(self) -> str:
        partition = ", ".join(self._quoted(column.name) for column in self.partition_key)
        if len(self.partition_key) > 1:
            partition = f"({partition})"
        return f"({', '.join([partition, *(self._quoted(column.name) for column in self.clustering_key)])})"

    def _ordering(self) -> tuple[ColumnMetadata, ...]:
        """The columns of CLUSTERING ORDER BY. DESCRIBE names hidden ones as well, which no statement may."""
        if self.clustering_key or self.before_4:
            return self.clustering_key
        return tuple(column for column in self.hidden_columns if column.kind is ColumnKind.CLUSTERING)

    def _with(self) -> str:
        parts = ["COMPACT STORAGE"] if self.is_compact else []
        if ordering := self._ordering():
            order = ", ".join(
                f"{self._quoted(column.name)} {'DESC' if column.clustering_order is ClusteringOrder.DESC else 'ASC'}"
                for column in ordering
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
            selected = ", ".join(self._quoted(name) for name in self.columns)
        base = f"{self._quoted(self.keyspace_name)}.{self._quoted(self.base_table_name)}"
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
        return f"<ViewMetadata {self.full_name} of {self._quoted(self.base_table_name)}>"


def is_compact(flags: frozenset[str]) -> bool:
    """Whether flags of a table mean COMPACT STORAGE."""
    return "compound" not in flags or "dense" in flags or "super" in flags
