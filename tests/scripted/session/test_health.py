"""Health from local knowledge, health by asking every host, and the connection monitor."""

from __future__ import annotations

import asyncio
import json
import logging
from typing import Any

import pytest
from tests.eventually import eventually
from tests.scripted.in_memory import in_memory
from tests.scripted.scripted_sessions import SELECT, one_node, three_nodes

import aiocql
from aiocql.monitoring.monitor import HostAlert
from aiocql.testing import NoAnswer


@in_memory
async def test_health_from_local_knowledge() -> None:
    async with three_nodes() as (cluster, session):
        health = session.health()
        assert (health.status, health.hosts_up, health.hosts_used, health.reason) == ("pass", 3, 3, None)
        await cluster.stop_node(2)
        await eventually(lambda: session.health().status == "warn")
        health = session.health()
        assert health
        assert [host.address for host in health.down] == [cluster.nodes[2].address]
        assert json.loads(json.dumps(health.as_dict()))["reason"] == "1 of 3 hosts cannot be reached"
        await session.close()
        assert not session.health()
        assert session.health().reason == "the session is closed"


@in_memory
async def test_every_host_is_asked_by_itself_over_every_connection() -> None:
    pool = aiocql.PoolOptions(core_local=3)
    async with three_nodes(pool=pool) as (cluster, session):
        await session.warm_up()
        before = [len(node.requests) for node in cluster.nodes]
        check = await session.check_health(every_connection=True)
        assert check
        assert len(check.healthy) == 3
        assert check.unhealthy == ()
        assert [(each.connections, each.answered) for each in check.hosts] == [(3, 3)] * 3
        assert all(each.latency is not None and each.latency >= 0 for each in check.hosts)
        asked = [len(node.requests) - count for node, count in zip(cluster.nodes, before, strict=True)]
        assert asked == [3, 3, 3]


@in_memory
async def test_a_host_that_is_down_is_unhealthy_with_the_reason() -> None:
    async with three_nodes() as (cluster, session):
        await cluster.stop_node(1)
        await eventually(lambda: session.health().status == "warn")
        check = await session.check_health()
        [bad] = check.unhealthy
        assert bad.host.address == cluster.nodes[1].address
        assert isinstance(bad.reason, aiocql.Error)
        assert bad.latency is None
        assert len(check.healthy) == 2


@in_memory
async def test_the_monitor_has_every_field_and_real_counters() -> None:
    async with three_nodes() as (_, session):
        for i in range(5):
            await session.execute(SELECT, [i])
        with pytest.raises(aiocql.Error):
            await session.execute("NO SUCH STATEMENT")
        monitor = aiocql.ConnectionMonitor(session)
        stats = await monitor.get_connection_stats()
        assert stats["cluster_name"] == session.metadata.cluster_name
        assert stats["protocol_version"] == session.protocol_version
        assert stats["total_connections"] == 3 == stats["healthy_hosts"]
        metrics = stats["app_metrics"]
        assert (metrics["requests_sent"], metrics["requests_completed"], metrics["requests_failed"]) == (
            6,
            5,
            1,
        )
        assert metrics["last_health_check"] == stats["timestamp"]
        for host in stats["hosts"]:
            assert host["is_up"] is True
            assert host["connection_count"] == 1
            assert host["latency_ms"] >= 0
            assert {"address", "datacenter", "rack", "release_version"} <= host.keys()
        assert json.loads(json.dumps(stats)) == stats


@in_memory
async def test_alerts_when_a_host_goes_down_and_comes_back() -> None:
    async with three_nodes() as (cluster, session):
        alerts: list[HostAlert] = []
        checks: list[dict[str, Any]] = []
        monitor = aiocql.ConnectionMonitor(session, interval=1000.0)
        monitor.add_alert(alerts.append)

        async def note(stats: dict[str, Any]) -> None:
            checks.append(stats)

        monitor.add_callback(note)
        async with monitor:
            await eventually(lambda: bool(checks))
            await cluster.stop_node(1)
            await eventually(lambda: len(alerts) == 1)
            await cluster.start_node(1)
            await eventually(lambda: len(alerts) == 2)
        down, up = alerts
        assert (down.is_up, up.is_up) == (False, True)
        assert down.host is up.host
        assert down.reason is not None
        assert up.downtime is not None
        assert up.downtime > 0
        assert not monitor.is_running


