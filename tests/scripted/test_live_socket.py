"""The live view's UNIX socket: lines of JSON, for the user who started the process."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import stat
from pathlib import Path
from typing import Any

import pytest
from tests.eventually import eventually
from tests.scripted.scripted_sessions import three_nodes

import aiocql
from aiocql.exporters.live import LiveView, unix_socket

INSPECT = b'{"get": "inspect"}\n'


async def ask(place: Path, *lines: bytes) -> list[Any]:
    """Send lines over one connection and return the responses."""
    reader, writer = await asyncio.open_unix_connection(place, limit=1 << 24)
    found = []
    for line in lines:
        writer.write(line)
        found.append(json.loads(await reader.readline()))
    writer.close()
    await writer.wait_closed()
    return found


async def test_a_connection_takes_many_requests(tmp_path: Path) -> None:
    async with three_nodes() as (_, session), await LiveView(session).serve_unix(tmp_path / "s") as server:
        assert server.url == str(tmp_path / "s")
        first, second = await ask(tmp_path / "s", INSPECT, INSPECT)
        assert len(first["hosts"]) == 3
        assert second["time"] >= first["time"]


@pytest.mark.parametrize(
    "line", [b"GET /data HTTP/1.1\r\n", b"[]\n", b'{"get": "secrets"}\n', b"\xff\n", b"\n"]
)
async def test_other_requests_get_an_error_line(tmp_path: Path, line: bytes) -> None:
    async with three_nodes() as (_, session), await LiveView(session).serve_unix(tmp_path / "s"):
        refused, answered = await ask(tmp_path / "s", line, INSPECT)
        assert refused == {"error": 'a request is {"get": "inspect"}'}
        assert answered["format"] == 1


async def test_a_line_without_end_closes_the_connection(tmp_path: Path) -> None:
    async with three_nodes() as (_, session), await LiveView(session).serve_unix(tmp_path / "s"):
        reader, writer = await asyncio.open_unix_connection(tmp_path / "s")
        writer.write(b"x" * 5000)
        with contextlib.suppress(ConnectionResetError):
            assert await reader.read() == b""
        writer.close()


async def test_only_this_user_can_open_it_and_the_umask_stays(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        async with three_nodes() as (_, session), await LiveView(session).serve_unix(tmp_path / "s"):
            assert stat.S_IMODE((tmp_path / "s").stat().st_mode) == 0o600
            assert os.umask(0o022) == 0o022
        assert not (tmp_path / "s").exists()
    finally:
        os.umask(before)


async def test_a_place_in_use_is_refused_and_a_dead_socket_replaced(tmp_path: Path) -> None:
    place = tmp_path / "aiocql.sock"
    async with three_nodes() as (_, session):
        async with await LiveView(session).serve_unix(place):
            with pytest.raises(aiocql.ConfigurationError, match="another process serves there"):
                await LiveView(session).serve_unix(place)
        with socket.socket(socket.AF_UNIX) as left:
            left.bind(str(place))
        async with await LiveView(session).serve_unix(place):
            assert (await ask(place, INSPECT))[0]["format"] == 1
        place.write_text("not a socket")
        with pytest.raises(aiocql.ConfigurationError, match="not a socket"):
            await LiveView(session).serve_unix(place)


@pytest.mark.parametrize("limit", ["IDLE", "STALLED"])
async def test_connections_of_stuck_peers_are_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setattr(unix_socket, limit, 0.1)
    async with three_nodes() as (_, session), await LiveView(session).serve_unix(tmp_path / "s") as server:
        _, writer = await asyncio.open_unix_connection(tmp_path / "s", limit=1024)
        if limit == "STALLED":
            writer.write(INSPECT * 1000)  # more responses than the socket's buffers hold
        await eventually(lambda: bool(server._serving))
        await eventually(lambda: not server._serving)
        writer.close()


async def test_connections_beyond_the_limit_are_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unix_socket, "MAX_CONNECTIONS", 1)
    async with three_nodes() as (_, session), await LiveView(session).serve_unix(tmp_path / "s"):
        reader, writer = await asyncio.open_unix_connection(tmp_path / "s", limit=1 << 24)
        writer.write(INSPECT)
        assert json.loads(await reader.readline())["format"] == 1
        other, more = await asyncio.open_unix_connection(tmp_path / "s")
        assert await other.read() == b""
        for each in (writer, more):
            each.close()
            await each.wait_closed()
