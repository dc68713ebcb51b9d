"""async-cassandra's metrics: a middleware that tells collectors of each request.

aiocql has its own counters (`session.stats()`, the exporters); these serve applications with existing collectors.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from aiocql.compat.async_cassandra.prometheus import PrometheusMetrics, prometheus_metrics
from aiocql.logs import get_logger

__all__ = [
    "ConnectionMetrics",
    "InMemoryMetricsCollector",
    "MetricsCollector",
    "MetricsMiddleware",
    "PrometheusMetricsCollector",
    "QueryMetrics",
    "create_metrics_system",
]

logger = get_logger("aiocql.compat")

RECENT = timedelta(minutes=5)


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass
class QueryMetrics:
    """One request. `duration` is in seconds; `query_hash` is the same for statements that differ in literals only."""

    query_hash: str
    duration: float
    success: bool
    error_type: str | None = None
    timestamp: datetime = field(default_factory=_now)
    parameters_count: int = 0
    result_size: int = 0
    query_type: str = "simple"


@dataclass
class ConnectionMetrics:
    """A host's health. `response_time` is in seconds."""

    host: str
    is_healthy: bool
    last_check: datetime
    response_time: float
    error_count: int = 0
    total_queries: int = 0


class MetricsCollector:
    """Base of collectors."""

    async def record_query(self, metrics: QueryMetrics) -> None:
        """Takes note of a request."""
        raise NotImplementedError

    async def record_connection_health(self, metrics: ConnectionMetrics) -> None:
        """Takes note of a host's health."""
        raise NotImplementedError

    async def get_stats(self) -> dict[str, Any]:
        """What was noted, summed up."""
        raise NotImplementedError


class InMemoryMetricsCollector(MetricsCollector):
    """Keeps the last `max_entries` requests."""

    def __init__(self, max_entries: int = 10000) -> None:
        self.max_entries = max_entries
        self.query_metrics: deque[QueryMetrics] = deque(maxlen=max_entries)
        self.connection_metrics: dict[str, ConnectionMetrics] = {}
        self.error_counts: Counter[str] = Counter()
        self.query_counts: Counter[str] = Counter()

    async def record_query(self, metrics: QueryMetrics) -> None:
        """Takes note of a request."""
        self.query_metrics.append(metrics)
        self.query_counts[metrics.query_hash] += 1
        if not metrics.success and metrics.error_type:
            self.error_counts[metrics.error_type] += 1

    async def record_connection_health(self, metrics: ConnectionMetrics) -> None:
        """Takes note of a host's health."""
        self.connection_metrics[metrics.host] = metrics

    async def get_stats(self) -> dict[str, Any]:
        """Durations and rates of the last five minutes, errors, the ten most frequent statements, hosts."""
        if not self.query_metrics:
            return {"message": "No metrics available"}
        since = _now() - RECENT
        recent = [each for each in self.query_metrics if each.timestamp > since]
        return {
            "query_performance": self._performance(recent),
            "error_summary": dict(self.error_counts),
            "top_queries": dict(self.query_counts.most_common(10)),
            "connection_health": {host: _health(each) for host, each in self.connection_metrics.items()},
        }

    def _performance(self, recent: Sequence[QueryMetrics]) -> dict[str, Any]:
        if not recent:
            return {"message": "No recent queries"}
        milliseconds = [each.duration * 1000 for each in recent]
        return {
            "total_queries": len(self.query_metrics),
            "recent_queries_5min": len(recent),
            "avg_duration_ms": sum(milliseconds) / len(recent),
            "min_duration_ms": min(milliseconds),
            "max_duration_ms": max(milliseconds),
            "success_rate": sum(each.success for each in recent) / len(recent),
            "queries_per_second": len(recent) / RECENT.total_seconds(),
        }


def _health(metrics: ConnectionMetrics) -> dict[str, Any]:
    return {
        "healthy": metrics.is_healthy,
        "response_time_ms": metrics.response_time * 1000,
        "error_count": metrics.error_count,
        "total_queries": metrics.total_queries,
    }


