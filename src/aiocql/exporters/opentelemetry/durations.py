"""The histogram of durations, added to what is exported: from the core's own buckets; no request records it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from opentelemetry.sdk.metrics import Histogram as HistogramInstrument
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
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

from aiocql._version import __version__
from aiocql.exporters.opentelemetry.scope import SCHEMA, SCOPE, session_name
from aiocql.nodes.node_counters import bucket_bounds

if TYPE_CHECKING:
    from aiocql.session.face import SessionFace

__all__ = ["DurationExporter"]

_BOUNDS = bucket_bounds()
_SHOWN = [i for i, bound in enumerate(_BOUNDS) if 60e-6 < bound < 70 and i % 4 == 3]


class DurationExporter(MetricExporter):
    """Adds `db.client.operation.duration` of `sessions` to what another exporter exports.

    It has the requests that succeeded, whatever their statement: the core counts no more than that. Failures are
    counted by `error.type` in `aiocql.request.failures` (`meter_session`). As OpenTelemetry exports nothing where
    nothing is metered, the provider needs an instrument: that of `meter_session`, or any other.
    """

    def __init__(self, exporter: MetricExporter, *sessions: SessionFace[Any]) -> None:
        super().__init__(
            preferred_temporality=exporter._preferred_temporality,
            preferred_aggregation=exporter._preferred_aggregation,
        )
        wanted = (exporter._preferred_temporality or {}).get(HistogramInstrument)
        self._exporter = exporter
        self._temporality = wanted or AggregationTemporality.CUMULATIVE
        self._read = [_Durations(each._whole) for each in sessions]

    def export(
        self, metrics_data: MetricsData, timeout_millis: float = 10_000, **kwargs: Any
    ) -> MetricExportResult:
        """All that was collected, and the durations."""
        points = [each.point(self._temporality) for each in self._read]
        metric = Metric(
            name="db.client.operation.duration",
            description="Duration of database client operations: of those that succeeded.",
            unit="s",
            data=Histogram(points, self._temporality),
        )
        first, *others = metrics_data.resource_metrics or [ResourceMetrics(Resource.create(), [], "")]
        scopes = list(first.scope_metrics)
        for i, scope in enumerate(scopes):
            if scope.scope.name == SCOPE:
                scopes[i] = ScopeMetrics(scope.scope, [*scope.metrics, metric], scope.schema_url)
                break
        else:
            scopes.append(ScopeMetrics(InstrumentationScope(SCOPE, __version__, SCHEMA), [metric], SCHEMA))
        resources = [ResourceMetrics(first.resource, scopes, first.schema_url), *others]
        return self._exporter.export(MetricsData(resources), timeout_millis, **kwargs)

    def force_flush(self, timeout_millis: float = 10_000) -> bool:
        """That of the other exporter."""
        return self._exporter.force_flush(timeout_millis)

    def shutdown(self, timeout_millis: float = 30_000, **kwargs: Any) -> None:
        """That of the other exporter."""
        self._exporter.shutdown(timeout_millis, **kwargs)


class _Durations:
    """Those of one session, and what of them was exported last."""

    def __init__(self, session: SessionFace[Any]) -> None:
        self._session = session
        self._since = session._services.began_ns
        self._counts = [0] * (len(_SHOWN) + 1)
        self._sum = 0.0

    def point(self, temporality: AggregationTemporality) -> HistogramDataPoint:
        """All since the session began, or since the last one."""
        requests = self._session.stats().application
        now, counts, total, since = (
            time.time_ns(),
            _gathered(requests.latency_counts),
            requests.latency_sum,
            self._since,
        )
        found, seconds = counts, total
        if temporality is AggregationTemporality.DELTA:
            found = [new - old for new, old in zip(counts, self._counts, strict=True)]
            seconds = total - self._sum
            self._since, self._counts, self._sum = now, counts, total
        # Neither the shortest nor the longest is kept. Both are optional in the protocol, though not in this class.
        unknown = cast("float", None)
        return HistogramDataPoint(
            attributes={"db.system.name": "cassandra", "aiocql.session": session_name(self._session)},
            start_time_unix_nano=since,
            time_unix_nano=now,
            count=sum(found),
            sum=seconds,
            bucket_counts=found,
            explicit_bounds=[_BOUNDS[i] for i in _SHOWN],
            min=unknown,
            max=unknown,
        )


def _gathered(counts: Sequence[int]) -> list[int]:
    found, at = [], 0
    for i in _SHOWN:
        found.append(sum(counts[at : i + 1]))
        at = i + 1
    found.append(sum(counts[at:]))
    return found
