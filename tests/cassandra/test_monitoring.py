"""A real cluster whose nodes are killed, paused and restarted while monitor, top view and page are watched.

With AIOCQL_SCREENS set to a folder, what is seen is kept there as pictures: `make screens` for those of the docs.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families
from rich.console import Console
from tests.browser.chromium import Chromium, Page

import aiocql
from aiocql.cli.top.screen import Top
from aiocql.cli.top.source import Attached
from aiocql.exporters.live import LiveView
from aiocql.exporters.prometheus import SessionCollector
from aiocql.session.monitor import HostAlert
from aiocql.testing import CassandraCluster

pytestmark = [pytest.mark.cassandra, pytest.mark.timeout(400)]

PATIENCE = 60.0
SCREENS = os.environ.get("AIOCQL_SCREENS")


async def until(condition: Callable[[], bool], what: str) -> None:
    for _ in range(int(PATIENCE / 0.05)):
        if condition():
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"not within {PATIENCE:g} s: {what}")


class Watch:
    """The three views of one session."""

    def __init__(self, session: aiocql.Session, top: Top, page: Page) -> None:
        self.session, self.top, self.page = session, top, page
        self.alerts: list[HostAlert] = []
        self.checks: list[dict[str, Any]] = []

    def shown(self) -> str:
        """What the top view shows."""
        console = Console(width=220)
        with console.capture() as capture:
            console.print(self.top.shown)
        return capture.get()

    async def page_says(self, endpoint: str, word: str) -> None:
        row = (
            f"[...document.querySelectorAll('#hosts tr')].find(row => row.textContent.includes('{endpoint}'))"
        )
        await self.page.until(f"{row}.textContent.includes({word!r})", PATIENCE)

    async def keep(self, name: str) -> None:
        """Pictures of what is seen now."""
        if SCREENS:
            folder = Path(SCREENS)
            await self.page.screenshot(folder / f"page-{name}.png")
            self.top.save_screenshot(f"top-{name}.svg", path=str(folder))


@contextlib.asynccontextmanager
async def watching(cluster: CassandraCluster, keyspace: str, place: Path) -> AsyncIterator[Watch]:
    async with (
        aiocql.connect(
            *cluster.contact_points,
            local_datacenter="dc1",
            application_name="shop",
            heartbeat_interval=1.0,
            heartbeat_timeout=1.0,
            request_timeout=30.0,
        ) as session,
        await LiveView(session).serve() as server,
        await LiveView(session).serve_unix(place),
        Chromium() as browser,
    ):
        await session.execute(f"CREATE TABLE {keyspace}.t (k int PRIMARY KEY, v text)")
        top = Top(Attached(str(place)), interval=0.25)
        monitor = aiocql.ConnectionMonitor(session, interval=0.5, timeout=0.5)
        watch = Watch(session, top, await browser.open(server.url))
        monitor.add_alert(watch.alerts.append)
        monitor.add_callback(watch.checks.append)
        load = asyncio.create_task(requests(session, keyspace))
        async with monitor, top.run_test(size=(170, 32)):
            try:
                yield watch
            finally:
                load.cancel()
                await asyncio.gather(load, return_exceptions=True)


async def requests(session: aiocql.Session, keyspace: str) -> None:
    """Some load, whatever happens to it."""
    limited = session.rate_limited(max_concurrent=50, requests_per_second=400)

    async def one(number: int) -> None:
        with contextlib.suppress(aiocql.Error):
            query = f"SELECT v FROM {keyspace}.t WHERE k = ?"
            await limited.execute(query, [number], timeout=2.0)

    while True:
        async with asyncio.TaskGroup() as group:
            for number in range(100):
                group.create_task(one(number))


async def test_nodes_that_are_killed_paused_and_restarted_are_seen(
    cassandra_cluster3: CassandraCluster, cassandra_keyspace3: str, tmp_path: Path
) -> None:
    victim = cassandra_cluster3.nodes[2]
    try:
        async with watching(cassandra_cluster3, cassandra_keyspace3, tmp_path / "aiocql.sock") as watch:
            await until(lambda: len(watch.checks) > 1, "two checks")
            await watch.page.until("document.body.dataset.state === 'live'")
            stats = watch.checks[-1]
            assert [host["is_up"] for host in stats["hosts"] if host["datacenter"] == "dc1"] == [True, True]
            await until(lambda: "pass" in watch.shown(), "the top view shows that all is well")
            await watch.keep("well")

            await victim.kill()
            await goes_and_is_seen(watch, victim.contact_point, "killed")
            await victim.start()
            await comes_back_and_is_seen(watch, victim.contact_point)

            watch.alerts.clear()
            victim.pause()
            await goes_and_is_seen(watch, victim.contact_point, "paused")
            victim.resume()
            await comes_back_and_is_seen(watch, victim.contact_point)

            await until(lambda: watch.session.stats().application.completed > 500, "requests are served")
            check_scrape(watch.session)
            report = watch.session.report(tmp_path / "file.html")
            assert victim.contact_point in report.read_text(encoding="utf-8")
    finally:
        await cassandra_cluster3.heal()


async def goes_and_is_seen(watch: Watch, endpoint: str, name: str) -> None:
    def down(alert: HostAlert) -> bool:
        return alert.host.endpoint == endpoint and not alert.is_up

    await until(lambda: any(down(alert) for alert in watch.alerts), f"an alert: {name}")
    await until(
        lambda: any(h["datacenter"] == "dc1" and h.get("error") for h in watch.checks[-1]["hosts"]), name
    )
    await until(lambda: "0 (reconn)" in watch.shown() and "DOWN" in watch.shown(), f"top: {name}")
    await watch.page_says(endpoint, "(reconn)")
    await watch.page_says(endpoint, "DOWN")
    health = watch.session.health()
    assert (health.status, [host.endpoint for host in health.down]) == ("warn", [endpoint])
    check = await watch.session.check_health(timeout=1.0)
    assert [each.host.endpoint for each in check.unhealthy] == [endpoint]
    await watch.keep(name)


async def comes_back_and_is_seen(watch: Watch, endpoint: str) -> None:
    await until(lambda: any(a.is_up and a.host.endpoint == endpoint for a in watch.alerts), "an alert: back")
    await until(lambda: "pass" in watch.shown(), "top: back")
    await watch.page_says(endpoint, "UP")
    assert watch.session.health().status == "pass"


def check_scrape(session: aiocql.Session) -> None:
    registry = CollectorRegistry()
    registry.register(SessionCollector(session))
    families = {
        each.name: each for each in text_string_to_metric_families(generate_latest(registry).decode())
    }
    up = {sample.labels["host"]: sample.value for sample in families["cassandra_client_host_up"].samples}
    assert set(up) == {host.endpoint for host in session.hosts}
    completed = families["cassandra_client_requests"].samples[0]
    assert completed.labels["outcome"] == "completed"
    assert completed.value > 500


async def test_warm_up_goes_on_where_a_host_is_down_and_says_so(cassandra_cluster3: CassandraCluster) -> None:
    victim = cassandra_cluster3.nodes[2]
    try:
        async with aiocql.connect(*cassandra_cluster3.contact_points, local_datacenter="dc1") as session:
            await victim.kill()
            await until(lambda: session.health().status == "warn", "the death is known")
            warm = await session.warm_up(3, statements=["SELECT * FROM system.local WHERE key = ?"])
            assert {host.endpoint for host in warm.failed} == {victim.contact_point}
            assert list(warm.ready.values()) == [3]
            assert warm.prepared == 1
    finally:
        await cassandra_cluster3.heal()
