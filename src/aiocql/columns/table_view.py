"""What frames and HTML are made of: a table, or one batch of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, Self

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiocql.columns.column import Column
    from aiocql.columns.schema import Schema

__all__ = ["TableView"]


class TableView(Protocol):
    """Rows in columns."""

    @property
    def schema(self) -> Schema: ...
    @property
    def num_columns(self) -> int: ...
    @property
    def column_names(self) -> Sequence[str]: ...
    @property
    def columns(self) -> Sequence[Column]: ...
    def column(self, key: int, /) -> Column: ...
    def __len__(self) -> int: ...
    def __getitem__(self, rows: slice, /) -> Self: ...
