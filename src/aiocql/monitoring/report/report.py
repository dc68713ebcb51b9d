"""`Session.report`: what a session did so far, as one HTML file that needs nothing else."""

from __future__ import annotations

import datetime
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from aiocql._version import __version__
from aiocql.monitoring.report.charts import bars, buckets, duration
from aiocql.monitoring.report.page import fill, machine, section, table, tiles
from aiocql.nodes.node_counters import bucket_bounds

if TYPE_CHECKING:
    from aiocql.monitoring.stats import HostStats, Latency, SessionStats

__all__ = ["render_report", "write_report"]


def write_report(stats: SessionStats, path: str | Path) -> Path:
    """Write the report to `path` and return its absolute path."""
    place = Path(path)
    place.write_text(render_report(stats), encoding="utf-8")
    return place.resolve()


def render_report(stats: SessionStats) -> str:
    """The report as HTML."""
    requests = stats.application
    moment = datetime.datetime.now().astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")
    up = sum(bool(host.connections) for host in stats.hosts)
    return fill(
        {
            "title": "aiocql: a session",
            "headline": escape(f"{requests.completed:,} requests to {stats.cluster_name or 'a cluster'}"),
            "subtitle": escape(
                f"aiocql {__version__}, native protocol v{stats.protocol_version}; since the session began"
            ),
            "tiles": tiles(
                [
                    (f"{requests.completed:,}", "requests completed"),
                    (f"{requests.failed:,}", "failed"),
                    (duration(requests.latency.p50), "median latency"),
                    (duration(requests.latency.p99), "99th percentile"),
                    (f"{up} of {len(stats.hosts)}", "hosts with a connection"),
                    (f"{stats.open_connections:,}", "connections"),
                    (f"{stats.in_flight:,}", "in flight now"),
                ]
            ),
            "sections": "\n".join(_sections(stats)),
            "footer": escape(f"{moment} · {machine()}"),
        }
    )


def _sections(stats: SessionStats) -> list[str]:
    requests = stats.application
    found = [_hosts(stats)]
    if requests.latency.count:
        found.append(_latency(requests.latency_counts, requests.latency))
        served = [host for host in stats.hosts if host.responses]
        groups = [
            (host.endpoint, [("answers", float(host.responses), f"{host.responses:,}")]) for host in served
        ]
        found.append(
            section("Answers by host", "With the driver's own questions.", bars("answers by host", groups))
        )
    found.append(_connections(stats.hosts))
    if requests.errors:
        rows = [[name, f"{count:,}"] for name, count in sorted(requests.errors.items())]
        found.append(
            section(
                "Errors", "What the application's requests failed with.", table(["Error", "Requests"], rows)
            )
        )
    if stats.throttles:
        found.append(_throttles(stats))
    return found


def _hosts(stats: SessionStats) -> str:
    heads = ["Endpoint", "Host ID", "Location", "State", "Connections", "Version", "Answers", "p50", "p99"]
    heads += ["Errors", "Timeouts", "Retries", "Last error"]
    rows = [
        [
            host.endpoint,
            host.host_id or "NULL",
            host.location,
            host.state,
            f"{len(host.connections)}{host.mark}",
            host.release_version or "",
            f"{host.responses:,}",
            duration(host.latency.p50),
            duration(host.latency.p99),
            f"{host.errors:,}",
            f"{host.timeouts:,}",
            f"{host.retries:,}",
            host.last_error or "",
        ]
        for host in sorted(stats.hosts, key=lambda host: host.endpoint)
    ]
    return section(
        "Connected Cassandra nodes",
        "Latencies are those of single attempts.",
        table(heads, rows, numeric=False),
    )


def _latency(counts: tuple[int, ...], latency: Latency) -> str:
    bounds = bucket_bounds()
    marks = [("p50", latency.p50), ("p95", latency.p95), ("p99", latency.p99), ("p99.9", latency.p999)]
    found = list(zip([0.0, *bounds], bounds, counts, strict=False))
    text = f"{latency.count:,} requests, from their beginning to their result; {duration(latency.mean)} on average."
    return section("Latency", text, buckets("latencies", found, marks))


def _connections(hosts: tuple[HostStats, ...]) -> str:
    heads = ["Endpoint", "Age", "In flight", "Orphans", "Limit", "Requests", "Sent", "Received"]
    rows = [
        [
            host.endpoint,
            f"{connection.age:,.0f} s",
            f"{connection.in_flight:,}",
            f"{connection.orphans:,}",
            f"{connection.limit:,}",
            f"{connection.requests:,}",
            f"{connection.bytes_sent / 1e6:,.1f} MB",
            f"{connection.bytes_received / 1e6:,.1f} MB",
        ]
        for host in sorted(hosts, key=lambda host: host.endpoint)
        for connection in host.connections
    ]
    return section("Connections", "Each that is open now.", table(heads, rows))


def _throttles(stats: SessionStats) -> str:
    heads = [
        "Limit",
        "At once",
        "A second",
        "Under way",
        "Waiting",
        "Let through",
        "Delayed",
        "Refused",
        "Waited together",
    ]
    rows = [
        [
            each.name,
            str(each.max_concurrent or ""),
            f"{each.requests_per_second:g}" if each.requests_per_second is not None else "",
            f"{each.active:,}",
            f"{each.waiting:,}",
            f"{each.admitted:,}",
            f"{each.delayed:,}",
            f"{each.refused:,}",
            duration(each.wait_seconds),
        ]
        for each in stats.throttles
    ]
    return section("Limits", "Of the session, and of rate_limited().", table(heads, rows))
