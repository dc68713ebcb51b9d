"""Gives connections the session's keyspace once it exists again.

A keyspace may be dropped while it is the session's. Connections that open meanwhile serve qualified statements; they
are asked to follow when the schema changes, and every few seconds in case that no event came.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from aiocql.errors import Error, RequestValidationError

if TYPE_CHECKING:
    from aiocql.connection.connection import Connection

__all__ = ["KeyspaceRestorer"]

INTERVAL = 5.0


class KeyspaceRestorer:
    """Asks again the connections that `lacking` gives, with `use`, until there are none."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        lacking: Callable[[], list[Connection]],
        use: Callable[[Connection], Awaitable[None]],
    ) -> None:
        self._loop = loop
        self._lacking = lacking
        self._use = use
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self._closed = False
        self.lock = asyncio.Lock()
        """Held while connections are asked for a keyspace: two requests on one connection may be done in any order."""

    def watch(self) -> None:
        """A connection lacks the keyspace."""
        if self._timer is None and not self._closed:
            self._timer = self._loop.call_later(INTERVAL, self._due)

    def _due(self) -> None:
        self._timer = None
        if self._lacking():
            self.start()
            self.watch()

    def start(self) -> asyncio.Task[None] | None:
        """Ask now; return the task that does, or None where no connection lacks the keyspace."""
        if self._task is None and not self._closed and self._lacking():
            self._task = self._loop.create_task(self._restore(), name="aiocql keyspace")
            self._task.add_done_callback(self._done)
        return self._task

    async def _restore(self) -> None:
        async with self.lock:
            await asyncio.gather(*(self._ask(connection) for connection in self._lacking()))

    async def _ask(self, connection: Connection) -> None:
        try:
            await self._use(connection)
        except RequestValidationError:
            self.watch()
        except Error as error:
            # The server may follow yet.
            connection.abort(error)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._task = None
        if not task.cancelled():
            task.exception()

    async def close(self) -> None:
        """Ask no more."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
