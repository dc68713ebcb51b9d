"""A change of the schema, as the server announces it or as the driver finds it."""

from __future__ import annotations

from typing import Protocol

__all__ = ["EVERYTHING", "Change", "NamedChange"]


class Change(Protocol):
    """What is read of a SCHEMA_CHANGE: an event, or the response to a statement."""

    @property
    def target(self) -> str | None: ...
    @property
    def keyspace(self) -> str | None: ...
    @property
    def name(self) -> str | None: ...


class NamedChange:
    """A change that the driver found itself. Without a keyspace it concerns everything."""

    __slots__ = ("keyspace", "name", "target")

    def __init__(self, keyspace: str | None = None, table: str | None = None) -> None:
        self.keyspace = keyspace
        self.name = table
        self.target = "KEYSPACE" if table is None else "TABLE"


EVERYTHING = NamedChange()
