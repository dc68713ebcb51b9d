"""A session's figures on a UNIX socket, as lines of JSON, for ``aiocql top --attach PATH``.

A request is one line, ``{"get": "inspect"}``; its response is one line with what `Session.inspect` returns, or
``{"error": "..."}``. A connection takes any number of requests, one after the other.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Self

from aiocql.errors import ConfigurationError

__all__ = ["LiveSocket"]

MAX_LINE = 1024
MAX_CONNECTIONS = 16
IDLE = 60.0
"""Seconds after which a connection without a request is closed."""
STALLED = 30.0
"""Seconds after which a connection is closed whose peer does not read the response."""


class LiveSocket:
    """A UNIX socket that is being served: an async context manager, or call `close`. `url` is its path."""

    def __init__(self, inspect: Callable[[], bytes], path: Path) -> None:
        self._inspect = inspect
        self._path = path
        self._server: asyncio.Server | None = None
        self._serving: set[asyncio.Task[None]] = set()
        self.url = str(path)

    @classmethod
    async def start(cls, inspect: Callable[[], bytes], path: Path) -> LiveSocket:
        """Serve what `inspect` returns. Raises ConfigurationError if `path` is in use."""
        if await _is_in_use(path):
            raise ConfigurationError(f"{path}: another process serves there")
        live = cls(inspect, path)
        listening = _bind(path)
        try:
            live._server = await asyncio.start_unix_server(live._serve, sock=listening, limit=MAX_LINE)
        except BaseException:
            listening.close()
            os.unlink(path)
            raise
        return live

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        try:
            while len(self._serving) <= MAX_CONNECTIONS and (line := await self._next_line(reader)):
                writer.write(self._answer(line) + b"\n")
                async with asyncio.timeout(STALLED):
                    await writer.drain()
            writer.close()
            await writer.wait_closed()
        except (OSError, TimeoutError, ValueError, asyncio.CancelledError):
            writer.transport.abort()  # the peer is gone, is silent, sent no lines, or the server is being closed
        finally:
            self._serving.discard(task)

    async def _next_line(self, reader: asyncio.StreamReader) -> bytes:
        async with asyncio.timeout(IDLE):
            return await reader.readline()

    def _answer(self, line: bytes) -> bytes:
        try:
            request = json.loads(line)
        except ValueError:
            request = None
        if request == {"get": "inspect"}:
            return self._inspect()
        return json.dumps({"error": 'a request is {"get": "inspect"}'}).encode()

    async def close(self) -> None:
        """Stop serving, close all connections and remove the socket's file. May be called again."""
        if self._server is None:
            return
        server, self._server = self._server, None
        server.close()
        tasks = tuple(self._serving)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()
        self._path.unlink(missing_ok=True)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


def _bind(path: Path) -> socket.socket:
    """Return a socket that only this user can open.

    Nobody can connect before the socket listens, and its mode is set by then. The umask, which belongs to the whole
    process, stays as it is.
    """
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listening.setblocking(False)
        listening.bind(str(path))
        path.chmod(stat.S_IRUSR | stat.S_IWUSR)
    except BaseException:
        listening.close()
        raise
    return listening


async def _is_in_use(path: Path) -> bool:
    """Return whether a process listens there. The socket file of a process that ended is removed."""
    if not _is_socket(path):
        return False
    try:
        _, writer = await asyncio.open_unix_connection(path)
    except ConnectionRefusedError:
        os.unlink(path)
        return False
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return True


def _is_socket(path: Path) -> bool:
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return False
    if not stat.S_ISSOCK(mode):
        raise ConfigurationError(f"{path}: the file is not a socket")
    return True
