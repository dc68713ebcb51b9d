"""OpenTelemetry: spans with true durations, and metrics, by the stable conventions for database clients.

::

    tracing = aiocql.exporters.opentelemetry.trace_session(session, sample=0.01)
    metering = aiocql.exporters.opentelemetry.meter_session(session)
    reader = PeriodicExportingMetricReader(DurationExporter(OTLPMetricExporter(), session))

Needs ``pip install 'aiocql[opentelemetry]'``. Statements are told without their literals; values never.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from opentelemetry import context as otel_context
from opentelemetry import metrics, trace
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
from opentelemetry.trace import SpanKind, Status, StatusCode

from aiocql._version import __version__
from aiocql.errors import ConfigurationError, ServerError
from aiocql.observe.statement_text import sanitized, summary
from aiocql.wire.load import bucket_bounds

if TYPE_CHECKING:
    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import TracerProvider

    from aiocql.observe.stats import HostStats
    from aiocql.session.session import Session

__all__ = ["DurationExporter", "SpanMaker", "meter_session", "trace_session"]

SCOPE = "aiocql"
SCHEMA = "https://opentelemetry.io/schemas/1.34.0"

_OPCODES = {0x0D: "BATCH"}


# --- spans ----------------------------------------------------------------------------------------------------


def trace_session(
    session: Session[Any], *, sample: float = 1.0, tracer_provider: TracerProvider | None = None
) -> SpanMaker:
    """Makes a span of each request that is part of a trace, and of a share `sample` of all others.

    One request out of 1 / `sample` is taken, evenly. A span is made when its request has ended, with the times at
    which it began and ended; so one that is never ended costs nothing. `stop()` of what comes back ends it.
    """
    if not isinstance(sample, int | float) or isinstance(sample, bool) or not 0 <= sample <= 1:
        raise ConfigurationError(f"sample: {sample!r} is no share from 0 to 1")
    session = getattr(session, "session", session)
    tracer = trace.get_tracer(SCOPE, __version__, tracer_provider, SCHEMA)
    maker = SpanMaker(session, tracer)
    session.dispatcher.sample_rate = float(sample)
    # A set context variable means that there may be a parent; reading it is all that an unsampled request costs.
    session.dispatcher.parent_context = getattr(otel_context._RUNTIME_CONTEXT, "_current_context", None)
    session.dispatcher.observer = maker
    return maker


class SpanMaker:
    """Hears of requests that begin and end, and makes their spans."""

    def __init__(self, session: Session[Any], tracer: trace.Tracer) -> None:
        self._session = session
        self._tracer = tracer
        self._clock = time.time() - time.monotonic()
        self._known: dict[Any, tuple[str, dict[str, Any]]] = {}

    def stop(self) -> None:
        """No more spans."""
        if self._session.dispatcher.observer is self:
            self._session.dispatcher.observer = None

    def began(self, execution: Any) -> None:
        """A request was begun that is to have a span."""
        if execution.tally is not None:
            execution.observer = _Span(self, otel_context.get_current())

    def finish(self, execution: Any, parent: Any, error: BaseException | None, cancelled: bool) -> None:
        """Makes the span of a request that has ended."""
        name, attributes = self._described(execution)
        attributes = dict(attributes)
        host = execution.host
        if host is not None:
            attributes["server.address"] = attributes["network.peer.address"] = host.address
            attributes["server.port"] = attributes["network.peer.port"] = host.port
            attributes["cassandra.coordinator.dc"] = host.datacenter or ""
            attributes["cassandra.coordinator.id"] = str(host.host_id or "")
        if error is not None:
            attributes["error.type"] = type(error).__name__
            if isinstance(error, ServerError) and error.code is not None:
                attributes["db.response.status_code"] = str(error.code)
        elif cancelled:
            attributes["error.type"] = "CancelledError"
        if execution.attempts > 1:
            attributes["aiocql.attempts"] = execution.attempts
        began = int((self._clock + execution.started) * 1e9)
        ended = int((self._clock + execution.answered) * 1e9)
        span = self._tracer.start_span(
            name, context=parent, kind=SpanKind.CLIENT, attributes=attributes, start_time=began
        )
        if error is not None and span.is_recording():
            span.set_status(Status(StatusCode.ERROR, sanitized(type(error).__name__)))
        span.end(max(ended, began))

    def _described(self, execution: Any) -> tuple[str, dict[str, Any]]:
        """Name and attributes that every request of a statement has."""
        statement = execution.statement
        query = getattr(statement, "query", None)
        options = execution.options
        key = (query, execution.opcode, execution.routing_keyspace, options.consistency, execution.idempotent)
        if len(self._known) > 1000:
            self._known.clear()
        found = self._known.get(key) if query is not None else None
        if found is None:
            found = self._describe(execution, query)
            self._known[key] = found
        return found

    @staticmethod
    def _describe(execution: Any, query: str | None) -> tuple[str, dict[str, Any]]:
        operation, keyspace, table = summary(query) if query is not None else ("BATCH", None, None)
        if execution.opcode in _OPCODES:
            operation = _OPCODES[execution.opcode]
        options = execution.options
        keyspace = keyspace or execution.routing_keyspace
        target = f"{keyspace}.{table}" if keyspace and table else table or keyspace
        name = f"{operation} {target}" if target else operation
        attributes: dict[str, Any] = {
            "db.system.name": "cassandra",
            "db.operation.name": operation,
            "db.query.summary": name,
            "cassandra.consistency.level": options.consistency.name.lower(),
            "cassandra.query.idempotent": bool(execution.idempotent),
        }
        if options.parameters.page_size is not None:
            attributes["cassandra.page.size"] = options.parameters.page_size
        if keyspace is not None:
            attributes["db.namespace"] = keyspace
        if table is not None:
            attributes["db.collection.name"] = table
        if query is not None:
            attributes["db.query.text"] = sanitized(query)
        size = getattr(execution.statement, "size", None)
        if operation == "BATCH" and isinstance(size, int) and size > 1:
            attributes["db.operation.batch.size"] = size
        return name, attributes


class _Span:
    """What a request carries whose span is to be made."""

    __slots__ = ("_maker", "_parent")

    def __init__(self, maker: SpanMaker, parent: Any) -> None:
        self._maker = maker
        self._parent = parent

    def ended(self, execution: Any, result: Any, error: BaseException | None) -> None:
        self._maker.finish(execution, self._parent, error, cancelled=result is None and error is None)


# --- metrics --------------------------------------------------------------------------------------------------


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

    def of_hosts(value: Callable[[HostStats], float]) -> Callable[[CallbackOptions], Iterable[Observation]]:
        def read(_: CallbackOptions) -> Iterable[Observation]:
            return [Observation(value(host), _where(host, pool_name)) for host in session.stats().hosts]

        return read

    def states(_: CallbackOptions) -> Iterable[Observation]:
        for host in session.stats().hosts:
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
        requests = session.stats().application
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
