"""The costs as lines over the size, a panel an axis, as SVG by matplotlib: readable on light and on dark ground."""

from __future__ import annotations

import math
from typing import Any

from bench.growth.axes import AXES, Axis
from bench.growth.results import Growth
from bench.plots import INK, OURS, as_svg, figure, plain

WIDTH, HEIGHT, ACROSS = 3.5, 1.9, 2
"""Inches of a panel, and panels in a row."""


def _short(n: int) -> str:
    return f"{n // 1000}k" if n >= 1000 and n % 1000 == 0 else str(n)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 20 else f"{value:.1f}"


def _draw(panel: Any, axis: Axis, costs: dict[int, float], controls: dict[int, float]) -> None:
    """Draw costs from zero over the logarithm of the size; the dashed line is level with the smallest cost.

    The thin line is what the same requests cost where nothing is sent.
    """
    panel.axhline(min(costs.values()), color=INK, linewidth=0.8, linestyle=(0, (3, 4)))
    panel.plot(list(costs), list(costs.values()), color=OURS, linewidth=1.6, marker="o", markersize=4)
    if controls:
        panel.plot(list(controls), list(controls.values()), color=INK, linewidth=0.8)
    for n, cost in costs.items():
        panel.annotate(_number(cost), (n, cost), (0, 6), textcoords="offset points", ha="center")
    panel.set_xscale("log")
    panel.set_xticks(list(costs), [_short(n) for n in costs])
    panel.set_xticks([], minor=True)
    panel.set_ylim(0, max(costs.values()) * 1.2)
    panel.set_yticks([0])
    panel.margins(x=0.08)
    panel.set_title(
        f"{axis.measure} a {axis.unit}, by {axis.title}", loc="left", fontweight="bold", fontsize=9
    )
    plain(panel, "left", "bottom")


def plot(growth: Growth) -> str:
    """Return a picture of all axes that were measured at two sizes at least."""
    measured = [(axis, costs) for axis in AXES if len(costs := growth.costs(axis)) > 1]
    rows = math.ceil(len(measured) / ACROSS)
    drawn, grid = figure(WIDTH * ACROSS, HEIGHT * rows, nrows=rows, ncols=ACROSS)
    panels = list(grid.flat)
    for panel, (axis, costs) in zip(panels, measured, strict=False):
        _draw(panel, axis, costs, growth.controls(axis))
    for panel in panels[len(measured) :]:
        panel.set_visible(False)
    return as_svg(drawn)
