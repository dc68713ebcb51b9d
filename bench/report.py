"""The documentation's page of benchmarks: generated tables and plots, and how they came to be.

`python -m bench.report FIGURES PAGE` writes it again from saved figures.
"""

from __future__ import annotations

import sys
from pathlib import Path

from bench import figures as figures_module
from bench import tables
from bench.cells import FULL, REAL
from bench.figures import Figures
from bench.plots import bars

_INTRODUCTION = """\
# Benchmarks

This page is made by `make bench`; do not edit it. Figures of {date} on {cpu}, {cores} cores, Linux {kernel},
Python {python}.

All clients do the same work on the same server, in turns, in several rounds; a figure is the median of its rounds.
The server replays answers that were recorded from Apache Cassandra 5.0, from C, on a core of its own, so that the
client is what is measured. Statements are prepared, consistency is `LOCAL_ONE`, token-aware routing is on. Rows
are checked: the server echoes the key that was bound, and of a page the sum of a column must be right. A client is
held to one core, threads included, unless a table says otherwise; everything else is as it comes.

Columns are the work and how many requests are in flight: {works}. *page* is 5,000 rows of 4 columns, *batch* 50
inserts, *wide* a row of 30 mixed columns, *vector* a row with 768 floats. `(v5)` marks a client that does not speak
the table's protocol version. Two rows are no clients but limits: the *bare asyncio loop* is pure Python that
splits frames and resolves futures, and decodes nothing; the *compiled core alone* is this driver's encoding,
multiplexing and decoding on one connection, without session, routing, pools and timeouts.
"""

_AGAIN = """\
## Doing it again

`make bench` runs everything (about half an hour), `make bench-quick` three works in two minutes. Both want an idle
machine with two cores. The raw figures of this page, round by round, are in `bench/results/full.json`. Workers are
in `bench/clients`, one file a client.
"""


def page(figures: Figures, plots: dict[str, str]) -> str:
    """The page as Markdown; `plots` has the file of each group's plot."""
    works = ", ".join(cell.title for cell in figures.groups[0].cells)
    parts = [_INTRODUCTION.format(date=figures.date, works=works, **figures.machine)]
    for group in figures.groups:
        throughput, cpu = tables.rows_of(figures, group), tables.rows_of(figures, group, "cpu_us")
        parts += [f"## {group.title}", "Requests per second:", tables.markdown(throughput)]
        parts += ["CPU time of the client per request, in microseconds:", tables.markdown(cpu)]
        if group.key in plots:
            parts.append(f"![{group.title}]({plots[group.key]})")
    parts += ["## Memory", "Most memory that the process held, in MB:"]
    parts.append(tables.markdown(tables.memory_rows(figures, figures.groups[0])))
    if figures.start:
        parts += ["## From nothing to the first row", "Milliseconds since the process began:"]
        parts.append(tables.markdown(tables.start_rows(figures)))
    if reasons := figures.reasons():
        parts += [
            "## What is missing",
            "\n".join(f"- {where}: {reason}" for where, reason in reasons.items()),
        ]
    versions = [f"- {name} {version}" for name, version in figures.versions.items() if version]
    parts += ["## Versions", "\n".join(versions), _AGAIN]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def write_page(figures: Figures, path: Path) -> None:
    """Writes the page, and its plots next to it."""
    plots = {}
    for group in figures.groups:
        name = f"benchmarks-{group.key}.svg"
        (path.parent / name).write_text(bars(figures, group))
        plots[group.key] = name
    path.write_text(page(figures, plots))


def main() -> None:
    source, target = map(Path, sys.argv[1:3])
    write_page(figures_module.load(source, (*FULL, REAL)), target)


if __name__ == "__main__":
    main()
