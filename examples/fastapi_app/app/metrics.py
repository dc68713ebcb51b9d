"""The session's statistics in Prometheus' text format."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from aiocql.observe.stats import HostStats, SessionStats

METRICS: list[tuple[str, str, str, Callable[[HostStats], float]]] = [
    ("cassandra_open_connections", "gauge", "Connections to the host.", lambda host: len(host.connections)),
    ("cassandra_in_flight", "gauge", "Requests that wait for an answer.", lambda host: host.in_flight),
    ("cassandra_up", "gauge", "Whether the host is up.", lambda host: host.state == "UP"),
    ("cassandra_requests_total", "counter", "Requests sent.", lambda host: host.requests),
    ("cassandra_errors_total", "counter", "Errors that the host answered.", lambda host: host.errors),
    ("cassandra_timeouts_total", "counter", "Requests that took too long.", lambda host: host.timeouts),
    ("cassandra_retries_total", "counter", "Requests that were sent again.", lambda host: host.retries),
    ("cassandra_latency_p99_seconds", "gauge", "What 99 % of answers stay below.", lambda h: h.latency.p99),
]


def exposition(stats: SessionStats) -> str:
    """One sample a host for each metric."""
    return "".join(lines(stats))


def lines(stats: SessionStats) -> Iterator[str]:
    for name, kind, text, value in METRICS:
        yield f"# HELP {name} {text}\n# TYPE {name} {kind}\n"
        for host in stats.hosts:
            yield f'{name}{{host="{host.endpoint}",datacenter="{host.datacenter}"}} {float(value(host))}\n'