@in_memory
async def test_a_host_that_answers_nothing_is_down_for_the_monitor() -> None:
    async with three_nodes(heartbeat_interval=None) as (cluster, session):
        alerts: list[HostAlert] = []
        monitor = aiocql.ConnectionMonitor(session, interval=1.0, timeout=0.5)
        monitor.add_alert(alerts.append)
        async with monitor:
            cluster.nodes[0].prime("SELECT release_version FROM system.local", NoAnswer())
            await eventually(lambda: bool(alerts))
            assert alerts[0].host.address == cluster.nodes[0].address
            assert isinstance(alerts[0].reason, aiocql.OperationTimedOut)


@in_memory
async def test_nothing_that_a_callback_raises_comes_out(caplog: pytest.LogCaptureFixture) -> None:
    async with one_node() as (_, session):
        seen: list[Any] = []

        def broken(stats: Any) -> None:
            seen.append(stats)
            raise RuntimeError("broken")

        monitor = aiocql.ConnectionMonitor(session, interval=0.1)
        remove = monitor.add_callback(broken)
        monitor.start()
        await eventually(lambda: len(seen) >= 2)
        assert "a callback of the connection monitor failed" in caplog.text
        remove()
        await session.close()
        await eventually(lambda: not monitor.is_running)
        await monitor.stop()


@in_memory
async def test_alerts_go_to_the_log_where_nobody_else_listens(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, "aiocql.monitor")
    async with three_nodes() as (cluster, session), aiocql.ConnectionMonitor(session):
        await asyncio.sleep(0.1)
        await cluster.stop_node(1)
        await eventually(lambda: "is down" in caplog.text)


@in_memory
async def test_the_monitor_of_a_limited_session_watches_the_session() -> None:
    async with one_node() as (_, session):
        stats = await aiocql.ConnectionMonitor(session.rate_limited()).get_connection_stats()  # type: ignore[arg-type]
        assert stats["healthy_hosts"] == 1


@in_memory
@pytest.mark.parametrize("coroutine", [False, True])
async def test_a_callback_of_a_check_may_stop_it(coroutine: bool) -> None:
    async with one_node() as (_, session):
        monitor = aiocql.ConnectionMonitor(session, interval=0.1)
        rounds: list[Any] = []

        async def stop_and_wait(stats: Any) -> None:
            rounds.append(stats)
            await monitor.stop()

        async def stop_later(stats: Any) -> None:
            rounds.append(stats)
            stopping.append(asyncio.ensure_future(monitor.stop()))

        stopping: list[asyncio.Future[None]] = []
        monitor.add_callback(stop_and_wait if coroutine else stop_later)
        monitor.start()
        await asyncio.sleep(1.0)
        assert (len(rounds), monitor.is_running) == (1, False)
        assert not [task for task in asyncio.all_tasks() if "monitor" in task.get_name()]
        monitor.start()
        await asyncio.sleep(1.0)
        assert len(rounds) == 2


@in_memory
async def test_an_alert_may_stop_it() -> None:
    async with three_nodes() as (cluster, session):
        told: list[HostAlert] = []

        async def stop(alert: HostAlert) -> None:
            told.append(alert)
            await monitor.stop()

        async with aiocql.ConnectionMonitor(session, interval=0.1) as monitor:
            monitor.add_alert(stop)
            await asyncio.sleep(0.5)
            await cluster.stop_node(1)
            await eventually(lambda: bool(told))
            assert not monitor.is_running
