"""Spans and metrics as OpenTelemetry's own in-memory exporters receive them."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any, cast

import pytest
from opentelemetry.sdk.metrics import Histogram, MeterProvider
from opentelemetry.sdk.metrics.export import (
    AggregationTemporality,
    HistogramDataPoint,
    InMemoryMetricReader,
    MetricExporter,
    MetricExportResult,
    MetricsData,
    PeriodicExportingMetricReader,
)
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from tests.plugins.canary import PASSWORD
from tests.scripted.in_memory import in_memory
from tests.scripted.scripted_sessions import INSERT, SELECT, one_node, three_nodes

import aiocql
from aiocql.exporters.opentelemetry import DurationExporter, meter_session, trace_session
from aiocql.exporters.opentelemetry.spans import BATCH
from aiocql.policies.speculative import ConstantSpeculativeExecutionPolicy
from aiocql.testing import Opcode, Void


def tracing(session: Any) -> tuple[InMemorySpanExporter, TracerProvider]:
    exporter = InMemorySpanExporter()
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace_session(session, tracer_provider=provider)
    return exporter, provider


def attributes(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


async def test_a_span_has_the_conventions_names_and_the_true_duration() -> None:
    async with one_node() as (server, session):
        query = "SELECT v FROM ks.slow WHERE k = ?"
        server.prime(query, bind=[("k", "int")], columns=[("v", "text")], rows=[("x",)], delay=0.2)
        await session.prepare(query)
        exporter, _ = tracing(session)
        before = time.time_ns()
        await session.execute(query, [424242])
        [span] = exporter.get_finished_spans()
        assert span.kind is SpanKind.CLIENT
        assert span.name == "SELECT ks.slow"
        assert before - 10**7 < (span.start_time or 0) < (span.end_time or 0) < time.time_ns() + 10**7
        assert (span.end_time or 0) - (span.start_time or 0) >= 0.19e9
        found = attributes(span)
        assert found["db.system.name"] == "cassandra"
        assert (found["db.namespace"], found["db.collection.name"]) == ("ks", "slow")
        assert (found["db.operation.name"], found["db.query.text"]) == ("SELECT", query)
        assert (found["server.address"], found["server.port"]) == (server.address, server.port)
        assert found["cassandra.consistency.level"] == "local_one"
        assert "424242" not in str(found)
        assert span.status.status_code is StatusCode.UNSET


async def test_errors_and_cancellations_are_on_the_span_and_literals_are_not() -> None:
    async with one_node() as (server, session):
        exporter, _ = tracing(session)
        with pytest.raises(aiocql.Error) as raised:
            await session.execute(f"CREATE ROLE anna WITH PASSWORD = '{PASSWORD}'")
        [span] = exporter.get_finished_spans()
        assert span.status.status_code is StatusCode.ERROR
        assert attributes(span)["error.type"] == type(raised.value).__name__
        assert attributes(span)["db.response.status_code"] == str(raised.value.code)
        assert attributes(span)["db.query.text"] == "CREATE ROLE anna WITH PASSWORD = ?"
        assert PASSWORD not in span.to_json()
        exporter.clear()
        server.prime(SELECT, bind=[("k", "int")], columns=[("v", "text")], delay=5.0)
        await session.prepare(SELECT)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await session.execute(SELECT, [1])
        [span] = exporter.get_finished_spans()
        assert attributes(span)["aiocql.cancelled"] is True
        assert "error.type" not in attributes(span)
        assert span.status.status_code is StatusCode.UNSET
        assert session.stats().application.failed == 1


@in_memory
async def test_a_span_says_how_often_its_request_was_sent_speculatively() -> None:
    policy = ConstantSpeculativeExecutionPolicy(0.5, 2)
    async with three_nodes() as (cluster, session):
        await session.prepare(SELECT)
        exporter, _ = tracing(session)
        await session.execute(SELECT, [1], speculative=policy)
        cluster.prime(lambda request: request.opcode is Opcode.EXECUTE, Void(copies=0), times=1)
        await session.execute(SELECT, [1], speculative=policy)
        counts = [
            attributes(span).get("cassandra.speculative_execution.count")
            for span in exporter.get_finished_spans()
        ]
        assert counts == [None, 1]


async def test_a_sample_is_taken_evenly_and_whatever_has_a_parent_is_traced() -> None:
    async with one_node() as (_, session):
        exporter, provider = tracing(session)
        maker = trace_session(session, sample=0.1, tracer_provider=provider)
        for i in range(100):
            await session.execute(SELECT, [i])
        assert exporter.get_finished_spans() == ()
        maker.flush()
        assert len(exporter.get_finished_spans()) == 10
        exporter.clear()
        with provider.get_tracer("a test").start_as_current_span("parent") as parent:
            for i in range(5):
                await session.execute(SELECT, [i])
        *spans, last = exporter.get_finished_spans()
        assert last.name == "parent"
        assert len(spans) == 5
        assert all(span.parent is not None for span in spans)
        assert {span.parent.span_id for span in spans if span.parent} == {parent.get_span_context().span_id}


@in_memory
async def test_spans_of_a_sample_are_made_some_at_a_time_and_within_a_second() -> None:
    async with one_node() as (_, session):
        exporter, provider = tracing(session)
        maker = trace_session(session, sample=0.5, tracer_provider=provider)
        for i in range(2 * BATCH):
            await session.execute(SELECT, [i])
        assert len(exporter.get_finished_spans()) == BATCH
        for i in range(4):
            await session.execute(SELECT, [i])
        assert len(exporter.get_finished_spans()) == BATCH
        await asyncio.sleep(1.1)
        assert len(exporter.get_finished_spans()) == BATCH + 2
        for i in range(4):
            await session.execute(SELECT, [i])
        maker.stop()
        assert len(exporter.get_finished_spans()) == BATCH + 4


async def test_batches_streams_and_the_end_of_it() -> None:
    async with one_node() as (_, session):
        exporter, provider = tracing(session)
        await session.batch([(INSERT, (1, "a")), (INSERT, (2, "b"))])
        await session.batch([(INSERT, (1, "a")), (INSERT, (2, "b")), (INSERT, (3, "c"))])
        await session.batch([(INSERT, (1, "a"))])
        await session.batch([(INSERT, (1, "a")), "DELETE FROM t WHERE k = 1"])
        found = [
            (
                span.name,
                attributes(span)["db.operation.name"],
                attributes(span).get("db.operation.batch.size"),
            )
            for span in exporter.get_finished_spans()
        ]
        assert found == [
            ("BATCH INSERT ks.t", "BATCH INSERT", 2),
            ("BATCH INSERT ks.t", "BATCH INSERT", 3),
            ("INSERT ks.t", "INSERT", None),
            ("BATCH ks.t", "BATCH", 2),
        ]
        assert attributes(exporter.get_finished_spans()[2])["db.query.text"] == INSERT
        exporter.clear()
        trace_session(session, tracer_provider=provider).stop()
        await session.execute(SELECT, [1])
        assert exporter.get_finished_spans() == ()


async def test_spans_stand_where_the_clock_is_now(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that was set, or a machine that slept, displaces no span that is made later."""
    async with one_node() as (_, session):
        exporter, provider = tracing(session)
        maker = trace_session(session, sample=0.5, tracer_provider=provider)
        real = time.time
        monkeypatch.setattr(time, "time", lambda: real() + 3600)
        for i in range(2):
            await session.execute(SELECT, [i])
        maker.flush()
        [span] = exporter.get_finished_spans()
        assert abs((span.start_time or 0) / 1e9 - real() - 3600) < 60


