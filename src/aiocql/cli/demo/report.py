"""The report of a demonstration: one HTML file that needs nothing else."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from html import escape
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path

from aiocql.cli.demo.records import Comparison, HostRecord, Loading, Record, Sustained
from aiocql.monitoring.report.charts import Series, bars, duration, histogram, lines, stacked
from aiocql.monitoring.report.page import fill, legend, machine, section, table, tiles

__all__ = ["percentiles", "render", "write_report"]

MARKS = (50.0, 95.0, 99.0, 99.9)


def write_report(record: Record, path: Path) -> Path:
    """Writes the report to `path`, and says where that is."""
    path.write_text(render(record), encoding="utf-8")
    return path.resolve()


def render(record: Record) -> str:
    """The report as HTML."""
    sustained = record.sustained
    rate = len(sustained.latencies) / sustained.seconds
    parts = {
        "title": "aiocql: what one process did",
        "headline": f"One process, {sustained.concurrency:,} requests in flight",
        "subtitle": escape(
            f"aiocql {version('aiocql')} on {record.cluster}, native protocol v{record.protocol}"
        ),
        "tiles": tiles(_figures(record, rate)),
        "sections": "\n".join(
            [
                _throughput(sustained, rate),
                _latency(sustained),
                _comparison(record.comparisons),
                _in_flight(sustained),
                _loading(record.loading),
                _hosts(record.hosts),
            ]
        ),
        "footer": escape(_machine()),
    }
    return fill(parts)


def percentiles(seconds: Sequence[float], wanted: Sequence[float] = MARKS) -> list[tuple[str, float]]:
    """The latencies below which these shares of the requests were."""
    ordered = sorted(seconds)
    return [(f"p{p:g}", ordered[min(int(len(ordered) * p / 100), len(ordered) - 1)]) for p in wanted]


def _figures(record: Record, rate: float) -> list[tuple[str, str]]:
    figures = dict(percentiles(record.sustained.latencies))
    best = max(record.comparisons, key=lambda c: c.faster)
    return [
        (f"{rate:,.0f}", "requests a second, sustained"),
        (duration(figures["p50"]), "median latency under that load"),
        (duration(figures["p99"]), "99th percentile"),
        (f"{best.faster:.1f}x", f"faster, {best.n} requests at once"),
        (f"{record.loading.rows / record.loading.seconds:,.0f}", "rows a second written"),
        (f"{record.sustained.failed:,}", "requests failed"),
    ]


def _throughput(sustained: Sustained, rate: float) -> str:
    series: list[Series] = []
    for i, endpoint in enumerate(sustained.endpoints):
        points = [
            ((a.seconds + b.seconds) / 2, (b.done[i] - a.done[i]) / (b.seconds - a.seconds))
            for a, b in pairwise(sustained.samples)
            if b.seconds - a.seconds > 0.05
        ]
        series.append((endpoint, points))
    text = (
        f"Reads by key from one process over {sustained.seconds:.0f} s: {len(sustained.latencies):,} in all, "
        f"{rate:,.0f} a second. Each goes to a replica of its row."
    )
    chart = stacked("requests a second over time, by host", series, "requests/s")
    return section("Throughput over time", text, legend(sustained.endpoints) + chart)


def _latency(sustained: Sustained) -> str:
    marks = percentiles(sustained.latencies)
    text = (
        f"From the call of execute() to its row, with {sustained.concurrency:,} requests in flight. With so many "
        "waiting, latency is mostly their number divided by what the cluster serves."
    )
    return section("Latency", text, histogram("latencies", sustained.latencies, marks))


def _comparison(comparisons: Sequence[Comparison]) -> str:
    official = comparisons[0].official is not None
    names = ("aiocql, all at once", "what the wrapper of cassandra-driver states")
    groups = [
        (f"{c.n} requests", [(names[0], c.faster, f"{c.faster:.1f}x"), (names[1], c.seed, f"{c.seed:.1f}x")])
        for c in comparisons
    ]
    heads = ["requests", "at once", "in sequence", "cassandra-driver, in sequence", "faster", "requests/s"]
    rows = [
        [
            str(c.n),
            f"{1000 * c.at_once:.2f} ms",
            f"{1000 * c.in_sequence:.1f} ms",
            "" if c.official is None else f"{1000 * c.official:.1f} ms",
            f"{c.faster:.1f}x",
            f"{c.rate:,.0f}",
        ]
        for c in comparisons
    ]
    against = "cassandra-driver in sequence" if official else "the same driver in sequence"
    text = f"The same reads, all at once, against {against}; medians of 15. How many times faster:"
    return section(
        "At once against in sequence",
        text,
        legend(names) + bars("times faster", groups) + table(heads, rows),
    )


def _in_flight(sustained: Sustained) -> str:
    series: list[Series] = [
        (endpoint, [(sample.seconds, float(sample.in_flight[i])) for sample in sustained.samples])
        for i, endpoint in enumerate(sustained.endpoints)
    ]
    last = sustained.samples[-1]
    text = "Requests on the wire, by host; " + ", ".join(
        f"{endpoint} has {count} connection{'' if count == 1 else 's'}"
        for endpoint, count in zip(sustained.endpoints, last.connections, strict=True)
    )
    chart = lines("requests in flight over time, by host", series, "in flight")
    return section("In flight", text + ".", legend(sustained.endpoints) + chart)


def _loading(loading: Loading) -> str:
    ticks = [*loading.ticks[:-1:5], loading.ticks[-1]]  # half a second apart
    points = [((a[0] + b[0]) / 2, (b[1] - a[1]) / (b[0] - a[0])) for a, b in pairwise(ticks) if b[0] > a[0]]
    text = f"{loading.rows:,} rows in {loading.seconds:.1f} s, {loading.in_flight:,} inserts at once."
    return section(
        "Writing", text, lines("rows a second over time", [("written", points or [(0.0, 0.0)])], "rows/s")
    )


def _hosts(hosts: Sequence[HostRecord]) -> str:
    heads = ["Endpoint", "Host ID", "Location", "State", "Connections", "Version"]
    rows = [[h.endpoint, h.host_id, h.location, h.state, h.connections, h.release_version] for h in hosts]
    return section(
        "Connected Cassandra nodes", "Found by asking one of them.", table(heads, rows, numeric=False)
    )


def _machine() -> str:
    moment = datetime.datetime.now().astimezone().strftime("%Y-%m-%d %H:%M %Z")
    return f"{moment} · {machine()}, shared with the cluster where that is on the same machine"
