"""The little of SELECT that drivers ask system tables with: columns, one table, conditions joined by AND."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aiocql.testing.server.answers import Answer, Prepared, Rows
from aiocql.testing.server.cql_types import TypeLike
from aiocql.testing.server.error_answers import ErrorAnswer
from aiocql.testing.server.notation import Unset
from aiocql.testing.server.requests import Value
from aiocql.testing.server.result_metadata import Columns, metadata_id
from aiocql.testing.server.values import decode_value

__all__ = ["Selection", "Table", "parse_selection"]

_SELECT = re.compile(
    r"SELECT\s++(?P<columns>\*\s++|(?:[\w,\"]++\s++)+?)FROM\s++(?P<keyspace>\w+)\.(?P<table>\w+)"
    r"(?:\s++WHERE\s++(?P<where>.+?))?(?:(?<!\s)\s++LIMIT\s++\d++)?(?:(?<!\s)\s++ALLOW\s++FILTERING)?"
    r"(?:(?<!\s)\s++)?;?",
    re.IGNORECASE | re.DOTALL,
)
_CONDITION = re.compile(
    r"(?P<column>\w+)\s*(?:=\s*(?P<one>'[^']*'|[\w.:-]+|\?)|IN\s*\((?P<many>[^)]*)\))", re.IGNORECASE
)


@dataclass(slots=True)
class Table:
    """A table's columns and its rows, as mappings of which a missing column is null."""

    columns: Columns
    rows: Sequence[dict[str, Any]]
    key: int = 1


@dataclass(slots=True)
class Selection:
    """A SELECT that was understood. Values of conditions are literals as text; a marker is None."""

    columns: list[str] | None
    keyspace: str
    table: str
    conditions: list[tuple[str, list[str | None]]]

    def rows(self, table: Table, values: Sequence[Value] = (), names: Sequence[str] | None = None) -> Answer:
        """The answer from a table with values bound to the markers."""
        chosen = self._chosen(table)
        if isinstance(chosen, ErrorAnswer):
            return chosen
        bound = dict(zip(names, values, strict=False)) if names else None
        remaining = list(values)
        rows = list(table.rows)
        for column, wanted in self.conditions:
            of = dict(table.columns)[column]
            accepted = [
                _decoded(of, bound[column] if bound else remaining.pop(0)) for w in wanted if w is None
            ]
            accepted += [text for text in wanted if text is not None]
            rows = [row for row in rows if _is_one_of(row.get(column), accepted)]
        cells = [[row.get(name) for name, _ in chosen] for row in rows]
        return Rows(chosen, cells, self.keyspace, self.table)

    def prepared(self, table: Table, prepared_id: bytes) -> Answer:
        """The answer to PREPARE."""
        chosen = self._chosen(table)
        if isinstance(chosen, ErrorAnswer):
            return chosen
        types = dict(table.columns)
        bind = [
            (column, types[column]) for column, wanted in self.conditions for text in wanted if text is None
        ]
        return Prepared(prepared_id, bind, (), chosen, metadata_id(chosen), self.keyspace, self.table)

    def _chosen(self, table: Table) -> Columns | ErrorAnswer:
        types = dict(table.columns)
        names = self.columns or list(types)
        for name in [*names, *(column for column, _ in self.conditions)]:
            if name not in types:
                return ErrorAnswer(
                    0x2200, f"Undefined column name {name} in table {self.keyspace}.{self.table}"
                )
        return [(name, types[name]) for name in names]


def parse_selection(query: str) -> Selection | None:
    """Understand a SELECT; None for anything else."""
    found = _SELECT.fullmatch(query.strip())
    if found is None:
        return None
    names = found["columns"].strip()
    columns = None if names == "*" else [name.strip().strip('"') for name in names.split(",")]
    conditions = _conditions(found["where"])
    if conditions is None:
        return None
    return Selection(columns, found["keyspace"].lower(), found["table"].lower(), conditions)


def _conditions(where: str | None) -> list[tuple[str, list[str | None]]] | None:
    conditions: list[tuple[str, list[str | None]]] = []
    for part in re.split(r"(?<!\s)\s++AND\s++", where, flags=re.IGNORECASE) if where else []:
        found = _CONDITION.fullmatch(part.strip())
        if found is None:
            return None
        texts = [found["one"]] if found["one"] else found["many"].split(",")
        conditions.append((found["column"].lower(), [_literal(text) for text in texts]))
    return conditions


def _literal(text: str) -> str | None:
    text = text.strip()
    return None if text == "?" or text.startswith(":") else text.strip("'")


def _decoded(of: TypeLike, value: Value) -> Any:
    return None if isinstance(value, Unset) else decode_value(of, value)


def _is_one_of(value: Any, accepted: Sequence[Any]) -> bool:
    texts = [str(other).lower() if isinstance(other, uuid.UUID) else str(other) for other in accepted]
    return value is not None and str(value) in texts
