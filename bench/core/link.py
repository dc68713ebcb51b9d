"""A socket around a `Core`, and no more: what `aiocql.connection` does without health, limits and errors."""

from __future__ import annotations

import asyncio
from functools import partial

from aiocql.protocol.constants import OP_STARTUP
from aiocql.protocol.core import Core
from aiocql.protocol.request import Request
from aiocql.protocol.requests import startup_body
from aiocql.protocol.wakeups import Wakeups

STREAMS = 32768


class Link(asyncio.BufferedProtocol):
    """One connection; `core` takes requests once `open` has returned."""

    def __init__(self, version: int) -> None:
        self.loop = asyncio.get_running_loop()
        self.core = Core(version, limit=STREAMS, wake=self._wake)
        self.core.wakeups = Wakeups(
            asyncio.Future,
            partial(asyncio.current_task, self.loop),
            self.loop.call_soon,
            self.loop.call_exception_handler,
        )
        self.get_buffer = self.core.get_buffer  # type: ignore[method-assign, assignment]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.write, self.close = transport.write, transport.close

    def buffer_updated(self, nbytes: int) -> None:
        self.core.received(nbytes)
        self.core.resume_waiters()

    def _wake(self, full: bool) -> None:
        if full:
            self._flush()
        else:
            self.loop.call_soon(self._flush)

    def _flush(self) -> None:
        self.write(self.core.take_output())


async def open_link(host: str, port: int, version: int) -> Link:
    """Connects and says STARTUP."""
    link = Link(version)
    await link.loop.create_connection(lambda: link, host, port)
    request = Request(OP_STARTUP, startup_body({"CQL_VERSION": "3.0.0"}), link.loop.create_future())
    link.core.send(request)
    await request.future
    return link
