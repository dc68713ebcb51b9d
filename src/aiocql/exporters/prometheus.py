"""Prometheus: a collector that reads the session's counters when it is scraped, and costs nothing otherwise.

::

    from prometheus_client import REGISTRY
    REGISTRY.register(aiocql.exporters.prometheus.SessionCollector(session))

Needs ``pip install 'aiocql[prometheus]'``. Histogram buckets are exact: their bounds are bounds of the driver's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector

from aiocql.nodes.node_counters import bucket_bounds

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

    from aiocql.monitoring.stats import HostStats, SessionStats
    from aiocql.session.face import SessionFace

__all__ = ["SessionCollector"]

PREFIX = "cassandra_client_"

_BOUNDS = bucket_bounds()
_SHOWN = [i for i, bound in enumerate(_BOUNDS) if 60e-6 < bound < 70 and i % 4 == 3]
"""Every fourth bucket, from 64 us to a minute: two for each doubling."""

_COUNTERS = (
    ("requests_sent", "requests", "Requests sent to a host: each attempt, with the driver's own."),
    ("responses", "responses", "Answers of a host."),
    ("errors", "errors", "Answers of a host that are errors."),
    ("timeouts", "timeouts", "Attempts that a host did not answer in time."),
    ("retries", "retries", "Attempts after the first."),
    ("speculative_executions", "speculative", "Attempts made before the answer of another."),
    ("sent_bytes", "bytes_sent", "Bytes sent to a host."),
    ("received_bytes", "bytes_received", "Bytes received from a host."),
    ("writes", "writes", "Writes to the sockets of a host."),
)
_GAUGES = (
    ("in_flight_requests", "in_flight", "Requests that wait for a host's answer."),
    ("orphaned_streams", "orphans", "Stream ids held by requests that were given up."),
    ("waiting_requests", "waiting", "Requests that wait for room on a host's connections."),
    ("opening_connections", "opening", "Connections that are being opened."),
    ("max_connections", "max_connections", "Connections that a host's pool may grow to."),
)
_THROTTLE_GAUGES = (
    ("throttle_active_requests", "active", "Requests under way that a limit has let through."),
    ("throttle_waiting_requests", "waiting", "Requests that wait for a limit."),
)
_THROTTLE_COUNTERS = (
    ("throttle_admitted", "admitted", "Requests that a limit has let through."),
    ("throttle_delayed", "delayed", "Those of them that had to wait."),
    ("throttle_refused", "refused", "Requests that found no place to wait for a limit."),
    ("throttle_wait_seconds", "wait_seconds", "The time that delayed requests have waited."),
)


class SessionCollector(Collector):
    """Reads a session on each scrape. `session_name` is the label `session` of every metric."""

    def __init__(self, session: SessionFace[Any], *, session_name: str = "default") -> None:
        self._session = session._whole
        self._name = session_name

    def describe(self) -> Iterable[Metric]:
        """Nothing is read for the registration."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """All metrics now."""
        stats = self._session.stats()
        yield from self._requests(stats)
        yield from self._session_gauges(stats)
        yield from self._hosts(stats.hosts)
        yield from self._throttles(stats)

    def _requests(self, stats: SessionStats) -> Iterator[Metric]:
        requests = stats.application
        outcomes = CounterMetricFamily(
            PREFIX + "requests", "Requests of the application, by outcome.", labels=["session", "outcome"]
        )
        for outcome in ("completed", "failed", "cancelled"):
            outcomes.add_metric([self._name, outcome], getattr(requests, outcome))
        yield outcomes
        failures = CounterMetricFamily(
            PREFIX + "request_failures", "Requests that failed, by error.", labels=["session", "error"]
        )
        for error, count in sorted(requests.errors.items()):
            failures.add_metric([self._name, error], count)
        yield failures
        yield self._one(
            CounterMetricFamily, "slow_requests", "Requests over the slow threshold.", requests.slow
        )
        yield self._one(
            GaugeMetricFamily, "active_requests", "Requests that have not ended.", requests.active
        )
        durations = HistogramMetricFamily(
            PREFIX + "request_duration_seconds",
            "Time of completed requests, all attempts and queues included.",
            labels=["session"],
        )
        durations.add_metric([self._name], buckets(requests.latency_counts), requests.latency_sum)
        yield durations

    def _session_gauges(self, stats: SessionStats) -> Iterator[Metric]:
        one = self._one
        yield one(GaugeMetricFamily, "hosts", "Hosts of the cluster.", len(stats.hosts))
        yield one(
            GaugeMetricFamily,
            "queue_places",
            "Requests that may wait for room, over all hosts.",
            stats.max_waiting,
        )
        yield one(
            CounterMetricFamily,
            "queue_refused",
            "Requests that found no place to wait for room.",
            stats.refused,
        )
        yield one(
            GaugeMetricFamily,
            "prepared_statements",
            "Statements that are kept prepared.",
            stats.prepared_statements,
        )

    def _one(self, kind: Any, name: str, text: str, value: float) -> Metric:
        family: Metric = kind(PREFIX + name, text, labels=["session"])
        family.add_metric([self._name], value)  # type: ignore[attr-defined]
        return family

    def _hosts(self, hosts: Sequence[HostStats]) -> Iterator[Metric]:
        labels = ["session", "host", "datacenter", "rack"]

        def where(host: HostStats) -> list[str]:
            return [self._name, host.endpoint, host.datacenter or "", host.rack or ""]

        def family(kind: Any, name: str, text: str, values: Iterable[float]) -> Metric:
            made: Metric = kind(PREFIX + name, text, labels=labels)
            for host, value in zip(hosts, values, strict=True):
                made.add_metric(where(host), value)  # type: ignore[attr-defined]
            return made

        used = [float(host.distance != "IGNORED") for host in hosts]
        yield family(GaugeMetricFamily, "host_used", "Whether the policy uses the host.", used)
        yield family(
            GaugeMetricFamily,
            "host_up",
            "Whether the host is held to be up.",
            [host.state == "UP" for host in hosts],
        )
        yield family(
            GaugeMetricFamily,
            "connections",
            "Connections that are open.",
            [len(h.connections) for h in hosts],
        )
        for name, attribute, text in _GAUGES:
            yield family(GaugeMetricFamily, name, text, [getattr(host, attribute) for host in hosts])
        for name, attribute, text in _COUNTERS:
            yield family(CounterMetricFamily, name, text, [getattr(host, attribute) for host in hosts])
        latency = HistogramMetricFamily(
            PREFIX + "attempt_duration_seconds", "Time of single attempts at a host.", labels=labels
        )
        for host in hosts:
            latency.add_metric(where(host), buckets(host.latency_counts), host.latency_sum)
        yield latency

    def _throttles(self, stats: SessionStats) -> Iterator[Metric]:
        """By scope: a request of a view passes the session's limit too. Limits that are gone are in the totals."""
        kinds: tuple[tuple[Any, Sequence[tuple[str, str, str]]], ...] = (
            (GaugeMetricFamily, _THROTTLE_GAUGES),
            (CounterMetricFamily, _THROTTLE_COUNTERS),
        )
        for kind, described in kinds:
            for name, attribute, text in described:
                family = kind(PREFIX + name, text, labels=["session", "scope"])
                for totals in stats.throttle_totals:
                    family.add_metric([self._name, totals.scope], getattr(totals, attribute))
                yield family


def buckets(counts: Sequence[int]) -> list[tuple[str, float]]:
    """Cumulated counts at a few of the bounds, the last at infinity."""
    found = []
    seen, at = 0, 0
    for i in _SHOWN:
        seen += sum(counts[at : i + 1])
        at = i + 1
        found.append((f"{_BOUNDS[i]:.6g}", float(seen)))
    found.append(("+Inf", float(seen + sum(counts[at:]))))
    return found
