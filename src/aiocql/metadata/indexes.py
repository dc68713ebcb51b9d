"""Secondary indexes and triggers of tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiocql.metadata.cql_text import map_literal
from aiocql.metadata.record import Record

__all__ = ["IndexMetadata", "TriggerMetadata"]


class IndexMetadata(Record):
    """A secondary index. `kind` is ``COMPOSITES``, ``KEYS`` or ``CUSTOM`` (SAI and SASI are custom ones).

    `target` is the column, or ``values(column)``, ``keys(column)``, ``entries(column)``, ``full(column)``;
    `class_name` is that of a custom index, None for others.
    """

    FIELDS = ("keyspace_name", "table_name", "name", "kind", "options")
    keyspace_name: str
    table_name: str
    name: str
    kind: str
    options: Mapping[str, str]

    @classmethod
    def from_row(cls, row: Mapping[str, Any], *, before_4: bool = False) -> IndexMetadata:
        """Reads a row of ``system_schema.indexes``."""
        return cls(
            before_4=before_4,
            keyspace_name=row["keyspace_name"],
            table_name=row["table_name"],
            name=row["index_name"],
            kind=row.get("kind") or "",
            options=dict(row.get("options") or {}),
        )

    @property
    def target(self) -> str:
        """What is indexed, as CQL writes it."""
        return self.options.get("target", "")

    @property
    def class_name(self) -> str | None:
        """The class of a custom index."""
        return self.options.get("class_name")

    def export_as_cql(self) -> str:
        """The statement that makes this index."""
        custom = "CUSTOM " if self.class_name is not None else ""
        table = f"{self._quoted(self.keyspace_name)}.{self._quoted(self.table_name)}"
        text = f"CREATE {custom}INDEX {self._quoted(self.name)} ON {table} ({self.target})"
        if self.class_name is not None:
            text += f" USING '{self.class_name}'"
            options = {
                key: value for key, value in self.options.items() if key not in ("target", "class_name")
            }
            if options:
                text += f" WITH OPTIONS = {map_literal(options)}"
        return text + ";"

    def __repr__(self) -> str:
        return f"<IndexMetadata {self.name} on {self.table_name} ({self.target})>"


class TriggerMetadata(Record):
    """A trigger of a table."""

    FIELDS = ("keyspace_name", "table_name", "name", "options")
    keyspace_name: str
    table_name: str
    name: str
    options: Mapping[str, str]

    @classmethod
    def from_row(cls, row: Mapping[str, Any], *, before_4: bool = False) -> TriggerMetadata:
        """Reads a row of ``system_schema.triggers``."""
        return cls(
            before_4=before_4,
            keyspace_name=row["keyspace_name"],
            table_name=row["table_name"],
            name=row["trigger_name"],
            options=dict(row.get("options") or {}),
        )

    def export_as_cql(self) -> str:
        """The statement that makes this trigger."""
        table = f"{self._quoted(self.keyspace_name)}.{self._quoted(self.table_name)}"
        return f"CREATE TRIGGER {self._quoted(self.name)} ON {table} USING '{self.options.get('class', '')}';"

    def __repr__(self) -> str:
        return f"<TriggerMetadata {self.name} on {self.table_name}>"
