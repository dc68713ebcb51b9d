"""Statements that are sent as text, without values."""

from __future__ import annotations

from aiocql.statements.prepared import is_lwt, is_select

__all__ = ["SimpleStatement"]


class SimpleStatement:
    """A statement that is only text: not worth preparing, for want of values."""

    __slots__ = ("is_lwt", "is_select", "query")

    def __init__(self, query: str) -> None:
        self.query = query
        self.is_lwt = is_lwt(query)
        self.is_select = is_select(query)
