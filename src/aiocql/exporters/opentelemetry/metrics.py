"""Metrics of a session, read when they are collected."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from opentelemetry import metrics
from opentelemetry.metrics import CallbackOptions, Observation
from opentelemetry.sdk.metrics.export import (
    AggregationTemporality,
    Histogram,
    HistogramDataPoint,
    Metric,
    MetricExporter,
    MetricExportResult,
    MetricsData,
    ResourceMetrics,
    ScopeMetrics,
)
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

from aiocql._version import __version__
from aiocql.exporters.opentelemetry.scope import SCHEMA, SCOPE
from aiocql.wire.load import bucket_bounds

if TYPE_CHECKING:
    from opentelemetry.metrics import MeterProvider

    from aiocql.observe.stats import HostStats, SessionStats
    from aiocql.session.session import Session

__all__ = ["DurationExporter", "meter_session"]


def meter_session(
    session: Session[Any], *, meter_provider: MeterProvider | None = None, pool_name: str | None = None
) -> None:
    """Observable counters and gauges of the session, read when metrics are collected.

    `db.client.connection.*` as in the conventions; what they have no name for as `aiocql.*`. The histogram
    `db.client.operation.duration` is added by `DurationExporter`: OpenTelemetry has no observable histogram, and a
    recorded one would cost more than the request.
    """
    session = getattr(session, "session", session)
    meter = metrics.get_meter(SCOPE, __version__, meter_provider, SCHEMA)

    # All callbacks of a collection are called in the order of their instruments: the first looks at the session.
    looked: list[SessionStats] = [session.stats()]

    def of_hosts(value: Callable[[HostStats], float]) -> Callable[[CallbackOptions], Iterable[Observation]]:
        def read(_: CallbackOptions) -> Iterable[Observation]:
            return [Observation(value(host), _where(host, pool_name)) for host in looked[0].hosts]

        return read

    def states(_: CallbackOptions) -> Iterable[Observation]:
        looked[0] = session.stats()
        for host in looked[0].hosts:
            used = sum(connection.in_flight > 0 for connection in host.connections)
            for state, count in (("used", used), ("idle", len(host.connections) - used)):
                yield Observation(count, {**_where(host, pool_name), "db.client.connection.state": state})

    meter.create_observable_up_down_counter(
        "db.client.connection.count",
        [states],
        "{connection}",
        "Connections, by whether requests are in flight.",
    )
    gauges: list[tuple[str, str, str, Callable[[HostStats], float]]] = [
        (
            "db.client.connection.max",
            "{connection}",
            "Connections that a pool may have.",
            lambda h: h.max_connections,
        ),
        (
            "db.client.connection.pending_requests",
            "{request}",
            "Requests that wait for room.",
            lambda h: h.waiting,
        ),
        (
            "aiocql.requests.in_flight",
            "{request}",
            "Requests that wait for an answer.",
            lambda h: h.in_flight,
        ),
        (
            "aiocql.streams.orphaned",
            "{stream}",
            "Stream ids held by abandoned requests.",
            lambda h: h.orphans,
        ),
        ("aiocql.host.up", "{host}", "Whether the host is held to be up.", lambda h: h.state == "UP"),
    ]
    for name, unit, text, value in gauges:
        meter.create_observable_up_down_counter(name, [of_hosts(value)], unit, text)
    counters: list[tuple[str, str, str, Callable[[HostStats], float]]] = [
        (
            "db.client.connection.timeouts",
            "{timeout}",
            "Attempts that were not answered in time.",
            lambda h: h.timeouts,
        ),
        ("aiocql.attempts", "{attempt}", "Requests sent, each attempt.", lambda h: h.requests),
        ("aiocql.errors", "{error}", "Answers that are errors.", lambda h: h.errors),
        ("aiocql.retries", "{attempt}", "Attempts after the first.", lambda h: h.retries),
        ("aiocql.speculative_executions", "{attempt}", "Attempts beside another.", lambda h: h.speculative),
        ("aiocql.sent", "By", "Bytes sent.", lambda h: h.bytes_sent),
        ("aiocql.received", "By", "Bytes received.", lambda h: h.bytes_received),
    ]
    for name, unit, text, value in counters:
        meter.create_observable_counter(name, [of_hosts(value)], unit, text)

    def outcomes(_: CallbackOptions) -> Iterable[Observation]:
        requests = looked[0].application
        for outcome in ("completed", "failed", "cancelled"):
            yield Observation(getattr(requests, outcome), {"aiocql.outcome": outcome})

    meter.create_observable_counter("aiocql.requests", [outcomes], "{request}", "Requests, by outcome.")


def _where(host: HostStats, pool_name: str | None) -> dict[str, str | int]:
    address, _, port = host.endpoint.rpartition(":")
    return {
        "db.client.connection.pool.name": pool_name or host.endpoint,
        "server.address": address.strip("[]") or host.endpoint,
        "server.port": int(port) if port.isdigit() else 0,
    }


_BOUNDS = bucket_bounds()
_SHOWN = [i for i, bound in enumerate(_BOUNDS) if 60e-6 < bound < 70 and i % 4 == 3]


def duration_metric(session: Session[Any], since: int) -> Metric:
    """`db.client.operation.duration` of all requests since the session began, from the core's own buckets."""
    requests = session.stats().application
    counts = _gathered(requests.latency_counts)
    latency = requests.latency
    point = HistogramDataPoint(
        attributes={"db.system.name": "cassandra"},
        start_time_unix_nano=since,
        time_unix_nano=time.time_ns(),
        count=latency.count,
        sum=requests.latency_sum,
        bucket_counts=counts,
        explicit_bounds=[_BOUNDS[i] for i in _SHOWN],
        min=0.0,
        max=latency.maximum,
    )
    return Metric(
        name="db.client.operation.duration",
        description="Duration of database client operations.",
        unit="s",
        data=Histogram([point], AggregationTemporality.CUMULATIVE),
    )


def _gathered(counts: Sequence[int]) -> list[int]:
    found, at = [], 0
    for i in _SHOWN:
        found.append(sum(counts[at : i + 1]))
        at = i + 1
    found.append(sum(counts[at:]))
    return found


class DurationExporter(MetricExporter):
    """Adds `db.client.operation.duration` to what another exporter exports: the core has counted it already."""

    def __init__(self, exporter: MetricExporter, session: Session[Any]) -> None:
        super().__init__(
            preferred_temporality=exporter._preferred_temporality,
            preferred_aggregation=exporter._preferred_aggregation,
        )
        self._exporter = exporter
        self._session: Session[Any] = getattr(session, "session", session)
        self._since = time.time_ns()

    def export(
        self, metrics_data: MetricsData, timeout_millis: float = 10_000, **kwargs: Any
    ) -> MetricExportResult:
        """All that was collected, and the durations."""
        resources = list(metrics_data.resource_metrics)
        if resources:
            scope = ScopeMetrics(
                InstrumentationScope(SCOPE, __version__, SCHEMA),
                [duration_metric(self._session, self._since)],
                SCHEMA,
            )
            first = resources[0]
            resources[0] = ResourceMetrics(first.resource, [*first.scope_metrics, scope], first.schema_url)
        return self._exporter.export(MetricsData(resources), timeout_millis, **kwargs)

    def force_flush(self, timeout_millis: float = 10_000) -> bool:
        """That of the other exporter."""
        return self._exporter.force_flush(timeout_millis)

    def shutdown(self, timeout_millis: float = 30_000, **kwargs: Any) -> None:
        """That of the other exporter."""
        self._exporter.shutdown(timeout_millis, **kwargs)