class Memory(MetricExporter):
    """Keeps what is exported."""

    def __init__(self, **preferred: Any) -> None:
        super().__init__(**preferred)
        self.exported: list[Any] = []

    def export(self, metrics_data: Any, timeout_millis: float = 0, **kwargs: Any) -> MetricExportResult:
        self.exported.append(metrics_data)
        return MetricExportResult.SUCCESS

    def force_flush(self, timeout_millis: float = 0) -> bool:
        return True

    def shutdown(self, timeout_millis: float = 0, **kwargs: Any) -> None:
        pass


def by_name(data: Any) -> dict[str, Any]:
    return {
        metric.name: metric
        for resource in data.resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
    }


async def test_metrics_are_read_when_they_are_collected() -> None:
    async with three_nodes() as (_, session):
        reader = InMemoryMetricReader()
        provider = MeterProvider([reader], shutdown_on_exit=False)
        limited = session.rate_limited(max_concurrent=5)
        meter = meter_session(session, meter_provider=provider, name="shop")
        for i in range(7):
            await limited.execute(SELECT, [i])
        found = by_name(reader.get_metrics_data())
        outcomes = {
            point.attributes["aiocql.outcome"]: point.value
            for point in found["aiocql.requests"].data.data_points
        }
        assert outcomes == {"completed": 7, "failed": 0, "cancelled": 0}
        with pytest.raises(aiocql.Error) as raised:
            await session.execute("NO SUCH STATEMENT")
        found = by_name(reader.get_metrics_data())
        [failures] = found["aiocql.request.failures"].data.data_points
        assert failures.value == 1
        assert failures.attributes == {"aiocql.session": "shop", "error.type": type(raised.value).__name__}
        admitted = found["aiocql.limit.admitted"].data.data_points
        assert {point.attributes["aiocql.limit.scope"]: point.value for point in admitted} == {
            "session": 0,
            "views": 7,
        }
        assert found["aiocql.queue.refused"].data.data_points[0].value == 0
        # In the conventions that is about obtaining a connection.
        assert "aiocql.attempt.timeouts" in found
        assert "db.client.connection.timeouts" not in found
        counts = found["db.client.connection.count"].data.data_points
        assert sum(point.value for point in counts) == 3
        assert {point.attributes["db.client.connection.state"] for point in counts} == {"idle", "used"}
        assert len(found["aiocql.host.up"].data.data_points) == 3
        meter.stop()
        assert reader.get_metrics_data() is None
        provider.shutdown()


