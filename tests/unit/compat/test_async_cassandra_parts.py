"""The parts of async-cassandra's API that need no server: options, names, metrics, helpers."""

from __future__ import annotations

import asyncio
import sys
import threading
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families
from tests.plugins.canary import PASSWORD

import aiocql
import aiocql.compat.async_cassandra.cluster
from aiocql.compat import async_cassandra
from aiocql.compat.async_cassandra import (
    AsyncCluster,
    AsyncResultSet,
    InMemoryMetricsCollector,
    MetricsCollector,
    MetricsMiddleware,
    PrometheusMetricsCollector,
    constants,
    create_metrics_system,
    create_streaming_statement,
    exceptions,
)
from aiocql.compat.async_cassandra.utils import get_or_create_event_loop, safe_call_soon_threadsafe
from aiocql.compat.cassandra import cluster as driver_cluster
from aiocql.compat.cassandra import util
from aiocql.compat.cassandra.auth import PlainTextAuthProvider
from aiocql.compat.cassandra.cluster import EXEC_PROFILE_DEFAULT, ExecutionProfile
from aiocql.compat.cassandra.query import dict_factory
from aiocql.compat.cassandra.timestamps import MonotonicTimestampGenerator
from aiocql.nodes.states import HostDistance

PUBLIC = """
AsyncCassandraSession AsyncCluster AsyncCassandraError ConnectionError QueryError AsyncResultSet AsyncRetryPolicy
ConnectionMonitor RateLimitedSession create_monitored_session HOST_STATUS_UP HOST_STATUS_DOWN HOST_STATUS_UNKNOWN
HostMetrics ClusterMetrics AsyncStreamingResultSet StreamConfig create_streaming_statement MetricsMiddleware
MetricsCollector InMemoryMetricsCollector PrometheusMetricsCollector QueryMetrics ConnectionMetrics
create_metrics_system
"""


def test_every_public_name_is_there() -> None:
    assert set(async_cassandra.__all__) == set(PUBLIC.split())


def test_options_of_the_clusters_are_taken() -> None:
    cluster = AsyncCluster(
        contact_points=["localhost"],
        executor_threads=4,
        idle_heartbeat_interval=30,
        connect_timeout=10,
        request_timeout=7,
        max_schema_agreement_wait=5,
        control_connection_timeout=1.0,
        metrics_enabled=True,
        compression=True,
    )
    assert cluster.default_profile.request_timeout == 7
    assert cluster._options["connect_timeout"] == 10
    assert cluster._options["compression"] == "lz4"
    assert cluster.metadata.all_hosts() == []
    assert cluster.metadata.cluster_name is None


def test_the_wait_for_schema_agreement_is_that_of_the_session() -> None:
    def waits(**given: Any) -> Any:
        return AsyncCluster(**given)._options["schema_agreement_timeout"]

    assert (waits(), waits(max_schema_agreement_wait=3)) == (10, 3)
    assert 0 < waits(max_schema_agreement_wait=0) == waits(max_schema_agreement_wait=-1) < 0.1


def test_a_timestamp_generator_is_a_function() -> None:
    generator = MonotonicTimestampGenerator()
    assert AsyncCluster(timestamp_generator=generator).timestamp_generator is generator
    assert AsyncCluster().timestamp_generator is None
    with pytest.raises(exceptions.ConfigurationError, match="timestamp_generator: a int"):
        AsyncCluster(timestamp_generator=5)


