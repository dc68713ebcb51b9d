"""Measured figures: kept by cell and client, with date and machine; medians and ratios of them."""

from __future__ import annotations

import json
import os
import platform
import statistics
import time
from collections import defaultdict
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from bench.cells import Cell, Group
from bench.importing import foreign_modules


@dataclass
class Series:
    """What one client did in one cell, round by round; `unable` or `failed` says why there is nothing."""

    rounds: list[dict[str, float]] = field(default_factory=list)
    protocol: int = 4
    unable: str = ""
    failed: str = ""

    def median(self, figure: str) -> float | None:
        values = [measured[figure] for measured in self.rounds if figure in measured]
        return statistics.median(values) if values else None


def machine() -> dict[str, Any]:
    """What the figures depend on beside the code."""
    model = ""
    with open("/proc/cpuinfo") as lines:
        for line in lines:
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    return {
        "cpu": model or platform.machine(),
        "cores": os.cpu_count(),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "load_before": os.getloadavg()[0],
        "foreign_modules": foreign_modules(),
    }


class Figures:
    """All series of one run."""

    def __init__(self, groups: tuple[Group, ...], clients: list[str]) -> None:
        self.groups, self.clients = groups, clients
        self.date = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())
        self.machine = machine()
        self.versions: dict[str, str] = {}
        self.series: dict[tuple[Cell, str], Series] = defaultdict(Series)
        self.start: dict[str, Series] = defaultdict(Series)

    def median(self, cell: Cell, client: str, figure: str = "per_second") -> float | None:
        series = self.series.get((cell, client))
        return series.median(figure) if series else None

    def ratio(self, cell: Cell, client: str, others: list[str]) -> float | None:
        """How many times `client` is as fast as the best of `others`; None when one of them is missing."""
        mine = self.median(cell, client)
        theirs = [value for other in others if (value := self.median(cell, other))]
        return mine / max(theirs) if mine and theirs else None

    def reasons(self) -> dict[str, str]:
        """Why figures are missing: `client, work` to the reason."""
        said = {}
        for (cell, client), series in self.series.items():
            if series.unable or series.failed:
                said[f"{client}, {cell.work}"] = series.unable or f"failed: {series.failed}"
        return said

    def save(self, path: Path) -> None:
        """Writes everything as JSON: the rounds themselves, not their medians."""
        cells = []
        for (cell, client), series in self.series.items():
            spoken = asdict(series)
            spoken["spoken"] = spoken.pop("protocol")
            cells.append({"client": client, **asdict(cell), **spoken})
        start = [{"client": client, **asdict(series)} for client, series in self.start.items()]
        said = {
            "date": self.date,
            "machine": self.machine,
            "versions": self.versions,
            "cells": cells,
            "start": start,
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(said, indent=1) + "\n")


def load(path: Path, groups: tuple[Group, ...]) -> Figures:
    """The figures that `save` wrote; of `groups` only those cells that were measured."""
    said = json.loads(path.read_text())
    clients = list(dict.fromkeys(entry["client"] for entry in said["cells"]))
    figures = Figures(groups, clients)
    figures.date, figures.machine, figures.versions = said["date"], said["machine"], said["versions"]
    for entry in said["cells"]:
        cell = Cell(*(entry[name] for name in ("work", "in_flight", "protocol", "hosts", "pinned", "real")))
        figures.series[cell, entry["client"]] = Series(
            entry["rounds"], entry["spoken"], entry["unable"], entry["failed"]
        )
    measured = {cell for cell, _ in figures.series}
    kept = (replace(g, cells=tuple(c for c in g.cells if c in measured)) for g in groups)
    figures.groups = tuple(group for group in kept if group.cells)
    for entry in said["start"]:
        figures.start[entry["client"]] = Series(
            entry["rounds"], entry["protocol"], entry["unable"], entry["failed"]
        )
    return figures
