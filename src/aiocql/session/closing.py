"""The end of a session: what is in flight may finish, for a while; then everything ends."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiocql.cluster.cluster import Cluster
    from aiocql.connection.connection import Connection
    from aiocql.execution.executor import RequestExecutor
    from aiocql.execution.throttlers import Throttlers
    from aiocql.execution.timeouts import Timeouts
    from aiocql.session.keyspace import KeyspaceChanges
    from aiocql.statements.cache import StatementCache

__all__ = ["SessionEnd"]

FIRST_LOOK = 0.001
LONGEST_LOOK = 0.05


class SessionEnd:
    """Closes the parts of a session, once, however often and from however many tasks it is asked to."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        *,
        timeouts: Timeouts,
        cluster: Cluster,
        statements: StatementCache,
        changes: KeyspaceChanges,
        executor: RequestExecutor,
        throttlers: Throttlers,
    ) -> None:
        self._loop = loop
        self._timeouts = timeouts
        self._cluster = cluster
        self._statements = statements
        self._changes = changes
        self._executor = executor
        self._throttlers = throttlers
        self._closing: asyncio.Task[None] | None = None

    async def close(self, drain_timeout: float) -> None:
        """Take no more requests, wait for those in flight for at most `drain_timeout` seconds, and close everything.

        A call that is cancelled ends the waiting only: the connections close nevertheless. Where the event loop is
        closed already, the sockets are closed at once.
        """
        if self._loop.is_closed():
            self._close_sockets()
            return
        self._executor.verify_place()
        self._executor.is_closed = True
        try:
            if self._closing is None:
                await self._drain(drain_timeout)
        finally:
            self._executor.is_closing = True
            self._changes.stop()
            if self._closing is None:
                self._closing = self._loop.create_task(self._close(), name="aiocql close")
        await asyncio.shield(self._closing)

    def _close_sockets(self) -> None:
        """Nothing can be awaited on a loop that is closed, and no transport can close its socket."""
        self._executor.is_closed = self._executor.is_closing = True
        for connection in self._cluster.connections():
            _close_socket(connection)

    async def _close(self) -> None:
        """Fail everything that is in flight, close every connection; no timer and no task stays."""
        await self._cluster.close()
        await self._changes.close()
        for throttler in tuple(self._throttlers):
            throttler.close()
        for request in self._timeouts.close():
            # Nothing that could still happen would end these.
            request.owner.fail_closed(request)
        await self._statements.close()

    async def _drain(self, timeout: float) -> None:
        """Wait until nothing is in flight, for at most `timeout` seconds.

        A request may be retried, prepared again or moved to another host on the way, so that no single connection could
        tell: this looks again and again.
        """
        end = self._loop.time() + timeout
        step = FIRST_LOOK
        while (self._cluster.pending or self._held_back()) and self._loop.time() < end:
            await asyncio.sleep(min(step, max(end - self._loop.time(), 0)))
            step = min(step * 2, LONGEST_LOOK)

    def _held_back(self) -> int:
        """Return how many requests wait for their turn by a limit."""
        return sum(throttler.throttle.waiting for throttler in self._throttlers)


def _close_socket(connection: Connection) -> None:
    """Close the socket of a connection whose event loop is closed; the transport would need the loop for it."""
    transport = connection.transport
    shown = transport.get_extra_info("socket") if transport is not None else None
    if shown is None or shown.fileno() < 0:
        return
    sock = socket.socket(fileno=os.dup(shown.fileno()))
    with sock, contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
    # asyncio keeps the socket itself under this name, and closes it in a finalizer, with a warning.
    inner = getattr(shown, "_sock", None)
    if inner is not None:
        inner.close()
    for each in (transport, getattr(getattr(transport, "_ssl_protocol", None), "_transport", None)):
        if getattr(each, "_sock", None) is not None:
            each._sock = None  # type: ignore[union-attr]
