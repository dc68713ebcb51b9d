"""The live page on a loopback address, served by uvicorn. Needs ``pip install 'aiocql[live]'``.

uvicorn parses HTTP and limits its size. This file adds what a page with internal figures needs: loopback addresses
only, no requests of other sites' pages, a limit of connections, and an end for peers that neither send nor read.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable, Generator
from ipaddress import ip_address
from typing import Any, Self
from urllib.parse import urlsplit

from uvicorn import Config, Server
from uvicorn.protocols.http.h11_impl import H11Protocol

from aiocql.errors import ConfigurationError

__all__ = ["LiveServer"]

MAX_HEAD = 16 * 1024
MAX_CONNECTIONS = 64
IDLE = 60
"""Seconds without a received byte after which a connection is closed."""
STALLED = 30
"""Seconds after which a connection is closed whose peer does not read the response."""

Application = Callable[
    [dict[str, Any], Callable[[], Awaitable[dict[str, Any]]], Callable[[dict[str, Any]], Awaitable[None]]],
    Awaitable[None],
]


class LiveServer:
    """A live page that is being served: an async context manager, or call `close`. `url` is its address."""

    def __init__(self, server: _Server, serving: asyncio.Task[None], url: str) -> None:
        self._server = server
        self._serving = serving
        self.url = url

    @classmethod
    async def start(cls, application: Application, host: str, port: int) -> LiveServer:
        """Serve `application` on a loopback address. Raises ConfigurationError for other addresses."""
        address = _loopback(host)
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        listening = socket.create_server((address, port), family=family)
        place = f"[{address}]" if ":" in address else address
        url = f"http://{place}:{listening.getsockname()[1]}/"
        server = _Server(_config(Guard(application)))
        serving = asyncio.create_task(server.serve(sockets=[listening]), name="aiocql live page")
        live = cls(server, serving, url)
        try:
            await server.accepting(serving)
        except BaseException:
            listening.close()
            await live.close()
            raise
        return live

    async def close(self) -> None:
        """Stop serving and close all connections. May be called again."""
        self._server.should_exit = True
        await asyncio.wait([self._serving])

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


class Guard:
    """Pass on requests that came by a loopback name and have no body."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(
        self,
        scope: dict[str, Any],
        receive: Callable[[], Awaitable[dict[str, Any]]],
        send: Callable[[dict[str, Any]], Awaitable[None]],
    ) -> None:
        """Answer one ASGI request, with status 403 or 400 if it is refused."""
        headers = dict(scope["headers"])
        if is_foreign(headers.get(b"host", b"").decode("latin-1")):
            await _refuse(send, 403, b"use a loopback address\n")
        elif headers.get(b"content-length", b"0") != b"0" or b"transfer-encoding" in headers:
            await _refuse(send, 400, b"requests have no body\n")
        else:
            await self._application(scope, receive, send)


async def _refuse(send: Callable[[dict[str, Any]], Awaitable[None]], status: int, body: bytes) -> None:
    headers = [
        (b"content-type", b"text/plain"),
        (b"content-length", b"%d" % len(body)),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def is_foreign(host: str) -> bool:
    """Return whether a page of another site may have sent its browser here (DNS rebinding)."""
    if not host:
        return False
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return "@" in host or not (name == "localhost" or ip_address(name).is_loopback)
    except ValueError:
        return True


def _loopback(host: str) -> str:
    address = "127.0.0.1" if host == "localhost" else host
    try:
        is_loopback = ip_address(address).is_loopback
    except ValueError:
        is_loopback = False
    if not is_loopback:
        raise ConfigurationError(
            f"host: {host!r} is not a loopback address",
            hint="mount the view in an application that checks who asks",
        )
    return address


def _config(application: Application) -> Config:
    return Config(
        application,
        http=_Connection,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        limit_concurrency=MAX_CONNECTIONS,
        timeout_keep_alive=IDLE,
        timeout_graceful_shutdown=1,
        h11_max_incomplete_event_size=MAX_HEAD,
    )


class _Connection(H11Protocol):
    """A connection that ends when its peer neither sends nor reads for long."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._loop = asyncio.get_running_loop()
        self._transport = transport
        self._idle = self._loop.call_later(IDLE, transport.abort)
        self._stalled: asyncio.TimerHandle | None = None

    def data_received(self, data: bytes) -> None:
        self._idle.cancel()
        self._idle = self._loop.call_later(IDLE, self._transport.abort)
        super().data_received(data)

    def pause_writing(self) -> None:
        self._stalled = self._loop.call_later(STALLED, self._transport.abort)
        super().pause_writing()

    def resume_writing(self) -> None:
        self._resumed()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._idle.cancel()
        self._resumed()
        super().connection_lost(exc)

    def _resumed(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None


class _Server(Server):
    """uvicorn's server as a part of another program: it leaves signals alone and reports when it accepts."""

    def __init__(self, config: Config) -> None:
        super().__init__(config)
        self._accepts = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        """Leave the application's signal handlers in place."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to accept connections."""
        await super().startup(sockets)
        self._accepts.set()

    async def accepting(self, serving: asyncio.Task[None]) -> None:
        """Wait until connections are accepted. Raises what ended `serving` before."""
        accepts = asyncio.create_task(self._accepts.wait())
        try:
            await asyncio.wait([accepts, serving], return_when=asyncio.FIRST_COMPLETED)
        finally:
            accepts.cancel()
        if serving.done():
            serving.result()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close all connections, in the middle of a response if the peer does not read it."""
        await super().shutdown(sockets)
        for connection in tuple(self.server_state.connections):
            connection.transport.abort()
