"""A real cluster whose nodes are killed, paused and restarted while monitor, `aiocql top` and the page are watched.

``--screens FOLDER`` keeps what is seen as pictures: `make screens` makes those of the documentation.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families
from tests.cassandra.views import Views, watching
from tests.eventually import eventually

import aiocql
from aiocql.exporters.prometheus import SessionCollector
from aiocql.testing import CassandraCluster, CassandraNode

pytestmark = [pytest.mark.cassandra, pytest.mark.timeout(900)]


async def test_nodes_that_are_killed_paused_and_restarted_are_seen(
    cassandra_cluster3: CassandraCluster, cassandra_keyspace3: str, tmp_path: Path, screens: Path | None
) -> None:
    victim = cassandra_cluster3.nodes[2]
    endpoint = victim.contact_point
    try:
        async with watching(cassandra_cluster3, cassandra_keyspace3, tmp_path / "aiocql.sock") as views:
            await all_is_well(views, cassandra_cluster3)
            await views.keep(screens, "well")

            await victim.kill()
            await goes_and_is_seen(views, endpoint)
            assert "0 (reconn)" in await views.once()
            table = await hosts_table(cassandra_cluster3.nodes[0])
            assert table[endpoint][2:] == ["DOWN", "0 (reconn)"]
            assert table[cassandra_cluster3.nodes[0].contact_point][2] == "UP"
            await views.keep(screens, "down")
            await victim.start()
            await comes_back_and_is_seen(views, endpoint)
            await views.keep(screens, "back")

            victim.pause()
            await goes_and_is_seen(views, endpoint)
            await views.keep(screens, "paused")
            victim.resume()
            await comes_back_and_is_seen(views, endpoint)

            await victim.restart()
            await goes_and_is_seen(views, endpoint, passed=True)
            await comes_back_and_is_seen(views, endpoint)

            check_scrape(views)
            report = views.session.report(tmp_path / "file.html").read_text(encoding="utf-8")
            assert endpoint in report
    finally:
        await cassandra_cluster3.heal()


async def hosts_table(node: CassandraNode) -> dict[str, list[str]]:
    """What `aiocql hosts` prints in a process of its own: the cells of each host's line."""
    command = (sys.executable, "-m", "aiocql.cli", "hosts", node.contact_point, "--local-datacenter", "dc1")
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    printed, _ = await process.communicate()
    assert process.returncode == 0
    lines = [[cell.strip() for cell in line.split("|")] for line in printed.decode().splitlines()]
    return {cells[0]: cells[1:] for cells in lines if len(cells) > 1}


async def all_is_well(views: Views, cluster: CassandraCluster) -> None:
    """Both hosts of the datacenter are used, the one of the other is not; all views say so."""
    near, far = [[n.contact_point for n in cluster.nodes if n.datacenter == dc] for dc in ("dc1", "dc2")]
    await eventually(lambda: len(views.checks) > 1, "two checks of the monitor")
    for endpoint in near:
        seen = views.checked(endpoint)
        assert (seen["is_up"], seen["is_healthy"], seen["rack"]) == (
            True,
            True,
            views_rack(cluster, endpoint),
        )
        assert seen["connection_count"] >= 1
        assert seen["latency_ms"] > 0
        await eventually(lambda endpoint=endpoint: "UP" in views.line(endpoint), f"{endpoint} in top")  # type: ignore[misc]
        await views.page_says(endpoint, "UP")
    for endpoint in far:
        assert views.checked(endpoint)["is_healthy"] is None
        assert views.checked(endpoint)["connection_count"] == 0
    await eventually(lambda: views.session.stats().application.completed > 1000, "requests are served")
    assert views.alerts == []
    assert "pass" in views.top.text
    assert "health: pass" in await views.page.text("#status")


def views_rack(cluster: CassandraCluster, endpoint: str) -> str:
    return next(node.rack for node in cluster.nodes if node.contact_point == endpoint)


