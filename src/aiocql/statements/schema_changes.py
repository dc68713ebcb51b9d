"""Which prepared statements a change of the schema concerns, and whether one is settled.

A statement is bound with the types that its columns had when it was prepared. The server forgets it when its table
changes, but remembers it under the same id as soon as any client prepares it again. Values in the old types would then
be stored as if they were of the new ones. So what a change concerns is prepared again before it is used.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from aiocql.types.descriptors import CqlType, UserType

if TYPE_CHECKING:
    from aiocql.metadata.schema_change import Change
    from aiocql.protocol.metadata import Column
    from aiocql.statements.prepared import PreparedStatement

__all__ = ["SchemaChanges", "is_concerned", "tables_of"]

MAX_REMEMBERED = 256


def is_concerned(statement: PreparedStatement[Any], change: Change) -> bool:
    """Return whether the columns of a statement may be others after a change."""
    if change.keyspace is None:
        return True
    columns = (*statement.columns, *statement.result_metadata)
    if not columns:
        # It does not say which table it is about.
        return statement.prepared_keyspace in (None, change.keyspace) or change.keyspace in statement.query
    if change.target == "TABLE":
        return any(each.table == change.name and each.keyspace == change.keyspace for each in columns)
    if change.target == "TYPE":
        return any(_mentions(each.type, change.keyspace, change.name) for each in columns)
    if change.target in ("FUNCTION", "AGGREGATE"):
        return change.name is None or change.name.lower() in statement.query.lower()
    return any(each.keyspace == change.keyspace for each in columns)


def _mentions(kind: CqlType, keyspace: str, name: str | None) -> bool:
    if isinstance(kind, UserType) and kind.keyspace == keyspace and kind.name == name:
        return True
    return any(_mentions(part, keyspace, name) for part in _parts(kind))


def _parts(kind: CqlType) -> Iterator[CqlType]:
    for field in kind.__match_args__:
        value = getattr(kind, field)
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, CqlType):
                yield part


class SchemaChanges:
    """The changes that the session heard of, in the order of their numbers; no number is 0.

    A change that the session made itself is unsettled until all hosts have it: a statement that it concerns may be
    prepared at a host that does not have it yet.
    """

    def __init__(self) -> None:
        self.last = 1
        """The number of the latest change."""
        self._recent: deque[tuple[int, Change]] = deque(maxlen=MAX_REMEMBERED)
        self._unsettled: list[Change] = []

    def add(self, change: Change) -> int:
        """Note a change and return its number."""
        self.last += 1
        self._recent.append((self.last, change))
        return self.last

    def begin(self, change: Change) -> None:
        """Note that a change is unsettled."""
        self._unsettled.append(change)

    def end(self, change: Change) -> None:
        """Note that all hosts have a change, or that nobody waits for them any more."""
        self._unsettled = [each for each in self._unsettled if each is not change]

    def is_unsettled(self, statement: PreparedStatement[Any]) -> bool:
        """Return whether another host may give other columns for the statement."""
        return any(is_concerned(statement, change) for change in self._unsettled)

    def concerning(self, statement: PreparedStatement[Any], after: int) -> int:
        """Return the number of the latest change after `after` that concerns the statement, or 0."""
        if self._recent and self._recent[0][0] > after + 1:
            return self.last  # more changes than are remembered
        later = (each for each in reversed(self._recent) if each[0] > after)
        return next((number for number, change in later if is_concerned(statement, change)), 0)


def tables_of(columns: Iterable[Column]) -> set[tuple[str, str]]:
    """Return the keyspace and name of each table that columns belong to."""
    return {(each.keyspace, each.table) for each in columns}
