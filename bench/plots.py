"""Bars as SVG, one panel a cell: no library, readable on light and on dark ground."""

from __future__ import annotations

from html import escape

from bench.cells import Group
from bench.figures import Figures
from bench.peers import BY_NAME

WIDTH, BAR, GAP, LABEL, TITLE, NUMBER = 720, 16, 6, 170, 30, 90
OURS, PEER, LIMIT, INK = "#1f77b4", "#9aa5b1", "#d9a441", "#7a7a7a"
FONT = "font-family='system-ui,sans-serif' font-size='12'"


def _colour(client: str) -> str:
    contestant = BY_NAME[client]
    if contestant.limit:
        return LIMIT
    return OURS if contestant.own else PEER


def _panel(title: str, bars: list[tuple[str, float]], top: int) -> tuple[str, int]:
    """The panel's elements and where the next one begins."""
    longest = max(value for _, value in bars)
    out = [f"<text x='0' y='{top + 18}' {FONT} font-weight='bold' fill='{INK}'>{escape(title)}</text>"]
    y = top + TITLE
    for client, value in bars:
        width = max(1.0, value / longest * (WIDTH - LABEL - NUMBER))
        text = f"y='{y + 12}' {FONT} fill='{INK}'"
        out.append(f"<text x='{LABEL - 8}' text-anchor='end' {text}>{escape(client)}</text>")
        out.append(
            f"<rect x='{LABEL}' y='{y}' width='{width:.1f}' height='{BAR}' rx='2' fill='{_colour(client)}'/>"
        )
        out.append(f"<text x='{LABEL + width + 6:.1f}' {text}>{value:,.0f}</text>")
        y += BAR + GAP
    return "\n".join(out), y + GAP


def bars(figures: Figures, group: Group) -> str:
    """Requests per second of all clients, a panel for each cell of `group`."""
    panels, top = [], 0
    for cell in group.cells:
        found = [(name, value) for name in figures.clients if (value := figures.median(cell, name))]
        if found:
            panel, top = _panel(f"{cell.meaning}: requests per second", found, top)
            panels.append(panel)
    head = (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {top}' width='{WIDTH}' height='{top}'>"
    )
    return "\n".join([head, *panels, "</svg>", ""])
