"""async-cassandra's monitoring: what it says of hosts is true of them."""

from __future__ import annotations

import asyncio

import pytest
from tests.plugins.canary import value_of
from tests.scripted.compat.test_async_cassandra import one_node, three_nodes
from tests.scripted.in_memory import in_memory
from tests.scripted.scripted_sessions import SELECT

import aiocql
from aiocql.compat.async_cassandra import (
    HOST_STATUS_DOWN,
    HOST_STATUS_UNKNOWN,
    HOST_STATUS_UP,
    AsyncCluster,
    ClusterMetrics,
    ConnectionError,
    ConnectionMonitor,
    RateLimitedSession,
    StreamConfig,
    create_monitored_session,
)
from aiocql.compat.async_cassandra.monitoring import PROBE
from aiocql.compat.cassandra.query import BatchStatement, dict_factory
from aiocql.testing import ErrorAnswer, ScriptedCluster, ScriptedServer, Void
from aiocql.testing.cassandra.waiting import until


@in_memory
async def test_every_host_is_asked_itself() -> None:
    async with three_nodes() as (servers, session):
        servers.prime(PROBE, columns=[("now", "int")], rows=[(1,)])
        servers.nodes[1].prime(PROBE, columns=[("now", "int")], rows=[(1,)], delay=2)
        servers.nodes[2].prime(PROBE, ErrorAnswer(0x0000, "sick"))
        metrics = await ConnectionMonitor(session).get_cluster_metrics()
        assert [host.status for host in metrics.hosts] == [
            HOST_STATUS_UP,
            HOST_STATUS_UP,
            HOST_STATUS_UNKNOWN,
        ]
        quick, slow, sick = metrics.hosts
        assert quick.latency_ms is not None
        assert slow.latency_ms is not None
        assert quick.latency_ms < 1000 < slow.latency_ms
        assert sick.latency_ms is None
        assert "sick" in (sick.last_error or "")
        assert (metrics.healthy_hosts, metrics.unhealthy_hosts, metrics.total_connections) == (2, 1, 3)
        assert (metrics.cluster_name, metrics.protocol_version) == ("Scripted Cluster", 5)


@in_memory
async def test_counters_are_those_of_the_application() -> None:
    async with one_node() as (_, session):
        monitor = ConnectionMonitor(session)
        for _ in range(3):
            await session.execute(SELECT, [1])
        metrics = await monitor.get_cluster_metrics()
        assert metrics.app_metrics["requests_sent"] == metrics.app_metrics["requests_completed"] == 3
        summary = monitor.get_connection_summary()
        assert (summary["total_hosts"], summary["up_hosts"], summary["open_connections"]) == (1, 1, 1)


@in_memory
async def test_a_host_that_goes_down_is_seen_round_after_round() -> None:
    async with three_nodes() as (servers, session):
        servers.prime(PROBE, columns=[("now", "int")], rows=[(1,)])
        monitor, rounds = ConnectionMonitor(session), []

        async def record(metrics: ClusterMetrics) -> None:
            rounds.append([host.status for host in metrics.hosts])

        def fail(metrics: ClusterMetrics) -> None:
            raise RuntimeError("callback")

        monitor.add_callback(fail)
        monitor.add_callback(record)
        await monitor.start_monitoring(interval=10)
        await monitor.start_monitoring(interval=10)
        assert await until(lambda: len(rounds) >= 1, 30)
        assert rounds == [[HOST_STATUS_UP] * 3]
        await servers.stop_node(2)
        assert await until(lambda: HOST_STATUS_DOWN in rounds[-1], 60)
        assert rounds[-1] == [HOST_STATUS_UP, HOST_STATUS_UP, HOST_STATUS_DOWN]
        assert monitor.metrics["last_health_check"] is not None
        await monitor.stop_monitoring()
        await monitor.stop_monitoring()
        seen = len(rounds)
        await asyncio.sleep(100)
        assert len(rounds) == seen