class PrometheusMetricsCollector(MetricsCollector):
    """Counters and a histogram of `prometheus_client`; without that package it does nothing.

    Several collectors of one registry share them.
    """

    def __init__(self, registry: Any = None) -> None:
        self._metrics: PrometheusMetrics | None = None
        try:
            self._metrics = prometheus_metrics(registry)
        except ImportError:
            logger.warning("prometheus_client is not installed: its metrics are off")

    async def record_query(self, metrics: QueryMetrics) -> None:
        """Counts a request."""
        if self._metrics is None:
            return
        labels = {
            "query_type": metrics.query_type,
            "success": "success" if metrics.success else "failure",
        }
        self._metrics.query_duration.labels(**labels).observe(metrics.duration)
        self._metrics.query_total.labels(**labels).inc()
        if not metrics.success and metrics.error_type:
            self._metrics.error_total.labels(error_type=metrics.error_type).inc()

    async def record_connection_health(self, metrics: ConnectionMetrics) -> None:
        """Sets a host's gauge."""
        if self._metrics is not None:
            self._metrics.connection_health.labels(host=metrics.host).set(int(metrics.is_healthy))

    async def get_stats(self) -> dict[str, Any]:
        """Where to look."""
        if self._metrics is None:
            return {"error": "Prometheus client not available"}
        return {"message": "Metrics available via Prometheus endpoint"}


class MetricsMiddleware:
    """Tells every collector; one that raises is logged and stops nothing."""

    def __init__(self, collectors: Sequence[MetricsCollector]) -> None:
        self.collectors = list(collectors)
        self._enabled = True

    def enable(self) -> None:
        """Tells them from now on."""
        self._enabled = True

    def disable(self) -> None:
        """Tells them nothing from now on."""
        self._enabled = False

    async def record_query_metrics(
        self,
        query: str,
        duration: float,
        success: bool,
        error_type: str | None = None,
        parameters_count: int = 0,
        result_size: int = 0,
    ) -> None:
        """A request took `duration` seconds."""
        prepared = query.startswith(("<PreparedStatement", "<BoundStatement"))
        metrics = QueryMetrics(
            query_hash=self._normalize_query(query),
            duration=duration,
            success=success,
            error_type=error_type,
            parameters_count=parameters_count,
            result_size=result_size,
            query_type="prepared" if prepared else "simple",
        )
        await self._tell("record_query", metrics)

    async def record_connection_metrics(
        self,
        host: str,
        is_healthy: bool,
        response_time: float,
        error_count: int = 0,
        total_queries: int = 0,
    ) -> None:
        """A host was looked at."""
        metrics = ConnectionMetrics(host, is_healthy, _now(), response_time, error_count, total_queries)
        await self._tell("record_connection_health", metrics)

    async def _tell(self, method: str, metrics: QueryMetrics | ConnectionMetrics) -> None:
        if not self._enabled:
            return
        for collector in self.collectors:
            try:
                await getattr(collector, method)(metrics)
            except Exception as error:
                logger.warning("%s raised %s: %s", method, type(error).__name__, error)

    @staticmethod
    def _normalize_query(query: str) -> str:
        """Twelve hexadecimal digits that do not depend on literals, capitals and spaces."""
        text = " ".join(query.upper().split())
        text = re.sub(r"\b\d+\b", "?", re.sub(r"'[^']*'", "'?'", text))
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()[:12]


def create_metrics_system(backend: str = "memory", prometheus_enabled: bool = False) -> MetricsMiddleware:
    """A middleware with the usual collectors."""
    collectors: list[MetricsCollector] = []
    if backend == "memory":
        collectors.append(InMemoryMetricsCollector())
    if prometheus_enabled:
        collectors.append(PrometheusMetricsCollector())
    return MetricsMiddleware(collectors)
