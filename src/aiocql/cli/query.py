"""`aiocql query`: one statement, and its rows as a table, as JSON or as CSV."""

from __future__ import annotations

import csv
import json as json_module
import sys
import time
from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Any, Protocol

from cyclopts import Parameter
from rich.console import Console
from rich.table import Table
from rich.text import Text

from aiocql.cli.connecting import Target, TargetOptions
from aiocql.cli.values import as_json, as_text
from aiocql.errors import ConfigurationError
from aiocql.printable import escaped, printable

__all__ = ["query"]

TABLE_LIMIT = 1000
"""Rows that a table shows unless told otherwise: more than a person reads, less than a screen's memory."""


async def query(
    statement: str,
    /,
    *parameters: str,
    json: Annotated[bool, Parameter(negative="")] = False,
    csv: Annotated[bool, Parameter(negative="")] = False,
    limit: int | None = None,
    page_size: int = 5000,
    target: TargetOptions = Target(),  # noqa: B008
) -> None:
    """Run one CQL statement and print its rows.

    Parameters
    ----------
    statement
        The CQL. A "?" in it takes the next of the parameters.
    parameters
        Values: 42, 1.5, true, null, [1, 2] and {"a": 1} are read as JSON, anything else is text.
    json
        One JSON object a row.
    csv
        Comma-separated values under a line of names; a null is empty.
    limit
        Rows to print; 0 for all. A table stops at 1000 unless told otherwise, JSON and CSV do not.
    page_size
        Rows to fetch at a time.
    """
    if json and csv:
        raise ConfigurationError("--json and --csv exclude each other")
    most = (0 if json or csv else TABLE_LIMIT) if limit is None else limit
    async with target.connect() as session:
        begin = time.perf_counter()
        values = [_value(text) for text in parameters]
        result = await session.execute(statement, values or None, page_size=page_size)
        names = [column.name for column in result.columns]
        printer: Printer = Lines(names) if json else Commas(names) if csv else Grid(names)
        count, more = 0, False
        async for page in _pages(result):
            room = len(page) if most <= 0 else most - count
            printer.rows(page[:room])
            count += min(room, len(page))
            if room < len(page) or (count == most and result.has_more_pages):
                more = True
                break
        _footer(result, names, count, more, time.perf_counter() - begin)


async def _pages(result: Any) -> AsyncIterator[Sequence[Any]]:
    yield result.rows
    while result.has_more_pages:
        result = await result.fetch_next_page()
        yield result.rows


def _value(text: str) -> Any:
    try:
        return json_module.loads(text)
    except ValueError:
        return text


def _footer(result: Any, names: Sequence[str], count: int, more: bool, seconds: float) -> None:
    """What a person wants to know besides, where it does not disturb a program that reads the rows."""
    console = Console(stderr=True, highlight=False)
    for warning in result.warnings:
        console.print(Text(f"warning: {printable(warning)}", style="yellow"))
    rows = f"{count:,} row{'' if count == 1 else 's'}" if names else "done"
    also = ", and more: --limit 0 shows all" if more else ""
    console.print(
        Text(f"({rows}{also}; {1000 * seconds:.1f} ms; {escaped(result.coordinator.endpoint)})", style="dim")
    )


class Printer(Protocol):
    """Prints rows, a page at a time."""

    def rows(self, page: Sequence[Any]) -> None:
        """Prints one page."""


def _json_escaped(text: str) -> str:
    """JSON escapes control characters of ASCII; a terminal acts on others too."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else json_module.dumps(each)[1:-1] for each in text)


class Lines:
    """One JSON object a row."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = names

    def rows(self, page: Sequence[Any]) -> None:
        """Prints one page."""
        for row in page:
            record = {name: as_json(value) for name, value in zip(self.names, row, strict=True)}
            print(_json_escaped(json_module.dumps(record, ensure_ascii=False)))


class Commas:
    """Comma-separated values: exactly as they are in a file or a pipe, without control characters on a terminal."""

    def __init__(self, names: Sequence[str]) -> None:
        self.writer = csv.writer(sys.stdout, lineterminator="\n")
        self._shown = escaped if sys.stdout.isatty() else str
        if names:
            self.writer.writerow(map(self._shown, names))

    def rows(self, page: Sequence[Any]) -> None:
        """Prints one page."""
        self.writer.writerows(
            ["" if value is None else self._shown(as_text(value)) for value in row] for row in page
        )


class Grid:
    """A table a page. Written to a file or a pipe, it is as wide as its rows."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = names
        self.console = Console(highlight=False)
        if not self.console.is_terminal:
            self.console = Console(highlight=False, width=100_000)

    def rows(self, page: Sequence[Any]) -> None:
        """Prints one page."""
        if not self.names:
            return
        table = Table(box=None, pad_edge=False, header_style="bold")
        for i, name in enumerate(self.names):
            numeric = bool(page) and isinstance(page[0][i], int | float) and not isinstance(page[0][i], bool)
            table.add_column(Text(escaped(name)), justify="right" if numeric else "left", overflow="fold")
        for row in page:
            table.add_row(
                *(Text("null", style="dim") if v is None else Text(escaped(as_text(v))) for v in row)
            )
        self.console.print(table)
