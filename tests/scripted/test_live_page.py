"""The live page in a real browser, over a scripted cluster: served on loopback, and mounted in an ASGI application."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import sys
from typing import Any

import pytest
from tests.browser.chromium import Chromium
from tests.eventually import eventually
from tests.plugins.canary import PASSWORD, VALUE
from tests.scripted.scripted_sessions import SELECT, three_nodes

import aiocql
from aiocql.exporters.live import LiveView

pytestmark = pytest.mark.timeout(180)


async def http(place: tuple[str, int], request: str) -> tuple[int, bytes]:
    """One request by hand: status and body."""
    reader, writer = await asyncio.open_connection(*place)
    writer.write(request.encode())
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), body


def get(path: str, host: str = "127.0.0.1", method: str = "GET", more: str = "") -> str:
    return f"{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{more}\r\n"


async def test_the_page_shows_hosts_live_and_one_that_dies_and_comes_back() -> None:
    async with three_nodes(application_name="a shop & co") as (cluster, session):
        for i in range(20):
            await session.execute(SELECT, [i])
        async with await LiveView(session).serve() as server, Chromium() as browser:
            page = await browser.open(server.url)
            await page.until("document.body.dataset.state === 'live'")
            assert await page.text("h1") == "a shop & co"
            assert await page.evaluate("document.querySelectorAll('#hosts tr').length") == 4
            assert "health: pass" in await page.text("#status")
            assert "hosts connected" in await page.text("#tiles")

            dead = f"{cluster.nodes[1].address}:{cluster.nodes[1].port}"
            row = (
                f"[...document.querySelectorAll('#hosts tr')].find(row => row.textContent.includes('{dead}'))"
            )
            await cluster.stop_node(1)
            await page.until(f"/DOWN/.test({row}.textContent) && /\\(reconn\\)/.test({row}.textContent)")
            assert "health: warn" in await page.text("#status")
            await cluster.start_node(1)
            await page.until(f"/UP/.test({row}.textContent)")
            # A rate needs two looks: the requests of this moment show in the next.
            await page.until("document.querySelectorAll('#rates path').length === 3")
            assert await page.evaluate(
                "performance.getEntriesByType('resource').every(e => e.name.endsWith('/data'))"
            )


async def test_the_page_says_when_the_process_is_gone() -> None:
    async with three_nodes() as (_, session), Chromium() as browser:
        async with await LiveView(session).serve() as server:
            page = await browser.open(server.url)
            await page.until("document.body.dataset.state === 'live'")
        await page.until("document.body.dataset.state === 'lost'")
        assert "does not answer" in await page.text("#status")


async def test_it_is_mounted_in_an_asgi_application() -> None:
    import uvicorn

    async with three_nodes() as (_, session), Chromium() as browser:
        view = LiveView(session)

        async def application(scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] == "http" and scope["path"].startswith("/monitor"):
                await view({**scope, "root_path": "/monitor"}, receive, send)

        with socket.create_server(("127.0.0.1", 0)) as listening:
            server = uvicorn.Server(uvicorn.Config(application, lifespan="off", log_level="error"))
            serving = asyncio.create_task(server._serve([listening]))
            page = await browser.open(f"http://127.0.0.1:{listening.getsockname()[1]}/monitor")
            await page.until("document.body.dataset.state === 'live'")
            assert await page.evaluate("document.querySelectorAll('#hosts tr').length") == 4
            server.should_exit = True
            server.force_exit = True
            await serving


async def test_http_requests_get_the_page_its_data_and_clear_refusals() -> None:
    async with three_nodes() as (_, session):
        view = LiveView(session)
        async with await view.serve() as server:
            place = ("127.0.0.1", int(server.url.rstrip("/").rpartition(":")[2]))
            assert (await http(place, get("/")))[0] == 200
            assert (await http(place, get("/", method="HEAD"))) == (200, b"")
            assert (await http(place, get("/nothing")))[0] == 404
            assert (await http(place, get("/data", method="POST")))[0] == 405
            assert (await http(place, get("/data", more="Content-Length: 3\r\n") + "abc"))[0] == 400
            assert (await http(place, get("/data", more="Transfer-Encoding: chunked\r\n") + "0\r\n\r\n"))[
                0
            ] == 400
            for foreign in (
                "evil.example",
                "evil.example:80",
                "127.0.0.1.evil.example",
                "a@127.0.0.1",
                "[",
                "192.0.2.1",
            ):
                assert (await http(place, get("/data", host=foreign)))[0] == 403
            for local in ("localhost:1", "127.0.0.1", "127.9.9.9:80", "[::1]", "[::1]:80"):
                assert (await http(place, get("/data", host=local)))[0] == 200
            await session.close()
            assert (await http(place, get("/health")))[0] == 503
        for host in ("0.0.0.0", "192.0.2.1", "example.org"):
            with pytest.raises(aiocql.ConfigurationError, match="not a loopback address"):
                await view.serve(host)


@pytest.mark.parametrize(
    "request_text",
    [
        get("/data", more="Host: evil.example\r\n"),
        get("/data", more="Content-Length: 0\r\nContent-Length: 3\r\n"),
        "GET /" + "a" * 20_000,  # a head that does not end
        "hello\r\n\r\n",
    ],
    ids=["two-hosts", "two-lengths", "long-head", "no-http"],
)
async def test_malformed_http_is_refused(request_text: str) -> None:
    async with three_nodes() as (_, session), await LiveView(session).serve("::1") as server:
        place = ("::1", int(server.url.rstrip("/").rpartition(":")[2]))
        assert (await http(place, request_text))[0] == 400
        assert (await http(place, get("/data", host="[::1]")))[0] == 200


@pytest.mark.parametrize("asks", [False, True], ids=["never-asks", "never-reads"])
async def test_http_connections_of_stuck_peers_are_closed(
    monkeypatch: pytest.MonkeyPatch, asks: bool
) -> None:
    monkeypatch.setattr(
        "aiocql.exporters.live.server.STALLED" if asks else "aiocql.exporters.live.server.IDLE", 0.2
    )
    async with three_nodes() as (_, session):
        view = LiveView(session, title="x" * 8_000_000)
        async with await view.serve() as server:
            port = int(server.url.rstrip("/").rpartition(":")[2])
            _, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
            if asks:
                writer.write(get("/").encode())
            connections = server._server.server_state.connections
            await eventually(lambda: bool(connections))
            await eventually(lambda: not connections)
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()


async def test_close_ends_connections_that_are_in_use() -> None:
    async with three_nodes() as (_, session):
        server = await LiveView(session, title="x" * 8_000_000).serve()
        port = int(server.url.rstrip("/").rpartition(":")[2])
        idle = await asyncio.open_connection("127.0.0.1", port)
        reading = await asyncio.open_connection("127.0.0.1", port, limit=1024)
        reading[1].write(get("/").encode())
        await reading[0].read(1)
        await server.close()
        await server.close()
        assert await idle[0].read() == b""
        for _, writer in (idle, reading):
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()


async def test_serve_names_the_extra_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "aiocql.exporters.live.server", None)
    async with three_nodes() as (_, session):
        with pytest.raises(aiocql.ConfigurationError, match="uvicorn is not installed") as raised:
            await LiveView(session).serve()
        assert raised.value.hint == "pip install 'aiocql[live]'"


@pytest.mark.shows_canary("error", "value")  # the statement, as the application wrote it
async def test_nothing_secret_is_on_the_page_or_in_its_data() -> None:
    async with three_nodes(auth=("anna", PASSWORD)) as (_, session):
        await session.execute(SELECT, [424242])
        with pytest.raises(aiocql.Error):
            await session.execute(f"SELECT secret FROM nowhere WHERE k = '{VALUE}'")
        shown = json.dumps(session.inspect()) + LiveView(session).answer("GET", "/")[2].decode()
        for secret in (PASSWORD, "anna", "424242", VALUE, "nowhere"):
            assert secret not in shown
