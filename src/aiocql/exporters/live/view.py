"""The page and its data: as an ASGI application, and as a small HTTP server on loopback or a UNIX socket.

Read-only, and there is no statement, value or secret in it. By itself it serves only what this machine can reach: the
loopback, or a UNIX socket that this user alone may open.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import stat
from collections.abc import Awaitable, Callable
from html import escape
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from aiocql.errors import ConfigurationError
from aiocql.exporters.live.page import render_page

if TYPE_CHECKING:
    from aiocql.session.session import Session

__all__ = ["LiveServer", "LiveView"]

MAX_HEAD = 16 * 1024
IDLE = 60.0
"""Seconds after which a connection that asks nothing is closed."""

HEADERS = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
    "connect-src 'self'",
}


class LiveView:
    """The live view of a session: an ASGI application by itself, or served by `serve` and `serve_unix`.

    Paths are relative to where it is mounted: ``/`` is the page, ``/data`` its figures as JSON, ``/health`` what
    `Session.health` says, with status 503 where it fails.
    """

    def __init__(self, session: Session[Any], *, title: str | None = None) -> None:
        self.session: Session[Any] = getattr(session, "session", session)
        name = self.session._cluster.settings.options.application_name
        self._page = render_page(escape(title or name or "aiocql")).encode()

    def answer(self, method: str, path: str) -> tuple[int, str, bytes]:
        """Status, content type and body."""
        if method not in ("GET", "HEAD"):
            return 405, "text/plain", b"it can only be looked at\n"
        if path == "/":
            return 200, "text/html; charset=utf-8", self._page
        if path == "/data":
            return 200, "application/json", json.dumps(self.session.inspect()).encode()
        if path == "/health":
            health = self.session.health()
            return 200 if health else 503, "application/json", json.dumps(health.as_dict()).encode()
        return 404, "text/plain", b"there are /, /data and /health\n"

    async def __call__(
        self,
        scope: dict[str, Any],
        receive: Callable[[], Awaitable[dict[str, Any]]],
        send: Callable[[dict[str, Any]], Awaitable[None]],
    ) -> None:
        """ASGI."""
        if scope["type"] == "lifespan":
            while (await receive())["type"] != "lifespan.shutdown":
                await send({"type": "lifespan.startup.complete"})
            await send({"type": "lifespan.shutdown.complete"})
            return
        if scope["type"] != "http":
            raise ConfigurationError(f"the live view serves HTTP, not {scope['type']}")
        path = scope["path"].removeprefix(scope.get("root_path", "")) or "/"
        status, kind, body = self.answer(scope["method"], path)
        headers = HEADERS | {"content-type": kind, "content-length": str(len(body))}
        await send(
            {
                "type": "http.response.start",
                "status": status,
                "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            }
        )
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    async def serve(self, host: str = "127.0.0.1", port: int = 0) -> LiveServer:
        """Serves it on an address of the loopback (port 0: a free one); `url` of what comes back is where.

        Raises ConfigurationError for an address that other machines could reach: mount it behind the application's
        own access control for that.
        """
        address = "127.0.0.1" if host == "localhost" else host
        try:
            is_loopback = ip_address(address).is_loopback
        except ValueError:
            is_loopback = False
        if not is_loopback:
            raise ConfigurationError(
                f"host: {host!r} is no loopback address",
                hint="mount the view in an application that checks who asks",
            )
        live = LiveServer(self)
        server = await asyncio.start_server(live._serve, address, port, limit=MAX_HEAD)
        found = server.sockets[0].getsockname()
        live._begin(server, f"http://{f'[{found[0]}]' if ':' in found[0] else found[0]}:{found[1]}/", None)
        return live

    async def serve_unix(self, path: str | Path) -> LiveServer:
        """Serves it on a UNIX socket that only this user may open: for ``aiocql top --attach PATH``.

        A socket that a process which is gone left behind is replaced. Raises ConfigurationError where one is in use or
        something else is in its place.
        """
        place = Path(path)
        if await _is_in_use(place):
            raise ConfigurationError(f"{place}: another process serves there")
        live = LiveServer(self)
        before = os.umask(0o177)
        try:
            server = await asyncio.start_unix_server(live._serve, place, limit=MAX_HEAD)
        finally:
            os.umask(before)
        live._begin(server, str(place), place)
        return live


async def _is_in_use(place: Path) -> bool:
    """Whether a process listens there; a socket of one that is gone is removed."""
    if not _is_socket(place):
        return False
    try:
        _, writer = await asyncio.open_unix_connection(place)
    except ConnectionRefusedError:
        os.unlink(place)
        return False
    writer.close()
    await writer.wait_closed()
    return True


def _is_socket(place: Path) -> bool:
    try:
        mode = place.lstat().st_mode
    except FileNotFoundError:
        return False
    if not stat.S_ISSOCK(mode):
        raise ConfigurationError(f"{place}: there is something that is no socket")
    return True


class LiveServer:
    """A live view that is served; an async context manager, or `close` it. `url` is where it is."""

    def __init__(self, view: LiveView) -> None:
        self._view = view
        self._server: asyncio.Server | None = None
        self._place: Path | None = None
        self._serving: set[asyncio.Task[None]] = set()
        self.url = ""

    def _begin(self, server: asyncio.Server, url: str, place: Path | None) -> None:
        self._server, self.url, self._place = server, url, place

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._serving.add(task)
        try:
            while await self._answer_one(reader, writer):
                pass
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError, ValueError):
            pass  # whoever asked is gone, or sent no HTTP
        except asyncio.CancelledError:
            pass  # the server is being closed
        finally:
            self._serving.discard(task)
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _answer_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answers one request; False after the last of the connection."""
        async with asyncio.timeout(IDLE):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        line, *fields = head.split("\r\n")
        method, target, version = line.split(" ")
        headers = dict(_field(field) for field in fields if field)
        keep = headers.get("connection", "").lower() != "close" and version == "HTTP/1.1"
        if _is_foreign(headers.get("host", "")) and self._place is None:
            status, kind, body = 403, "text/plain", b"ask for it by a loopback address\n"
        elif int(headers.get("content-length", "0")) or "transfer-encoding" in headers:
            status, kind, body, keep = 400, "text/plain", b"it takes no body\n", False
        else:
            status, kind, body = self._view.answer(method, target.partition("?")[0])
        sent = HEADERS | {"content-type": kind, "content-length": str(len(body))}
        sent["connection"] = "keep-alive" if keep else "close"
        top = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
        writer.write(f"HTTP/1.1 {status} {_REASONS[status]}\r\n{top}\r\n".encode())
        if method != "HEAD":
            writer.write(body)
        await writer.drain()
        return keep

    async def close(self) -> None:
        """Ends it; a UNIX socket's file is gone afterwards."""
        if self._server is None:
            return
        server, self._server = self._server, None
        server.close()
        tasks = tuple(self._serving)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()
        if self._place is not None:
            self._place.unlink(missing_ok=True)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


_REASONS = {200: "OK", 400: "Bad Request", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed"}
_REASONS[503] = "Service Unavailable"


def _field(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name.strip().lower(), value.strip()


def _is_foreign(host: str) -> bool:
    """Whether a page of another site could have had its browser ask here (DNS rebinding)."""
    name = host.rpartition(":")[0] if host.count(":") == 1 or "]" in host else host
    if name in ("localhost", ""):
        return False
    try:
        return not ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return True
