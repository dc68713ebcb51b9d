"""What issue 10 asks for beside what was reached: computed from the figures, nothing is written by hand."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from bench.cells import REAL, Cell
from bench.figures import Figures
from bench.growth.results import Growth
from bench.growth.verdict import STEEPEST
from bench.peers import NEWER
from bench.tables import CORE, FLOOR, OFFICIAL, OURS, peers

LIMIT_SHARE, V5_SHARE, REAL_SHARE, IMPORT_MS = 0.7, 0.9, 0.4, 15.0
AHEAD = 1.0
AGAINST = (
    (Cell("read", 100), 2.5, 60.0),
    (Cell("read", 1000), 2.0, 60.0),
    (Cell("read", 1), 1.6, 5.0),
    (Cell("insert", 100), 2.0, 20.0),
    (Cell("page", 10), 2.0, 5.0),
    (Cell("batch", 100), AHEAD, AHEAD),
    (Cell("wide", 100), AHEAD, AHEAD),
    (Cell("vector", 100), AHEAD, AHEAD),
)
"""A work, and how many times the throughput of the best peer, and of the better of the two official ways."""
BURSTS = {10: 20.0, 50: 35.0, 100: 45.0}


@dataclass(frozen=True)
class Target:
    """`reached` is None where it was not measured."""

    what: str
    asked: float
    reached: float | None
    unit: str = "x"
    at_most: bool = False

    @property
    def is_met(self) -> bool | None:
        if self.reached is None:
            return None
        return self.reached <= self.asked if self.at_most else self.reached >= self.asked

    def row(self) -> list[str]:
        bound = "at most" if self.at_most else "at least"
        reached = "not measured" if self.reached is None else f"{self.reached:.2f}{self.unit}"
        verdict = {None: "-", True: "yes", False: "**no**"}[self.is_met]
        return [self.what, f"{bound} {self.asked:g}{self.unit}", reached, verdict]


def _against_clients(figures: Figures) -> Iterator[Target]:
    for cell, best, official in AGAINST:
        theirs = figures.ratio(cell, OURS, peers(figures))
        yield Target(f"{cell.meaning}: against the best peer", best, theirs)
        those = figures.ratio(cell, OURS, list(OFFICIAL))
        yield Target(f"{cell.meaning}: against the better of {' and '.join(OFFICIAL)}", official, those)


def _least(what: str, asked: float, ratios: dict[str, float | None]) -> Target:
    """The least of several ratios, by the name of its work."""
    measured = {name: ratio for name, ratio in ratios.items() if ratio is not None}
    if not measured:
        return Target(what, asked, None)
    name = min(measured, key=lambda each: measured[each])
    return Target(f"{what} (least: {name})", asked, measured[name])


def _against_limits(figures: Figures) -> Iterator[Target]:
    cells = [cell for cell, _, _ in AGAINST if cell.in_flight > 1]
    floor = {cell.title: figures.ratio(cell, OURS, [FLOOR]) for cell in cells}
    yield _least("against the bare pure-Python loop", 1.0, floor)
    core = {cell.title: figures.ratio(cell, OURS, [CORE]) for cell in cells}
    yield _least("against the compiled core alone", LIMIT_SHARE, core)
    newer = {cell.title: figures.ratio(cell, NEWER, [OURS]) for cell in cells}
    yield _least("v5 against v4", V5_SHARE, newer)


def _least_of(figures: Figures, cell: Cell, figure: str) -> float | None:
    """The least that any peer needs."""
    values = [value for name in peers(figures) if (value := figures.median(cell, name, figure))]
    return min(values, default=None)


def _share(mine: float | None, theirs: float | None) -> float | None:
    return mine / theirs if mine and theirs else None


def _costs(figures: Figures) -> Iterator[Target]:
    for cell in REAL.cells:
        share = _share(figures.median(cell, OURS, "cpu_us"), _least_of(figures, cell, "cpu_us"))
        what = f"real Cassandra, {cell.meaning}: client's processor time, of the best peer's"
        yield Target(what, REAL_SHARE, share, at_most=True)
    cell = Cell("read", 1000)
    memory = _share(figures.median(cell, OURS, "rss_kb"), _least_of(figures, cell, "rss_kb"))
    yield Target("memory at 1,000 in flight, of the leanest peer's", 1.0, memory, at_most=True)


def _bursts(said: dict[str, Any] | None) -> Iterator[Target]:
    for size, asked in BURSTS.items():
        reached = None
        if said is not None:
            alone = statistics.median(said["sequence_ms"][str(size)])
            reached = alone / statistics.median(said["at_once_ms"][OURS][str(size)])
        yield Target(f"real Cassandra, {size} reads at once, against the same in sequence", asked, reached)


def _start(figures: Figures) -> Iterator[Target]:
    def median(client: str, figure: str) -> float | None:
        series = figures.start.get(client)
        return series.median(figure) if series else None

    yield Target(
        "what the import adds to asyncio's", IMPORT_MS, median(OURS, "import_ms"), " ms", at_most=True
    )
    foreign = figures.machine.get("foreign_modules")
    count = None if foreign is None else float(len(foreign))
    yield Target("third-party modules that the import brings", 0, count, "", at_most=True)
    theirs = [value for name in peers(figures) if (value := median(name, "first_row_ms"))]
    first = _share(median(OURS, "first_row_ms"), min(theirs, default=None))
    yield Target("from nothing to the first row, of the quickest peer's time", 1.0, first, at_most=True)


def _growth(growth: Growth | None) -> Iterator[Target]:
    if growth is not None:
        for axis, verdict in growth.verdicts().items():
            what = f"growth of the cost of one {axis.unit} with {axis.title}: exponent beyond its work's own"
            yield Target(what, STEEPEST, verdict.beyond, "", at_most=True)


def targets(figures: Figures, bursts: dict[str, Any] | None, growth: Growth | None) -> list[Target]:
    """All that the issue asks for, in its order."""
    parts: list[Callable[[], Iterator[Target]]] = [
        lambda: _against_clients(figures),
        lambda: _against_limits(figures),
        lambda: _costs(figures),
        lambda: _bursts(bursts),
        lambda: _start(figures),
        lambda: _growth(growth),
    ]
    return [target for part in parts for target in part()]
