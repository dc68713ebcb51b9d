"""`aiocql top`, in textual's own test terminal: of a session of its own, and attached to another process's."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from tests.scripted.scripted_sessions import SELECT, three_nodes

import aiocql
from aiocql.cli.top.lines import render
from aiocql.cli.top.screen import Top
from aiocql.cli.top.source import Attached, Own
from aiocql.exporters.live import LiveView


async def until(top: Top, words: str) -> str:
    """What is on the screen when it has `words`."""
    async with asyncio.timeout(30):
        while True:
            if words in top.text:
                return top.text
            await asyncio.sleep(0.05)


async def test_a_host_that_goes_down_and_comes_back_is_seen(tmp_path: Path) -> None:
    async with three_nodes(application_name="shop") as (cluster, session):
        place = tmp_path / "aiocql.sock"
        async with await LiveView(session).serve_unix(place):
            top = Top(Attached(str(place)), interval=0.1)
            async with top.run_test(size=(200, 40)) as pilot:
                shown = await until(top, "pass")
                assert "shop" in shown
                assert shown.count("UP") == 3
                await cluster.stop_node(2)
                shown = await until(top, "0 (reconn)")
                assert "DOWN" in shown
                assert "1 of 3 hosts cannot be reached" in shown
                await cluster.start_node(2)
                await until(top, "pass")
                await pilot.press("s")
                assert top.order == "in_flight"
                await pilot.press("space")
                assert top.paused
                assert "<svg" in top.export_screenshot()


async def test_of_a_session_of_its_own() -> None:
    async with three_nodes() as (_, session):
        top = Top(Own(session), interval=0.1)
        async with top.run_test(size=(160, 40)):
            shown = await until(top, "ms")
            assert shown.count("UP") == 3
        assert top.looks >= 1


async def test_rates_and_latencies_are_those_between_two_looks() -> None:
    async with three_nodes() as (_, session):
        for i in range(10):
            await session.execute(SELECT, [i])
        before = session.inspect()
        for i in range(30):
            await session.execute(SELECT, [i])
        now = session.inspect()
        now["time"] = before["time"] + 2.0
        assert " 15 requests/s" in f" {render(before, now).plain}".replace("\n", " ")
        assert "-" in render(now, now).plain


async def test_a_limit_is_shown_by_its_name(tmp_path: Path) -> None:
    async with three_nodes() as (_, session):
        exports = session.rate_limited(max_concurrent=7, name="exports")
        await exports.execute(SELECT, [1])
        now = session.inspect()
        line = next(line for line in render(None, now).plain.splitlines() if "exports" in line)
        assert line.split()[:2] == ["exports", "7"]
        session.report(tmp_path / "report.html")
        assert "exports" in (tmp_path / "report.html").read_text(encoding="utf-8")


async def test_the_process_that_is_gone_is_said_to_be(tmp_path: Path) -> None:
    async with three_nodes() as (_, session):
        place = tmp_path / "aiocql.sock"
        server = await LiveView(session).serve_unix(place)
        top = Top(Attached(str(place)), interval=0.1)
        async with top.run_test(size=(160, 40)):
            await until(top, "pass")
            await server.close()
            await until(top, "aiocql.sock")


async def test_what_is_no_live_view(tmp_path: Path) -> None:
    with pytest.raises(aiocql.ConnectFailed, match="does the process serve"):
        await Attached(str(tmp_path / "nothing")).look()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(b"[]\n")
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_unix_server(answer, tmp_path / "other") as server:
        with pytest.raises(aiocql.InterfaceError, match="no live view"):
            await Attached(str(tmp_path / "other")).look()
        server.close()


async def test_it_attaches_to_a_live_page_by_its_url(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    async with three_nodes() as (_, session):
        async with await LiveView(session).serve() as server:
            assert len((await Attached(server.url).look())["hosts"]) == 3
            with pytest.raises(aiocql.InterfaceError, match="no live view"):
                await Attached(f"{server.url}elsewhere").look()
        with pytest.raises(aiocql.ConnectFailed, match="does the process serve"):
            await Attached(server.url).look()
