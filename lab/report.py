"""The soak's report: one HTML file that needs nothing else."""

from __future__ import annotations

import datetime
import os
import platform
from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

from aiocql.observe.charts import lines
from lab.verdict import Event, Held

__all__ = ["write_report"]

POINTS = 600
"""A line has no more points than this: each stands for the mean of its part of the run."""


def write_report(
    path: Path,
    title: str,
    samples: Sequence[Mapping[str, Any]],
    events: Sequence[Event],
    held: Sequence[Held],
) -> None:
    """Writes the page to `path`."""
    done = sum(s["done"] for s in samples)
    tiles = [
        (f"{sum(h.held for h in held)} of {len(held)}", "statements held"),
        (f"{samples[-1]['seconds'] / 60:,.1f} min" if samples else "0", "of load and faults"),
        (f"{len(events)}", "disturbances"),
        (f"{done:,}", "answers checked"),
        (f"{sum(s['cancelled'] for s in samples):,}", "requests cancelled"),
        (f"{sum(sum(s['errors'].values()) for s in samples):,}", "requests failed with a typed error"),
    ]
    sections = [
        _section("What held", _table(("statement", "held", "seen"), [_row(h) for h in held])),
        *(_chart(samples, *chart) for chart in CHARTS),
        _section("Errors, by type", _errors(samples)),
        _section("Disturbances", _events(events)),
    ]
    parts = {
        "headline": title,
        "subtitle": "Mixed load on a real three-node Cassandra, through proxies, with random faults",
        "tiles": "".join(
            f'<div class="tile"><b>{value}</b><span>{name}</span></div>' for value, name in tiles
        ),
        "sections": "\n".join(sections),
        "footer": escape(_machine()),
    }
    page = files("aiocql.cli.demo").joinpath("report.html").read_text(encoding="utf-8")
    for name, text in parts.items():
        page = page.replace("{{" + name + "}}", text)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page.replace("aiocql: what one process did", escape(title)), encoding="utf-8")


CHARTS = (
    ("Throughput and cancellations", (("answers", "done"), ("cancelled", "cancelled")), "a second"),
    ("Memory", (("resident", "rss_mb"),), "MB"),
    ("File descriptors, connections and tasks", (("descriptors", "descriptors"), ("connections", "connections"),
                                                 ("tasks", "tasks")), ""),
    ("Requests in flight, orphans and waiting", (("in flight", "in_flight"), ("orphans", "orphans"),
                                                 ("waiting", "waiting")), ""),
    ("Failed requests", (("typed errors", "failed"),), "a second"),
    ("Slowest request of each second", (("slowest", "slowest_ms"),), "ms"),
)  # fmt: skip


def _value(sample: Mapping[str, Any], name: str) -> float:
    if name == "rss_mb":
        return float(sample["rss_kb"] / 1024)
    if name == "failed":
        return float(sum(sample["errors"].values()))
    if name == "slowest_ms":
        return float(1000 * sample["slowest"])
    return float(sample[name])


def _chart(
    samples: Sequence[Mapping[str, Any]], title: str, series: Sequence[tuple[str, str]], unit: str
) -> str:
    step = max(len(samples) // POINTS, 1)
    parts = [samples[i : i + step] for i in range(0, len(samples), step)]
    drawn = [
        (name, [(part[0]["seconds"], sum(_value(s, key) for s in part) / len(part)) for part in parts])
        for name, key in series
    ]
    names = "".join(
        f'<span><i style="background:var(--c{i % 6})"></i>{escape(name)}</span>'
        for i, (name, _) in enumerate(series)
    )
    return _section(title, f'<div class="legend">{names}</div>' + lines(title, drawn, unit))


def _row(held: Held) -> tuple[str, str, str]:
    return held.statement, "yes" if held.held else "NO", held.seen


def _errors(samples: Sequence[Mapping[str, Any]]) -> str:
    total: Counter[str] = Counter()
    for sample in samples:
        total.update(sample["errors"])
    return _table(("error", "times"), [(name, f"{count:,}") for name, count in total.most_common()])


def _events(events: Sequence[Event]) -> str:
    rows = [(f"{event.begun:,.0f} s", f"{event.healed - event.begun:,.1f} s", event.what) for event in events]
    return _table(("at", "for", "what"), rows)


def _section(title: str, content: str) -> str:
    return f"<section><h2>{escape(title)}</h2>{content}</section>"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f"<th>{escape(text)}</th>" for text in heads)
    body = "".join("<tr>" + "".join(f"<td>{escape(text)}</td>" for text in row) + "</tr>" for row in rows)
    return f'<div class="wide"><table><tr>{head}</tr>{body}</table></div>'


def _machine() -> str:
    moment = datetime.datetime.now().astimezone().strftime("%Y-%m-%d %H:%M %Z")
    return (
        f"{moment} · {platform.python_implementation()} {platform.python_version()} · {platform.system()} "
        f"{platform.machine()}, {os.cpu_count()} processors, shared with the cluster"
    )
