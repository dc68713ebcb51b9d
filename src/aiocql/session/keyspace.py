"""The session's keyspace: one change after the other, each to its end.

A connection has one keyspace, and a server that was asked for another may have followed though nobody waits for its
answer any more. So a change that was begun is not cancelled with the task that asked for it; connections of which
nobody knows where they are do not stay.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiocql.errors import InterfaceError, SessionClosed

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from aiocql.cluster.cluster import Cluster
    from aiocql.connection.connection import Connection
    from aiocql.statements.cache import PrepareCache

__all__ = ["KeyspaceChanges", "check_keyspace_name"]


def check_keyspace_name(keyspace: object) -> None:
    """Raise InterfaceError for what cannot name a keyspace."""
    if isinstance(keyspace, str) and keyspace:
        return
    if keyspace is None:
        raise InterfaceError(
            "set_keyspace(None): a keyspace cannot be unset, for servers have no statement that does it",
            hint="qualify the names of tables, or use another session",
        )
    what = "an empty string" if keyspace == "" else f"a {type(keyspace).__name__}"
    raise InterfaceError(f"set_keyspace: {what}", hint="pass the name of a keyspace")


class KeyspaceChanges:
    """Changes the keyspace of all connections. `spawn` starts a task that ends with the session at the latest."""

    def __init__(
        self,
        cluster: Cluster,
        statements: PrepareCache,
        spawn: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
        is_closing: Callable[[], bool],
    ) -> None:
        self._cluster = cluster
        self._statements = statements
        self._spawn = spawn
        self._is_closing = is_closing
        self._last: asyncio.Task[None] | None = None

    async def make(self, keyspace: str, first: Connection | None = None) -> None:
        """Unqualified names mean tables of `keyspace` from now on; `first` is asked before all other connections.

        Raises what the first server says that refuses, SessionClosed where the session ends before.
        """
        task = self._last = self._spawn(self._change(keyspace, first, self._last))
        task.add_done_callback(_seen)
        await asyncio.wait([task])
        error = None if task.cancelled() else task.exception()
        if task.cancelled() or (error is not None and self._is_closing()):
            raise SessionClosed("the session was closed before the keyspace was set") from error
        task.result()

    async def _change(
        self, keyspace: str, first: Connection | None, before: asyncio.Task[None] | None
    ) -> None:
        if before is not None:
            await asyncio.wait([before])
        if self._is_closing():
            raise SessionClosed("the session was closed before the keyspace was set")
        await self._cluster.set_keyspace(keyspace, first)
        self._statements.use(keyspace)


def _seen(task: asyncio.Task[None]) -> None:
    """An error that nobody waits for any more is not reported as never retrieved."""
    if not task.cancelled():
        task.exception()
