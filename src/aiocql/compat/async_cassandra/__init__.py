"""async-cassandra's public API, served by aiocql: change the import lines, keep the rest.

``from async_cassandra import AsyncCluster`` becomes ``from aiocql.compat.async_cassandra import AsyncCluster``, and
what was imported from `cassandra` beside it comes from `aiocql.compat.cassandra`.
"""

from aiocql.compat.async_cassandra.cluster import AsyncCluster
from aiocql.compat.async_cassandra.exceptions import AsyncCassandraError, ConnectionError, QueryError
from aiocql.compat.async_cassandra.metrics import (
    ConnectionMetrics,
    InMemoryMetricsCollector,
    MetricsCollector,
    MetricsMiddleware,
    PrometheusMetricsCollector,
    QueryMetrics,
    create_metrics_system,
)
from aiocql.compat.async_cassandra.monitoring import (
    HOST_STATUS_DOWN,
    HOST_STATUS_UNKNOWN,
    HOST_STATUS_UP,
    ClusterMetrics,
    ConnectionMonitor,
    HostMetrics,
    RateLimitedSession,
    create_monitored_session,
)
from aiocql.compat.async_cassandra.result import AsyncResultSet
from aiocql.compat.async_cassandra.retry_policy import AsyncRetryPolicy
from aiocql.compat.async_cassandra.session import AsyncCassandraSession
from aiocql.compat.async_cassandra.streaming import (
    AsyncStreamingResultSet,
    StreamConfig,
    create_streaming_statement,
)

__all__ = [
    "HOST_STATUS_DOWN",
    "HOST_STATUS_UNKNOWN",
    "HOST_STATUS_UP",
    "AsyncCassandraError",
    "AsyncCassandraSession",
    "AsyncCluster",
    "AsyncResultSet",
    "AsyncRetryPolicy",
    "AsyncStreamingResultSet",
    "ClusterMetrics",
    "ConnectionError",
    "ConnectionMetrics",
    "ConnectionMonitor",
    "HostMetrics",
    "InMemoryMetricsCollector",
    "MetricsCollector",
    "MetricsMiddleware",
    "PrometheusMetricsCollector",
    "QueryError",
    "QueryMetrics",
    "RateLimitedSession",
    "StreamConfig",
    "create_metrics_system",
    "create_monitored_session",
    "create_streaming_statement",
]
