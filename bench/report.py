"""The documentation's page of benchmarks: generated tables and plots, and how they came to be.

``python -m bench.report PAGE`` writes it from the figures in bench/results: full.json (`bench.run`), growth.json
(`bench.growth.run`), concurrency.json (`bench.concurrency`). Only the first one must be there.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from bench import figures as figures_module
from bench import tables
from bench.cells import FULL, REAL
from bench.concurrency import SIZES
from bench.figures import Figures
from bench.growth import results
from bench.growth.plot import plot
from bench.growth.results import Growth
from bench.plots import bars
from bench.targets import targets

RESULTS = Path(__file__).parent / "results"
PICTURES = "pictures"

_INTRODUCTION = """\
# Benchmarks

This page is made by `make bench`; do not edit it. Figures of {date} on {cpu}, {cores} cores, Linux {kernel},
Python {python}, load before the run {load_before:.1f}. What each change to the driver gave, and what was tried and
given up, is under [performance](performance.md).

All clients do the same work on the same server, in turns, in several rounds; a figure is the median of its rounds.
The server replays answers that were recorded from Apache Cassandra 5.0, from C, on a separate core, so that the
client is what is measured. Statements are prepared, consistency is `LOCAL_ONE`, token-aware routing, timeouts and
metrics are on. Rows are checked: the server echoes the key that was bound, and of a page the sum of a column must be
right. A client is held to one core, threads included, unless a table says otherwise; everything else is as it comes.

Columns are the work and how many requests are in flight: {works}. *page* is 5,000 rows of 4 columns, *batch* 50
inserts, *wide* a row of 30 mixed columns, *vector* a row with 768 floats. `(v5)` marks a client that does not speak
the table's protocol version; *aiocql in v5* is this driver once more, in the same rounds, since figures of two tables
are minutes apart. Two rows are no clients but limits: the *bare asyncio loop* is pure Python that
splits frames and resolves futures, and decodes nothing; the *compiled core alone* is this driver's encoding,
multiplexing and decoding on one connection, without session, routing, pools and timeouts.
"""

_GROWTH = """\
## Growth

Processor time of the client for one unit of work, as something grows; {date}, medians of {rounds} interleaved rounds
({command}). The dashed line is level with the cheapest size; the thin one is the cost of the work alone.
The exponent is of the last two powers of ten: 0 is level, 1 would be as the size itself. *Own* is that of the same
number of requests in the same process where nothing is sent: tasks that wait for a future each and go on with a row;
of rows, that of as many tuples of the same types, read by CPython's `marshal`. What is in flight, and a page of many
rows, has to be kept and fetched from memory by any client in Python.
"""

_AGAIN = """\
## Doing it again

`make bench` runs everything and writes this page, `make bench-quick` three works in two minutes, `make bench-growth`
the growth alone. They want an idle machine with two cores. The raw figures, round by round, are in `bench/results`.
Workers are in `bench/clients`, one file a client.
"""


def _table(head: list[str], rows: list[list[str]]) -> str:
    return tables.markdown(tables.Rows("", head, rows, []))


def _targets(figures: Figures, bursts: dict[str, Any] | None, growth: Growth | None) -> list[str]:
    rows = targets(figures, bursts, growth)
    met, measured = sum(row.is_met is True for row in rows), sum(row.is_met is not None for row in rows)
    table = _table(["", "asked", "reached", "met"], [row.row() for row in rows])
    return [
        "## Asked and reached",
        f"{met} of {measured} measured targets are met, plain asyncio, v4.",
        table,
    ]


def _groups(figures: Figures) -> list[str]:
    parts = []
    for group in figures.groups:
        throughput, cpu = tables.rows_of(figures, group), tables.rows_of(figures, group, "cpu_us")
        parts += [f"## {group.title}", "Requests per second:", tables.markdown(throughput)]
        parts += ["CPU time of the client per request, in microseconds:", tables.markdown(cpu)]
        parts.append(f"![{group.title}]({PICTURES}/benchmarks-{group.key}.svg)")
    return parts


def _burst_part(said: dict[str, Any]) -> list[str]:
    found = tables.bursts(said, SIZES)
    intro = (
        "Milliseconds for n reads at once on one node of a real Cassandra, and how many times as fast as the same in "
        f"sequence through cassandra-driver; {said['date']}, `make bench-concurrency`:"
    )
    return ["## Reads at once", intro, tables.markdown(found)]


def _growth_part(growth: Growth) -> list[str]:
    rounds = max(len(each) for sizes in growth.rounds.values() for each in sizes.values())
    parts = [_GROWTH.format(date=growth.date, rounds=rounds, command="`make bench-growth`")]
    parts += [results.conclusion(growth), f"![Growth]({PICTURES}/benchmarks-growth.svg)"]
    rows = []
    for axis, verdict in growth.verdicts().items():
        costs = growth.costs(axis)
        sizes = ", ".join(f"{n:,}: {cost:,.1f}" for n, cost in costs.items())
        text = "level" if verdict.is_level else "**grows**"
        rows.append(
            [
                f"{axis.measure} a {axis.unit} by {axis.title}",
                sizes,
                ", ".join(f"{n:,}: {cost:,.1f}" for n, cost in growth.controls(axis).items()),
                f"{verdict.exponent:+.2f}",
                f"{verdict.own:+.2f}" if axis.has_control else "",
                text,
            ]
        )
    parts.append(_table(["cost", "by size", "nothing sent", "exponent", "own", "verdict"], rows))
    parts.append("\n".join(f"- *{axis.title}*: {axis.meaning}" for axis in growth.verdicts()))
    return parts


def page(figures: Figures, bursts: dict[str, Any] | None = None, growth: Growth | None = None) -> str:
    """The page as Markdown."""
    works = ", ".join(cell.title for cell in figures.groups[0].cells)
    parts = [_INTRODUCTION.format(date=figures.date, works=works, **figures.machine)]
    parts += _targets(figures, bursts, growth) + _groups(figures)
    parts += _burst_part(bursts) if bursts is not None else []
    parts += _growth_part(growth) if growth is not None else []
    parts += ["## Memory", "Most memory that the process held, in MB:"]
    parts.append(tables.markdown(tables.memory_rows(figures, figures.groups[0])))
    if figures.start:
        parts += ["## From nothing to the first row", "Milliseconds since the process had imported asyncio:"]
        parts.append(tables.markdown(tables.start_rows(figures)))
    if reasons := figures.reasons():
        missing = "\n".join(f"- {where}: {reason}" for where, reason in reasons.items())
        parts += ["## What is missing", missing]
    versions = [f"- {name} {version}" for name, version in figures.versions.items() if version]
    parts += ["## Versions", "\n".join(versions), _AGAIN]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def write_page(path: Path, results_folder: Path = RESULTS) -> None:
    """Writes the page, and its plots into the folder of pictures next to it."""
    figures = figures_module.load(results_folder / "full.json", (*FULL, REAL))
    bursts, growth = results_folder / "concurrency.json", results_folder / "growth.json"
    grown = results.load(growth) if growth.exists() else None
    pictures = path.parent / PICTURES
    pictures.mkdir(exist_ok=True)
    for group in figures.groups:
        (pictures / f"benchmarks-{group.key}.svg").write_text(bars(figures, group))
    if grown is not None:
        (pictures / "benchmarks-growth.svg").write_text(plot(grown))
    path.write_text(page(figures, json.loads(bursts.read_text()) if bursts.exists() else None, grown))


if __name__ == "__main__":
    write_page(Path(sys.argv[1]))