@in_memory
async def test_hosts_of_another_datacenter_are_unknown_and_no_reason_for_alerts(
    caplog: pytest.LogCaptureFixture,
) -> None:
    datacenters = ["dc1", "dc1", "dc2"]
    async with ScriptedCluster(3, first_address="10.0.24.1", port=24042, datacenters=datacenters) as servers:
        servers.prime(PROBE, columns=[("now", "int")], rows=[(1,)])
        async with AsyncCluster(["10.0.24.1"], port=24042) as made:
            session = await made.connect()
            monitor, rounds = ConnectionMonitor(session), list[ClusterMetrics]()
            monitor.add_callback(rounds.append)
            await monitor.start_monitoring(interval=10)
            assert await until(lambda: len(rounds) >= 2, 60)
            last = rounds[-1]
            assert [host.status for host in last.hosts] == [
                HOST_STATUS_UP,
                HOST_STATUS_UP,
                HOST_STATUS_UNKNOWN,
            ]
            assert last.hosts[2].last_error is None
            assert (last.healthy_hosts, last.unhealthy_hosts) == (2, 0)
            assert "ALERT" not in caplog.text
            assert [request for request in servers.nodes[2].requests if request.query == PROBE] == []
            summary = monitor.get_connection_summary()
            assert (summary["total_hosts"], summary["up_hosts"], summary["down_hosts"]) == (3, 2, 0)
            assert summary["ignored_hosts"] == 1
            # One of our own that goes is a reason.
            await servers.stop_node(1)
            assert await until(lambda: rounds[-1].unhealthy_hosts == 1, 60)
            assert "ALERT: 1 hosts are unhealthy" in caplog.text
            assert monitor.get_connection_summary()["down_hosts"] == 1
            await monitor.stop_monitoring()


@in_memory
async def test_a_limit_of_requests_at_once() -> None:
    async with one_node() as (server, session):
        server.prime("SLOW", Void(delay=1))
        limited = RateLimitedSession(session, max_concurrent=2)
        begun = asyncio.get_running_loop().time()
        running = [asyncio.ensure_future(limited.execute("SLOW")) for _ in range(6)]
        await asyncio.sleep(0.5)
        assert limited.get_metrics() == {"total_requests": 2, "active_requests": 2, "rejected_requests": 0}
        running[5].cancel()
        await asyncio.gather(*running[:5])
        assert asyncio.get_running_loop().time() - begun == pytest.approx(3, abs=0.5)
        assert limited.get_metrics() == {"total_requests": 5, "active_requests": 0, "rejected_requests": 0}


@in_memory
async def test_the_limit_is_the_sessions_own_and_its_queue_ends() -> None:
    async with one_node() as (server, session):
        server.prime("SLOW", Void(delay=1))
        limited = RateLimitedSession(session, max_concurrent=1, max_queue=2)
        running = [asyncio.ensure_future(limited.execute("SLOW")) for _ in range(3)]
        await asyncio.sleep(0.1)
        with pytest.raises(aiocql.RequestThrottled):
            await limited.execute("SLOW")
        [throttle] = session._session.stats().throttles
        assert throttle == limited.limits
        assert (throttle.active, throttle.waiting, throttle.refused) == (1, 2, 1)
        assert limited.metrics["rejected_requests"] == 1
        await asyncio.gather(*running)
        # The application's counters are those of the session, whichever way its requests go.
        assert (session.requests_sent, session.requests_completed, session.requests_failed) == (4, 3, 1)


@in_memory
async def test_a_limited_session_follows_the_settings_of_the_session() -> None:
    async with one_node() as (server, session):
        limited = RateLimitedSession(session, max_concurrent=2)
        session.row_factory = dict_factory
        assert (await limited.execute(SELECT, [1])).all() == [{"v": value_of(1)}]
        server.prime("SELECT n FROM t", columns=[("n", "int")], rows=[(n,) for n in range(5)])
        config = StreamConfig(fetch_size=2)
        rows = await limited.execute_stream("SELECT n FROM t", stream_config=config)
        assert [row["n"] async for row in rows] == list(range(5))
        await limited.execute_batch(BatchStatement())
        assert limited.get_metrics()["total_requests"] == 1 + 3 + 1
        await session.close()
        with pytest.raises(ConnectionError, match="Session is closed"):
            await limited.execute(SELECT, [1])


@in_memory
async def test_a_monitored_session_is_made_in_one_call() -> None:
    async with ScriptedServer() as server:
        points = [(server.address, server.port)]
        session, monitor = await create_monitored_session(points, max_concurrent=5)
        assert isinstance(session, RateLimitedSession)
        assert monitor.session is session.session
        await session.close()
        plain, _ = await create_monitored_session(points, warmup=False)
        await plain.close()
