"""The soak's report: one HTML file that needs nothing else."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from aiocql.monitoring.report import page
from aiocql.monitoring.report.charts import lines
from lab.verdict import Event, Held

__all__ = ["errors_of", "write_report"]

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
    answers = sum(s["done"] + s["outran"] for s in samples)
    figures = [
        (f"{sum(h.held for h in held)} of {len(held)}", "statements held"),
        (f"{samples[-1]['seconds'] / 60:,.1f} min" if samples else "0", "of load and faults"),
        (f"{len(events)}", "disturbances"),
        (f"{answers:,}", "answers checked"),
        (f"{sum(s['cancelled'] for s in samples):,}", "requests cancelled"),
        (f"{sum(sum(s['errors'].values()) for s in samples):,}", "requests failed with a typed error"),
    ]
    rows = [(h.statement, "yes" if h.held else "NO", h.seen) for h in held]
    sections = [
        page.section("What held", "", page.table(("statement", "held", "seen"), rows, numeric=False)),
        *(_chart(samples, *chart) for chart in CHARTS),
        page.section("Errors, by type", "", _errors(samples)),
        page.section("Disturbances", "", _events(events)),
    ]
    moment = datetime.datetime.now().astimezone().strftime("%Y-%m-%d %H:%M %Z")
    parts = {
        "title": escape(title),
        "headline": escape(title),
        "subtitle": "Mixed load on a real three-node Cassandra, through proxies, with random faults",
        "tiles": page.tiles(figures),
        "sections": "\n".join(sections),
        "footer": escape(f"{moment}, {page.machine()}, shared with the cluster"),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page.fill(parts), encoding="utf-8")


CHARTS = (
    ("Throughput and cancellations", (("answers", "done"), ("answers before a cancellation", "outran"),
                                      ("cancelled", "cancelled")), "a second"),
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
    names = page.legend([name for name, _ in series])
    return page.section(title, "", names + lines(title, drawn, unit))


def errors_of(samples: Sequence[Mapping[str, Any]]) -> list[tuple[str, int]]:
    """The types of the errors that requests ended with and how often each came, the most frequent first."""
    total: Counter[str] = Counter()
    for sample in samples:
        total.update(sample["errors"])
    return total.most_common()


def _errors(samples: Sequence[Mapping[str, Any]]) -> str:
    return page.table(("error", "times"), [(name, f"{count:,}") for name, count in errors_of(samples)])


def _events(events: Sequence[Event]) -> str:
    rows = [(f"{event.begun:,.0f} s", f"{event.healed - event.begun:,.1f} s", event.what) for event in events]
    return page.table(("at", "for", "what"), rows, numeric=False)
