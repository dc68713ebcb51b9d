"""The measured costs by axis and size, saved and loaded, and what they say."""

from __future__ import annotations

import json
import statistics
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from rich.table import Table

from bench.growth.axes import AXES, Axis
from bench.growth.verdict import STEEPEST, Verdict, judge


@dataclass
class Growth:
    """All rounds of one run."""

    date: str
    machine: dict[str, Any]
    rounds: dict[str, dict[int, list[dict[str, Any]]]] = field(default_factory=dict)
    """By axis and size."""

    def add(self, axis: str, size: int, measured: dict[str, Any]) -> None:
        self.rounds.setdefault(axis, {}).setdefault(size, []).append(measured)

    def costs(self, axis: Axis) -> dict[int, float]:
        """The median cost of one unit by size, in the axis's measure."""
        return self._medians(axis, "cost_us")

    def controls(self, axis: Axis) -> dict[int, float]:
        """The same of the control; empty where the axis has none."""
        return self._medians(axis, "control_us")

    def _medians(self, axis: Axis, figure: str) -> dict[int, float]:
        found = {}
        for n, rounds in sorted(self.rounds.get(axis.name, {}).items()):
            values = [each[figure] for each in rounds if each.get(figure) is not None]
            if values:
                found[n] = statistics.median(values) * axis.scale
        return found

    def verdicts(self) -> dict[Axis, Verdict]:
        """Of each axis that was measured at two sizes at least."""
        measured = {axis: self.costs(axis) for axis in AXES}
        return {axis: judge(costs, self.controls(axis)) for axis, costs in measured.items() if len(costs) > 1}

    def save(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(self), indent=1) + "\n")


def load(path: Path) -> Growth:
    """What `save` wrote."""
    said = json.loads(path.read_text())
    rounds = {axis: {int(n): each for n, each in sizes.items()} for axis, sizes in said["rounds"].items()}
    return Growth(said["date"], said["machine"], rounds)


def table(growth: Growth, axis: Axis) -> Table:
    """The costs of one axis, for the terminal."""
    out = Table(title=f"{axis.measure} of processor time a {axis.unit}", title_justify="left")
    costs = growth.costs(axis)
    out.add_column(axis.title)
    for n in costs:
        out.add_column(f"{n:,}", justify="right")
    out.add_row("median", *(f"{cost:,.1f}" for cost in costs.values()))
    least = [min(each["cost_us"] for each in growth.rounds[axis.name][n]) * axis.scale for n in costs]
    out.add_row("least", *(f"{cost:,.1f}" for cost in least))
    if controls := growth.controls(axis):
        out.add_row("nothing sent", *(f"{cost:,.1f}" for cost in controls.values()))
    return out


def conclusion(growth: Growth) -> str:
    """One sentence, computed: whether any cost grows faster than its work."""
    verdicts = growth.verdicts()
    steep = [
        f"{axis.title} ({verdict.beyond:+.2f})" for axis, verdict in verdicts.items() if not verdict.is_level
    ]
    if not verdicts:
        return "Nothing was measured at two sizes."
    if steep:
        return (
            f"Faster than its work grows the cost with {', '.join(steep)}: "
            f"exponents more than {STEEPEST} beyond the work's own."
        )
    worst = max(verdicts.values(), key=lambda verdict: verdict.beyond)
    names = ", ".join(axis.title for axis in verdicts)
    return (
        f"None grows faster than its work ({names}): "
        f"the steepest exponent beyond it is {worst.beyond:+.2f}, of {STEEPEST} allowed."
    )