async def test_sessions_of_one_process_are_told_apart() -> None:
    async with one_node() as (_, first), one_node() as (_, second):
        reader, memory = InMemoryMetricReader(), Memory()
        exporting = PeriodicExportingMetricReader(
            DurationExporter(memory, first, second), export_interval_millis=1e9
        )
        provider = MeterProvider([reader, exporting], shutdown_on_exit=False)
        with meter_session(first, meter_provider=provider), meter_session(second, meter_provider=provider):
            points = [
                (metric.name, tuple(sorted(point.attributes.items())))
                for metric in by_name(reader.get_metrics_data()).values()
                for point in metric.data.data_points
            ]
            assert len(set(points)) == len(points)
            names = {dict(attributes)["aiocql.session"] for _, attributes in points}
            assert len(names) == 2
            provider.force_flush()
            durations = by_name(memory.exported[-1])["db.client.operation.duration"].data.data_points
            assert {point.attributes["aiocql.session"] for point in durations} == names
        reader.get_metrics_data()  # What the flush had it collect.
        assert reader.get_metrics_data() is None
        # A session can be metered again: OpenTelemetry keeps the instruments that it has by then.
        with meter_session(second, meter_provider=provider):
            counts = by_name(reader.get_metrics_data())["db.client.connection.count"].data.data_points
            assert len({point.attributes["aiocql.session"] for point in counts}) == 1
        provider.shutdown()


async def test_durations_are_added_to_what_is_exported() -> None:
    before = time.time_ns()
    async with one_node() as (_, session):
        after = time.time_ns()
        memory = Memory()
        reader = PeriodicExportingMetricReader(DurationExporter(memory, session), export_interval_millis=1e9)
        provider = MeterProvider([reader], shutdown_on_exit=False)
        meter_session(session, meter_provider=provider)
        for i in range(7):
            await session.execute(SELECT, [i])
        provider.force_flush()
        metric = by_name(memory.exported[-1])["db.client.operation.duration"]
        assert metric.unit == "s"
        [point] = metric.data.data_points
        assert point.attributes["db.system.name"] == "cassandra"
        assert before <= point.start_time_unix_nano < after < point.time_unix_nano
        assert (point.min, point.max) == (None, None)
        assert point.count == sum(point.bucket_counts) == 7
        assert len(point.bucket_counts) == len(point.explicit_bounds) + 1
        assert 0 < point.sum < 7
        provider.shutdown()


async def test_an_exporter_that_wants_differences_gets_them() -> None:
    async with one_node() as (_, session):
        memory = Memory(preferred_temporality={Histogram: AggregationTemporality.DELTA})
        exporter = DurationExporter(memory, session)
        found = []
        for requests in (3, 4, 0):
            for i in range(requests):
                await session.execute(SELECT, [i])
            exporter.export(MetricsData([]))
            metric = by_name(memory.exported[-1])["db.client.operation.duration"]
            assert metric.data.aggregation_temporality is AggregationTemporality.DELTA
            found += metric.data.data_points
        assert [point.count for point in found] == [3, 4, 0]
        assert all(sum(point.bucket_counts) == point.count for point in found)
        assert found[1].start_time_unix_nano == found[0].time_unix_nano
        assert sum(point.sum for point in found) == pytest.approx(session.stats().application.latency_sum)


def test_a_point_without_extremes_can_be_written() -> None:
    """The class asks for numbers; the protocol does not, and what writes it must take it."""
    point = HistogramDataPoint({}, 0, 1, 0, 0.0, [0], [], cast("float", None), cast("float", None))
    assert json.loads(point.to_json())["min"] is None


@pytest.mark.parametrize("sample", [-0.1, 1.1, "1", True])
async def test_a_share_that_cannot_be(sample: Any) -> None:
    async with one_node() as (_, session):
        with pytest.raises(aiocql.ConfigurationError):
            trace_session(session, sample=sample)
