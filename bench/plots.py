"""Bars as SVG by matplotlib, one panel a cell: readable on light and on dark ground."""

from __future__ import annotations

import io
from typing import Any

from bench.cells import Group
from bench.figures import Figures
from bench.peers import BY_NAME

WIDTH, BAR, TITLE = 7.2, 0.23, 0.55
"""Inches: of the picture, of a bar with its gap, of a panel's title with its margin."""
OURS, PEER, LIMIT, INK = "#1f77b4", "#9aa5b1", "#d9a441", "#7a7a7a"


def figure(width: float, height: float, **options: Any) -> tuple[Any, Any]:
    """Return matplotlib's figure and its grid of axes, in the colors of the documentation."""
    import logging

    import matplotlib

    logging.getLogger("matplotlib.font_manager").setLevel(logging.INFO)
    matplotlib.use("svg")
    from matplotlib import pyplot

    pyplot.rcParams.update(
        {
            "svg.fonttype": "none",
            "svg.hashsalt": "aiocql",
            "font.family": "sans-serif",
            "font.size": 9,
            **dict.fromkeys(("text.color", "axes.edgecolor", "xtick.color", "ytick.color"), INK),
        }
    )
    return pyplot.subplots(figsize=(width, height), layout="constrained", squeeze=False, **options)


def as_svg(drawn: Any) -> str:
    """Return a figure as SVG without a background, the same text for the same figures."""
    from matplotlib import pyplot

    out = io.StringIO()
    drawn.savefig(out, format="svg", transparent=True, metadata={"Date": None})
    pyplot.close(drawn)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()) + "\n"


def plain(panel: Any, *spines: str) -> None:
    """Remove the frame of a panel but for `spines`, and its ticks."""
    for name, spine in panel.spines.items():
        spine.set_visible(name in spines)
    panel.tick_params(length=0)


def _color(client: str) -> str:
    contestant = BY_NAME[client]
    if contestant.limit:
        return LIMIT
    return OURS if contestant.own else PEER


def bars(figures: Figures, group: Group) -> str:
    """Return requests per second of all clients, a panel for each cell of `group`."""
    panels = [
        (cell, found)
        for cell in group.cells
        if (found := [(name, value) for name in figures.clients if (value := figures.median(cell, name))])
    ]
    heights = [TITLE + BAR * len(found) for _, found in panels]
    drawn, grid = figure(WIDTH, sum(heights), nrows=len(panels), height_ratios=heights)
    for panel, (cell, found) in zip(grid[:, 0], panels, strict=True):
        names, values = zip(*found, strict=True)
        made = panel.barh(names, values, height=0.75, color=[_color(name) for name in names])
        panel.bar_label(made, [f"{value:,.0f}" for value in values], padding=4)
        panel.set_title(f"{cell.meaning}: requests per second", loc="left", fontweight="bold", fontsize=9)
        panel.invert_yaxis()
        panel.set_xticks([])
        panel.margins(x=0.12)
        plain(panel)
    return as_svg(drawn)
