"""The published samples of async-cassandra's users, word for word but for imports and the host, on a real server."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
from tests.cassandra.compat_samples import WhoAnswers, connected_nodes, samples

from aiocql.compat.async_cassandra import AsyncCluster
from aiocql.compat.cassandra.cluster import Session
from aiocql.compat.cassandra.policies import RoundRobinPolicy
from aiocql.testing.cassandra.waiting import until

pytestmark = [
    pytest.mark.cassandra,
    pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning"),
]


async def test_warm_up_health_and_limits(cassandra_cluster: Any) -> None:
    [contact_point, *_] = cassandra_cluster.contact_points
    async with samples(contact_point) as names:
        cluster = names["cluster"]
        await names["warmup_connections"](cluster)
        session = await cluster.connect()
        hosts = cluster.metadata.all_hosts()
        assert await names["check_connection_health"](session) == {
            "healthy": len(hosts),
            "unhealthy": 0,
            "details": [],
        }
        limited = names["RateLimitedSession"](session, max_concurrent=2)
        results = await asyncio.gather(
            *(limited.execute("SELECT release_version FROM system.local") for _ in range(10))
        )
        assert {result.one().release_version for result in results} == {hosts[0].release_version}


async def test_five_connections_a_host_now_work(cassandra_cluster: Any) -> None:
    [contact_point, *_] = cassandra_cluster.contact_points
    async with samples(contact_point) as names:
        session = await names["cluster"].connect()
        assert await until(
            lambda: [host.open_connections for host in session.hosts] == [5] * len(session.hosts), 30
        )


async def test_the_connection_monitor(cassandra_cluster: Any, capsys: pytest.CaptureFixture[str]) -> None:
    [contact_point, *_] = cassandra_cluster.contact_points
    async with samples(contact_point) as names:
        session = await names["cluster"].connect()
        monitor = names["ConnectionMonitor"](session)
        stats = await monitor.get_connection_stats()
        assert stats["cluster_name"] == session.cluster.metadata.cluster_name
        assert stats["protocol_version"] == 5
        assert stats["total_connections"] == len(session.hosts)
        for host in stats["hosts"]:
            assert host["is_up"]
            assert host["latency_ms"] > 0
            assert "error" not in host
        watching = asyncio.ensure_future(monitor.continuous_monitoring(interval=1000))
        assert await until(lambda: monitor.metrics["last_health_check"] is not None, 30)
        watching.cancel()
        await asyncio.wait([watching])
        printed = capsys.readouterr().out
        assert "Connection Stats: {'timestamp'" in printed
        assert "WARNING" not in printed
        assert "Monitoring error" not in printed


async def test_each_host_is_asked_itself(cassandra_cluster3: Any) -> None:
    [contact_point, *_] = cassandra_cluster3.contact_points
    # The default policy ignores the other datacenter of the three nodes.
    async with (
        samples(contact_point) as names,
        AsyncCluster([contact_point], load_balancing_policy=RoundRobinPolicy()) as cluster,
    ):
        session = await cluster.connect()
        addresses = [host.address for host in cluster.metadata.all_hosts()]
        assert len(set(addresses)) == 3
        asked = WhoAnswers(session)
        assert await names["check_connection_health"](asked) == {
            "healthy": 3,
            "unhealthy": 0,
            "details": [],
        }
        assert asked.answers == addresses
        asked = WhoAnswers(session)
        stats = await names["ConnectionMonitor"](asked).get_connection_stats()
        assert [host["address"] for host in stats["hosts"]] == addresses
        assert asked.answers == addresses


async def test_the_connected_nodes_are_logged(
    cassandra_cluster3: Any, caplog: pytest.LogCaptureFixture
) -> None:
    [contact_point, *_] = cassandra_cluster3.contact_points
    names = connected_nodes()
    async with AsyncCluster([contact_point], load_balancing_policy=RoundRobinPolicy()) as cluster:
        session = await cluster.connect()
        assert names["log_connected_node"].__annotations__["session"] is Session
        assert await until(lambda: all(host.is_up for host in session.hosts), 30)
        with caplog.at_level(logging.DEBUG, logger="samples"):
            names["log_connected_node"](session)
        texts = [record.getMessage() for record in caplog.records if record.name == "samples"]
        logged = [[cell.strip() for cell in text.split("|")] for text in texts]
        assert logged[0] == ["Endpoint", "Host ID", "Location", "State"]
        assert logged[2:] == [
            [host.endpoint, str(host.host_id), f"{host.datacenter}({host.rack})", "UP"]
            for host in session.hosts
        ]
        assert len(logged) == 5
