"""async-cassandra's Prometheus metrics, made once for each registry."""

from __future__ import annotations

from threading import Lock
from typing import Any, NamedTuple

__all__ = ["PrometheusMetrics", "prometheus_metrics"]


class PrometheusMetrics(NamedTuple):
    """The metrics of one registry."""

    query_duration: Any
    query_total: Any
    connection_health: Any
    error_total: Any


_made: dict[int, tuple[Any, PrometheusMetrics]] = {}
_making = Lock()


def prometheus_metrics(registry: Any = None) -> PrometheusMetrics:
    """Those of a registry, by default the process's. Raises ImportError without `prometheus_client`."""
    from prometheus_client import REGISTRY, Counter, Gauge, Histogram

    registry = registry or REGISTRY
    kinds = ["query_type", "success"]
    with _making:
        # The registry is kept with them, so that no other one gets its id.
        if id(registry) not in _made:
            metrics = PrometheusMetrics(
                Histogram(
                    "cassandra_query_duration_seconds",
                    "How long requests took",
                    kinds,
                    registry=registry,
                ),
                Counter("cassandra_queries_total", "Requests", kinds, registry=registry),
                Gauge(
                    "cassandra_connection_healthy", "Whether a host is healthy", ["host"], registry=registry
                ),
                Counter("cassandra_errors_total", "Requests that failed", ["error_type"], registry=registry),
            )
            _made[id(registry)] = registry, metrics
        return _made[id(registry)][1]
