"""The costs as lines over the size, a panel an axis, as SVG: readable on light and on dark ground."""

from __future__ import annotations

import math
from html import escape

from bench.growth.axes import AXES, Axis
from bench.growth.results import Growth
from bench.plots import FONT, INK, OURS

WIDTH, HEIGHT, ACROSS = 350, 190, 2
LEFT, RIGHT, TOP, BOTTOM = 56, 20, 34, 40


def _text(x: float, y: float, text: str, anchor: str = "middle", extra: str = "") -> str:
    return f"<text x='{x:.1f}' y='{y:.1f}' text-anchor='{anchor}' {FONT} fill='{INK}' {extra}>{escape(text)}</text>"


def _short(n: int) -> str:
    return f"{n // 1000}k" if n >= 1000 and n % 1000 == 0 else str(n)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 20 else f"{value:.1f}"


def _panel(
    axis: Axis, costs: dict[int, float], controls: dict[int, float], left: float, top: float
) -> list[str]:
    """Sizes go by their logarithm, costs from zero; the dashed line is level with the cheapest size.

    The thin line is what the same requests cost where nothing is sent.
    """
    most, least = max(costs.values()) * 1.15, min(costs.values())
    x0, x1, y0, y1 = left + LEFT, left + WIDTH - RIGHT, top + HEIGHT - BOTTOM, top + TOP
    width = math.log(max(costs)) - math.log(min(costs)) or 1.0

    def place(n: int, cost: float) -> tuple[float, float]:
        across = (math.log(n) - math.log(min(costs))) / width
        return x0 + across * (x1 - x0), y0 - cost / most * (y0 - y1)

    points = {n: place(n, cost) for n, cost in costs.items()}
    level = place(min(costs), least)[1]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points.values())
    title = f"{axis.measure} a {axis.unit}, by {axis.title}"
    out = [_text(left + 4, top + 16, title, "start", "font-weight='bold'")]
    out.append(f"<path d='M{x0},{y1} V{y0} H{x1}' fill='none' stroke='{INK}'/>")
    out.append(
        f"<line x1='{x0}' x2='{x1}' y1='{level:.1f}' y2='{level:.1f}' stroke='{INK}' stroke-dasharray='3 4'/>"
    )
    out.append(f"<polyline points='{line}' fill='none' stroke='{OURS}' stroke-width='2'/>")
    if controls:
        thin = " L".join(f"{x:.1f},{y:.1f}" for x, y in (place(n, cost) for n, cost in controls.items()))
        out.append(f"<path d='M{thin}' fill='none' stroke='{INK}' stroke-width='1'/>")
    for n, (x, y) in points.items():
        out.append(f"<circle cx='{x:.1f}' cy='{y:.1f}' r='3' fill='{OURS}'/>")
        out.append(_text(x, y - 8, _number(costs[n])))
        out.append(_text(x, y0 + 16, _short(n)))
    out.append(_text(x0 - 6, y0 + 4, "0", "end"))
    return out


def plot(growth: Growth) -> str:
    """All axes that were measured at two sizes at least."""
    measured = [(axis, costs) for axis in AXES if len(costs := growth.costs(axis)) > 1]
    lines = []
    for i, (axis, costs) in enumerate(measured):
        lines += _panel(axis, costs, growth.controls(axis), i % ACROSS * WIDTH, i // ACROSS * HEIGHT)
    width, height = WIDTH * ACROSS, HEIGHT * math.ceil(len(measured) / ACROSS)
    head = f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {width} {height}' width='{width}' height='{height}'>"
    return "\n".join([head, *lines, "</svg>", ""])
