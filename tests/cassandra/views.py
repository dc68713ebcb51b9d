"""A session of a real cluster under load, and its views: the monitor, `aiocql top`, the page in a browser."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from tests.browser.chromium import Chromium, Page

import aiocql
from aiocql.cli.top.screen import Top
from aiocql.cli.top.source import Attached
from aiocql.exporters.live import LiveView
from aiocql.monitoring.monitor import HostAlert
from aiocql.testing import CassandraCluster

ROW = "[...document.querySelectorAll('#hosts tr')].find(row => row.textContent.includes({endpoint!r}))"
"""A host's row of the page, as JavaScript."""


class Views:
    """What there is to be seen of a session."""

    def __init__(self, session: aiocql.Session, top: Top, page: Page, place: Path) -> None:
        self.session, self.top, self.page, self.place = session, top, page, place
        self.alerts: list[HostAlert] = []
        self.checks: list[dict[str, Any]] = []
        self.failed: list[aiocql.Error] = []

    def checked(self, endpoint: str) -> dict[str, Any]:
        """What the monitor's last check says of a host."""
        hosts = self.checks[-1]["hosts"]
        return next(host for host in hosts if f"{host['address']}:{host['port']}" == endpoint)

    def alerted(self, endpoint: str, *, is_up: bool) -> bool:
        """Whether there was an alert for a host."""
        return any(alert.host.endpoint == endpoint and alert.is_up is is_up for alert in self.alerts)

    def line(self, endpoint: str) -> list[str]:
        """The words of a host's line in `aiocql top`, of which there are none while it cannot look."""
        lines = (line.split() for line in self.top.text.splitlines())
        return next((words for words in lines if words[:1] == [endpoint]), [])

    async def page_says(self, endpoint: str, *words: str) -> None:
        """Waits until a host's row of the page has all of `words`."""
        row = ROW.format(endpoint=endpoint)
        for word in words:
            await self.page.until(f"{row} && {row}.textContent.includes({word!r})", 120.0)

    async def once(self) -> str:
        """What ``aiocql top --attach --once`` prints, as another process."""
        command = [
            str(Path(sys.executable).with_name("aiocql")),
            "top",
            "--attach",
            str(self.place),
            "--once",
        ]
        process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        printed, _ = await process.communicate()
        assert process.returncode == 0
        return printed.decode()

    async def keep(self, folder: Path | None, name: str) -> None:
        """Pictures of what is seen now, if they are kept."""
        if folder is not None:
            await self.page.screenshot(folder / f"page-{name}.png")
            self.top.save_screenshot(f"top-{name}.svg", path=str(folder))


@contextlib.asynccontextmanager
async def watching(cluster: CassandraCluster, keyspace: str, place: Path) -> AsyncIterator[Views]:
    """A session with some load, and its views."""
    async with (
        aiocql.connect(
            *cluster.contact_points,
            local_datacenter="dc1",
            application_name="shop",
            heartbeat_interval=1.0,
            heartbeat_timeout=5.0,
            request_timeout=60.0,
        ) as session,
        await LiveView(session).serve() as server,
        await LiveView(session).serve_unix(place),
        Chromium() as browser,
    ):
        await session.execute(f"CREATE TABLE {keyspace}.item (id int PRIMARY KEY, name text)")
        top = Top(Attached(str(place)), interval=0.5)
        monitor = aiocql.ConnectionMonitor(session, interval=0.5, timeout=10.0)
        views = Views(session, top, await browser.open(server.url), place)
        monitor.add_alert(views.alerts.append)
        monitor.add_callback(views.checks.append)
        load = asyncio.create_task(requests(session, keyspace, views.failed))
        async with monitor, top.run_test(size=(150, 24)):
            try:
                yield views
            finally:
                load.cancel()
                await asyncio.gather(load, return_exceptions=True)
        assert not monitor.is_running


async def requests(session: aiocql.Session, keyspace: str, failed: list[aiocql.Error]) -> None:
    """Reads, some at once, until they are stopped."""
    limited = session.rate_limited(max_concurrent=20, requests_per_second=200)
    query = f"SELECT name FROM {keyspace}.item WHERE id = ?"

    async def read() -> None:
        number = 0
        while True:
            number += 1
            try:
                await limited.execute(query, [number % 1000])
            except aiocql.Error as error:
                failed.append(error)
                await asyncio.sleep(0.1)

    async with asyncio.TaskGroup() as group:
        for _ in range(10):
            group.create_task(read())
