"""The live view as an ASGI application, and the ways to serve it. Read-only: it shows no values and no secrets."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiocql.errors import ConfigurationError
from aiocql.exporters.live.page import render_page
from aiocql.exporters.live.unix_socket import LiveSocket

if TYPE_CHECKING:
    from aiocql.exporters.live.server import LiveServer
    from aiocql.session.face import SessionFace

__all__ = ["LiveView"]

HEADERS = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
    "connect-src 'self'",
}


class LiveView:
    """The live view of a session, an ASGI application. `serve` and `serve_unix` serve it without another application.

    Paths are relative to where it is mounted: ``/`` is the page, ``/data`` is `Session.inspect` as JSON, ``/health`` is
    `Session.health` as JSON, with status 503 if it fails.

    Example::

        app.mount("/cassandra", LiveView(session))
    """

    def __init__(self, session: SessionFace[Any], *, title: str | None = None) -> None:
        self.session: SessionFace[Any] = session._whole
        name = self.session._services.cluster.settings.options.application_name
        self._page = render_page(escape(title or name or "aiocql")).encode()

    def answer(self, method: str, path: str) -> tuple[int, str, bytes]:
        """Return status, content type and body."""
        if method not in ("GET", "HEAD"):
            return 405, "text/plain", b"method not allowed\n"
        if path == "/":
            return 200, "text/html; charset=utf-8", self._page
        if path == "/data":
            return 200, "application/json", self.inspect()
        if path == "/health":
            health = self.session.health()
            return 200 if health else 503, "application/json", json.dumps(health.as_dict()).encode()
        return 404, "text/plain", b"there are /, /data and /health\n"

    def inspect(self) -> bytes:
        """Return `Session.inspect` as JSON."""
        return json.dumps(self.session.inspect()).encode()

    async def __call__(
        self,
        scope: dict[str, Any],
        receive: Callable[[], Awaitable[dict[str, Any]]],
        send: Callable[[dict[str, Any]], Awaitable[None]],
    ) -> None:
        """Answer one ASGI request."""
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
        """Serve the page by uvicorn on a loopback address; port 0 takes a free one. `LiveServer.url` is the address.

        Raises:
            ConfigurationError: other machines could reach the address, or uvicorn is not installed.
        """
        try:
            from aiocql.exporters.live.server import LiveServer
        except ImportError:
            raise ConfigurationError("uvicorn is not installed", hint="pip install 'aiocql[live]'") from None
        return await LiveServer.start(self, host, port)

    async def serve_unix(self, path: str | Path) -> LiveSocket:
        """Serve the figures on a UNIX socket that only this user can open, for ``aiocql top --attach PATH``.

        The socket file of a process that ended is replaced.

        Raises:
            ConfigurationError: another process serves there, or the file is not a socket.
        """
        return await LiveSocket.start(self.inspect, Path(path))
