"""Pages of their own, in HTML: what the demonstration's report, a session's report and the live page have in common."""

from __future__ import annotations

import os
import platform
from collections import defaultdict
from collections.abc import Mapping, Sequence
from html import escape
from importlib.resources import files
from string import Template

__all__ = ["fill", "legend", "machine", "section", "table", "tiles"]


def fill(parts: Mapping[str, str]) -> str:
    """Return the page with `title`, `headline`, `subtitle`, `tiles`, `sections`, `footer` (HTML) and `script`."""
    page = files("aiocql.monitoring.report").joinpath("page.html").read_text(encoding="utf-8")
    return Template(page).substitute(defaultdict(str, parts))


def tiles(figures: Sequence[tuple[str, str]]) -> str:
    """Large figures, each with what it says."""
    return "".join(
        f'<div class="tile"><b>{escape(value)}</b><span>{escape(name)}</span></div>'
        for value, name in figures
    )


def section(title: str, text: str, content: str) -> str:
    """A part of the page; `content` is HTML."""
    return f"<section><h2>{escape(title)}</h2><p>{escape(text)}</p>{content}</section>"


def legend(names: Sequence[str]) -> str:
    """The colours of a chart's series."""
    items = (
        f'<span><i style="background:var(--c{i % 6})"></i>{escape(name)}</span>'
        for i, name in enumerate(names)
    )
    return f'<div class="legend">{"".join(items)}</div>'


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], *, numeric: bool = True) -> str:
    """A table of texts."""
    kind = ' class="n"' if numeric else ""
    head = "".join(f"<th{kind}>{escape(text)}</th>" for text in heads)
    body = "".join(
        "<tr>" + "".join(f"<td{kind}>{escape(text)}</td>" for text in row) + "</tr>" for row in rows
    )
    return f'<div class="wide"><table><tr>{head}</tr>{body}</table></div>'


def machine() -> str:
    """The interpreter and the machine."""
    return (
        f"{platform.python_implementation()} {platform.python_version()} · {platform.system()} "
        f"{platform.machine()}, {os.cpu_count()} processors"
    )
