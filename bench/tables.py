"""Figures as tables: rows of texts first, then a terminal table (rich) or Markdown from the same rows."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from rich.table import Table

from bench.cells import Cell, Group
from bench.figures import Figures
from bench.peers import BY_NAME

OURS = "aiocql"
OFFICIAL = ("cassandra-driver", "async-cassandra")
FLOOR = "bare asyncio loop"
CORE = "compiled core alone"
NOTHING = "-"


@dataclass
class Rows:
    """A table: the first column names the client, the rest are figures; `ratios` stand below a line."""

    title: str
    head: list[str]
    clients: list[list[str]]
    ratios: list[list[str]]


def peers(figures: Figures) -> list[str]:
    """The clients that are neither ours nor a limit."""
    return [name for name in figures.clients if not BY_NAME[name].own and not BY_NAME[name].limit]


def _number(value: float | None, digits: int = 0) -> str:
    if value is None:
        return NOTHING
    return f"{value:,.{digits}f}" if value >= 10 or digits else f"{value:.2g}"


def _entry(figures: Figures, cell: Cell, client: str, figure: str) -> str:
    series = figures.series.get((cell, client))
    if series is None:
        return NOTHING
    if series.failed:
        return "failed"
    text = _number(series.median(figure), 1 if figure == "cpu_us" else 0)
    return text + f" (v{series.protocol})" if series.protocol != cell.protocol and text != NOTHING else text


def _ratio_rows(figures: Figures, group: Group) -> list[list[str]]:
    against = [("best peer", peers(figures)), *((name, [name]) for name in (*OFFICIAL, FLOOR, CORE))]
    rows = []
    for name, others in against:
        ratios = [figures.ratio(cell, OURS, others) for cell in group.cells]
        if any(ratios):
            rows.append([f"{OURS} / {name}", *(NOTHING if r is None else f"{r:.2f}x" for r in ratios)])
    return rows


def rows_of(figures: Figures, group: Group, figure: str = "per_second") -> Rows:
    """The table of a group: requests per second, or with `cpu_us` microseconds of the client's CPU per request."""
    what = "requests per second" if figure == "per_second" else "CPU of the client per request, us"
    clients = [
        [client, *(_entry(figures, cell, client, figure) for cell in group.cells)]
        for client in figures.clients
        if any((cell, client) in figures.series for cell in group.cells)
    ]
    ratios = _ratio_rows(figures, group) if figure == "per_second" else []
    return Rows(f"{group.title}: {what}", ["client", *(cell.title for cell in group.cells)], clients, ratios)


def start_rows(figures: Figures) -> Rows:
    """Milliseconds of a new process until its client is imported, connected, and has its first row."""
    names = ("import_ms", "connected_ms", "first_row_ms")
    clients = [
        [client, *(_number(series.median(name), 1) for name in names)]
        for client, series in figures.start.items()
    ]
    return Rows(
        "From nothing to the first row, ms", ["client", "imported", "connected", "first row"], clients, []
    )


def memory_rows(figures: Figures, group: Group) -> Rows:
    cells = [cell for cell in group.cells if cell.work == "read" and cell.in_flight > 1]
    clients = []
    for client in figures.clients:
        sizes = [figures.median(cell, client, "rss_kb") for cell in cells]
        if any(sizes):
            clients.append([client, *(NOTHING if size is None else f"{size / 1024:.1f}" for size in sizes)])
    return Rows("Most memory of the process, MB", ["client", *(cell.title for cell in cells)], clients, [])


def terminal(rows: Rows) -> Table:
    table = Table(title=rows.title, title_justify="left")
    for i, name in enumerate(rows.head):
        table.add_column(name, justify="right" if i else "left", no_wrap=True)
    for row in rows.clients:
        table.add_row(*row, style="bold" if row[0].startswith(OURS) else None)
    if rows.ratios:
        table.add_section()
    for row in rows.ratios:
        table.add_row(*row)
    return table


def markdown(rows: Rows) -> str:
    def line(cells: list[str]) -> str:
        return "| " + " | ".join(cells) + " |"

    rule = "|---|" + "---:|" * (len(rows.head) - 1)
    body = [line([f"**{row[0]}**", *row[1:]] if row[0].startswith(OURS) else row) for row in rows.clients]
    ratios = [line([f"*{row[0]}*", *row[1:]]) for row in rows.ratios]
    return "\n".join([line(rows.head), rule, *body, *ratios])


def bursts(said: dict[str, Any], sizes: Sequence[int]) -> Rows:
    """What `bench.concurrency` saved: milliseconds of n requests at once, and the ratio to the sequence."""
    alone = {n: statistics.median(said["sequence_ms"][str(n)]) for n in sizes}
    clients = [["cassandra-driver, in sequence", *(f"{alone[n]:.2f} ms" for n in sizes)]]
    for client, times in said["at_once_ms"].items():
        if times:
            medians = {n: statistics.median(times[str(n)]) for n in sizes}
            clients.append([client, *(f"{medians[n]:.2f} ms, {alone[n] / medians[n]:.1f}x" for n in sizes)])
    return Rows("Reads at once", ["client", *map(str, sizes)], clients, [])
