"""The published samples of async-cassandra's users, word for word but for imports and the host, on a real server."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from tests.docs.snippets import snippets

from aiocql.testing.waiting import until

pytestmark = [
    pytest.mark.cassandra,
    pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning"),
]

PAGE = Path(__file__).with_name("seed_000.md")


@contextlib.asynccontextmanager
async def samples(contact_point: str) -> AsyncIterator[dict[str, Any]]:
    """The names that the samples define; their cluster, not connected yet, is closed at the end."""
    names: dict[str, Any] = {"__name__": "samples"}
    for snippet in snippets(PAGE.read_text(encoding="utf-8")):
        source = snippet.text.replace("'localhost'", repr(contact_point))
        exec(compile(source, f"{PAGE.name}, line {snippet.line}", "exec"), names)
    try:
        yield names
    finally:
        await names["cluster"].close()


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
