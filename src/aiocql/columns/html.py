"""A table as HTML, for notebooks."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from aiocql.columns.table_view import TableView

__all__ = ["to_html"]

SHOWN_ROWS: Final = 20
SHOWN_COLUMNS: Final = 30
SHOWN_LENGTH: Final = 80


def to_html(table: TableView) -> str:
    """Return the first rows as an HTML table, with the CQL types under the names."""
    fields = table.schema.fields[:SHOWN_COLUMNS]
    shown = table[:SHOWN_ROWS]
    columns = [shown.column(i).to_pylist() for i in range(len(fields))]
    head = "".join(f"<th>{escape(f.name)}<br><small>{escape(str(f.cql_type))}</small></th>" for f in fields)
    rows = zip(*columns, strict=True) if columns else ()
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    more = f"{len(table):,} rows, {table.num_columns} columns"
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table><p>{more}</p>"


def _cell(value: Any) -> str:
    if value is None:
        return "<td><em>null</em></td>"
    text = str(value)
    return f"<td>{escape(text if len(text) <= SHOWN_LENGTH else text[:SHOWN_LENGTH] + '…')}</td>"