def test_timestamps_go_on_though_the_clock_does_not(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    clock = [100.0]
    monkeypatch.setattr("aiocql.compat.cassandra.timestamps.time.time", lambda: clock[0])
    generator = MonotonicTimestampGenerator()
    assert [generator(), generator()] == [100_000_000, 100_000_001]
    clock[0] = 90.0
    assert [generator(), generator()] == [100_000_002, 100_000_003]
    assert len(caplog.messages) == 1
    assert "behind the last timestamp" in caplog.text
    clock[0] = 101.0
    assert generator() == 101_000_000


def test_the_names_of_each_driver_are_its_own_classes() -> None:
    assert aiocql.compat.async_cassandra.cluster.Cluster is AsyncCluster
    assert driver_cluster.Cluster is not AsyncCluster
    assert driver_cluster.Session is not async_cassandra.AsyncCassandraSession
    assert driver_cluster.ResultSet is not AsyncResultSet
    with pytest.raises(AttributeError, match="no attribute 'GraphSession'"):
        _ = driver_cluster.GraphSession
    assert util.sortedset is util.SortedSet
    assert list(util.sortedset([1, 2])) == [1, 2]


def test_an_option_that_there_is_not_is_an_error() -> None:
    with pytest.raises(TypeError, match="no option 'conect_timeout'"):
        AsyncCluster(conect_timeout=10)
    with pytest.raises(exceptions.ConfigurationError, match="ssl_context"):
        AsyncCluster(ssl_options={"ca_certs": "x"})


@pytest.mark.parametrize("version", [3, 4])
def test_older_protocols_are_refused_as_there(version: int) -> None:
    with pytest.raises(exceptions.ConfigurationError, match="v5 or higher"):
        AsyncCluster(protocol_version=version)


def test_user_and_password() -> None:
    cluster = AsyncCluster.create_with_auth(["127.0.0.1"], "me", PASSWORD)
    credentials: Any = cluster._options["auth"]
    assert credentials("127.0.0.1:9042") == ("me", PASSWORD)
    assert PASSWORD not in repr(PlainTextAuthProvider("me", PASSWORD))


def test_profiles_are_found_by_name() -> None:
    lenient = ExecutionProfile(request_timeout=60, row_factory=dict_factory)
    cluster = AsyncCluster(execution_profiles={"lenient": lenient})
    assert cluster.execution_profile("lenient") is lenient
    assert cluster.execution_profile(EXEC_PROFILE_DEFAULT) is cluster.default_profile
    with pytest.raises(exceptions.ConfigurationError, match="'other'"):
        cluster.execution_profile("other")


def test_pool_sizes_can_be_set_before_connecting() -> None:
    cluster = AsyncCluster()
    cluster.set_core_connections_per_host(HostDistance.LOCAL, 12)
    assert cluster.get_core_connections_per_host(HostDistance.LOCAL) == 12
    assert cluster.get_max_connections_per_host(HostDistance.LOCAL) == 12
    cluster.set_max_connections_per_host(HostDistance.REMOTE, 5)
    assert cluster._pool().max_remote == 5
    assert cluster._pool().core_local == 12


def test_errors_keep_their_cause() -> None:
    cause = ValueError("x")
    assert exceptions.QueryError("failed", cause=cause).cause is cause
    for name in (
        "ConnectionError",
        "QueryError",
        "TimeoutError",
        "AuthenticationError",
        "ConfigurationError",
    ):
        assert issubclass(getattr(exceptions, name), async_cassandra.AsyncCassandraError)


def test_constants_are_theirs() -> None:
    assert (constants.DEFAULT_FETCH_SIZE, constants.MAX_RETRY_ATTEMPTS) == (1000, 3)
    assert (constants.DEFAULT_CONNECTION_TIMEOUT, constants.DEFAULT_REQUEST_TIMEOUT) == (30.0, 120.0)


async def test_a_result_is_iterated_again_and_indexed() -> None:
    result = AsyncResultSet([1, 2, 3])
    assert [row async for row in result] == [row async for row in result] == list(result) == result.all()
    assert (len(result), result[0], result.one(), result.rows) == (3, 1, 1, [1, 2, 3])
    assert AsyncResultSet([]).one() is None
    assert result.get_query_trace() is None


def test_streaming_statements_say_their_page_size() -> None:
    statement = create_streaming_statement("SELECT v FROM t", fetch_size=5, consistency_level=6)
    assert (statement.fetch_size, statement.consistency_level) == (5, 6)


class Broken(MetricsCollector):
    pass


async def test_metrics_are_collected_whatever_one_collector_does(caplog: pytest.LogCaptureFixture) -> None:
    memory = InMemoryMetricsCollector(max_entries=3)
    middleware = MetricsMiddleware([Broken(), memory])
    assert await memory.get_stats() == {"message": "No metrics available"}
    for number in range(4):
        await middleware.record_query_metrics(
            f"SELECT v FROM t WHERE k = {number} AND v = 'x{number}'", 0.5, True
        )
    await middleware.record_query_metrics("x", 1.5, False, error_type="InvalidRequest")
    await middleware.record_connection_metrics("h1", True, 0.25, total_queries=5)
    stats = await memory.get_stats()
    assert stats["query_performance"]["total_queries"] == 3
    assert stats["query_performance"]["max_duration_ms"] == 1500
    assert stats["query_performance"]["success_rate"] == pytest.approx(2 / 3)
    assert stats["error_summary"] == {"InvalidRequest": 1}
    assert list(stats["top_queries"].values()) == [4, 1]
    assert stats["connection_health"]["h1"]["response_time_ms"] == 250
    assert "record_query raised NotImplementedError" in caplog.text
    middleware.disable()
    await middleware.record_query_metrics("y", 1, True)
    middleware.enable()
    assert memory.query_counts.total() == 5


def test_a_metrics_system_has_the_collectors_asked_for() -> None:
    assert [type(each) for each in create_metrics_system().collectors] == [InMemoryMetricsCollector]
    assert create_metrics_system(backend="none").collectors == []


async def test_without_prometheus_client_its_collector_does_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    [collector] = create_metrics_system(backend="none", prometheus_enabled=True).collectors
    await MetricsMiddleware([collector]).record_query_metrics("x", 1, True)
    assert await collector.get_stats() == {"error": "Prometheus client not available"}
    assert "not installed" in caplog.text


async def test_prometheus_counts_by_kind_and_outcome() -> None:
    registry = CollectorRegistry()
    middleware = MetricsMiddleware(
        [PrometheusMetricsCollector(registry), PrometheusMetricsCollector(registry)]
    )
    await middleware.record_query_metrics("SELECT 1", 0.5, True)
    await middleware.record_query_metrics(
        '<PreparedStatement query="x">', 0.5, False, error_type="ReadTimeout"
    )
    await middleware.record_connection_metrics("h1", False, 0.1)
    samples = {
        (sample.name, *sorted(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(generate_latest(registry).decode())
        for sample in family.samples
    }
    assert samples["cassandra_queries_total", "simple", "success"] == 2
    assert samples["cassandra_queries_total", "failure", "prepared"] == 2
    assert samples["cassandra_query_duration_seconds_sum", "simple", "success"] == 1.0
    assert samples["cassandra_errors_total", "ReadTimeout"] == 2
    assert samples["cassandra_connection_healthy", "h1"] == 0


async def test_callbacks_of_other_threads() -> None:
    loop, called = get_or_create_event_loop(), asyncio.Event()
    assert loop is asyncio.get_running_loop()
    thread = threading.Thread(target=safe_call_soon_threadsafe, args=(loop, called.set))
    thread.start()
    await called.wait()
    thread.join()
    safe_call_soon_threadsafe(None, called.set)


def test_a_closed_loop_takes_no_callbacks(caplog: pytest.LogCaptureFixture) -> None:
    loop = get_or_create_event_loop()
    asyncio.set_event_loop(None)
    loop.close()
    safe_call_soon_threadsafe(loop, print)
    assert "not scheduled" in caplog.text