async def goes_and_is_seen(views: Views, endpoint: str, *, passed: bool = False) -> None:
    """A host goes down: in the alerts, the checks, the terminal and the page, while the other serves.

    `passed`: it may be back already, and only the alert is looked for.
    """
    await eventually(lambda: views.alerted(endpoint, is_up=False), "an alert: it is down")
    if passed:
        return
    # A check that was under way may have found no connection and no error yet.
    await eventually(
        lambda: "error" in views.checked(endpoint) and views.checks[-1]["unhealthy_hosts"] == 1,
        "the monitor's check",
    )
    assert views.checked(endpoint)["connection_count"] == 0
    await eventually(lambda: views.line(endpoint)[3:6] == ["DOWN", "0", "(reconn)"], "the host's line in top")
    await eventually(lambda: "warn: 1 of 2 hosts cannot be reached" in views.top.text, "top's headline")
    await views.page_says(endpoint, "DOWN", "0 (reconn)")
    await views.page.until("document.querySelector('#status').textContent.includes('health: warn')")
    health = views.session.health()
    assert (health.status, [host.endpoint for host in health.down]) == ("warn", [endpoint])
    check = await views.session.check_health(timeout=30.0)
    assert [each.host.endpoint for each in check.unhealthy] == [endpoint]
    assert check.unhealthy[0].reason is not None
    served = views.session.stats().application.completed
    await eventually(
        lambda: views.session.stats().application.completed > served + 500, "the other host serves"
    )


async def comes_back_and_is_seen(views: Views, endpoint: str) -> None:
    """A host comes back, in all of them; and it serves again."""
    await eventually(lambda: views.alerted(endpoint, is_up=True), "an alert: it is back")
    await eventually(lambda: views.session.health().status == "pass", "its connection is open")
    assert all(alert.downtime is not None for alert in views.alerts if alert.is_up)
    await eventually(lambda: views.checked(endpoint)["is_healthy"] is True, "the monitor's check")
    await eventually(lambda: "UP" in views.line(endpoint), "the host's line in top")
    await eventually(lambda: "pass" in views.top.text, "top's headline")
    await views.page_says(endpoint, "UP")
    await views.page.until("document.querySelector('#status').textContent.includes('health: pass')")
    answered = answers(views, endpoint)
    await eventually(lambda: answers(views, endpoint) > answered + 200, "it serves again")
    views.alerts.clear()


def answers(views: Views, endpoint: str) -> int:
    return next(host.responses for host in views.session.stats().hosts if host.endpoint == endpoint)


def check_scrape(views: Views) -> None:
    """The counters that Prometheus would scrape are those of the session. Of all reads, none failed in the driver."""
    registry = CollectorRegistry()
    registry.register(SessionCollector(views.session))
    scraped = generate_latest(registry).decode()
    families = {each.name: each for each in text_string_to_metric_families(scraped)}
    up = {sample.labels["host"]: sample.value for sample in families["cassandra_client_host_up"].samples}
    assert up == {host.endpoint: float(host.is_up) for host in views.session.hosts}
    requests = {
        sample.labels["outcome"]: sample.value for sample in families["cassandra_client_requests"].samples
    }
    assert requests["completed"] > 1000
    assert requests["failed"] == len(views.failed)
    # A coordinator may have asked the replica that was paused, and says so when its own time is over.
    assert [error for error in views.failed if not isinstance(error, aiocql.ReadTimeout)] == []


async def test_warm_up_goes_on_where_a_host_is_down_and_says_so(cassandra_cluster3: CassandraCluster) -> None:
    victim = cassandra_cluster3.nodes[2]
    try:
        async with aiocql.connect(*cassandra_cluster3.contact_points, local_datacenter="dc1") as session:
            await victim.kill()
            await eventually(lambda: session.health().status == "warn", "the death is known")
            warm = await session.warm_up(3, statements=["SELECT * FROM system.local WHERE key = ?"])
            assert {host.endpoint for host in warm.failed} == {victim.contact_point}
            assert list(warm.ready.values()) == [3]
            assert warm.prepared == 1
    finally:
        await cassandra_cluster3.heal()
