"""What follows statements that concern the whole session: USE and changes of the schema.

A connection has one keyspace, and a server that was asked for another may have followed though nobody waits for its
answer any more. So a change that was begun is not cancelled with the task that asked for it, one change is finished
before the next begins, and a connection whose keyspace is unknown is replaced.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from aiocql.errors import Error, InterfaceError, SessionClosed

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any

    from aiocql.cluster.cluster import Cluster
    from aiocql.connection.connection import Connection
    from aiocql.execution.dispatcher import Execution
    from aiocql.execution.statement_factory import StatementFactory
    from aiocql.protocol.responses import SchemaChange, SetKeyspace
    from aiocql.statements.cache import StatementCache

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
    """Changes the keyspace of all connections and of the cache; implements the executor's `SessionChanges`."""

    def __init__(
        self,
        cluster: Cluster,
        factory: StatementFactory,
        statements: StatementCache,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self._cluster = cluster
        self._factory = factory
        self._statements = statements
        self._loop = loop
        self._tasks: set[asyncio.Task[None]] = set()
        self._last: asyncio.Task[None] | None = None
        self._is_closing = False

    @property
    def keyspace(self) -> str | None:
        """The keyspace of unqualified table names."""
        return self._cluster.keyspace

    # --- what the executor reports ----------------------------------------------------------------------------

    def keyspace_was_set(self, execution: Execution, response: SetKeyspace) -> None:
        """A USE was executed as a statement: complete it when the keyspace holds for the whole session."""
        execution.core.owner.keyspace = response.keyspace
        if response.keyspace == self._cluster.keyspace:
            execution.owner.complete(execution, response)
            return
        task = self._spawn(self._follow_use(execution, response))
        # Not in the task itself: one that is cancelled before its first step runs no line of its own.
        task.add_done_callback(
            lambda ended: execution.owner.fail_closed(execution) if ended.cancelled() else None
        )

    async def _follow_use(self, execution: Execution, response: SetKeyspace) -> None:
        connection = execution.core.owner
        try:
            await self.use(response.keyspace, connection)
        except Error as error:
            connection.replace()
            execution.owner.give_up(execution, error)
        else:
            execution.owner.complete(execution, response)

    def schema_was_changed(self, execution: Execution, response: SchemaChange) -> None:
        """A statement changed the schema: complete it when all nodes have the change."""
        changes = self._factory.schema_changes
        changes.begin(response)
        self._factory.schema_changed(response)

        def settled() -> None:
            changes.end(response)
            restoring = self._cluster.restore_keyspace() if response.keyspace == self.keyspace else None
            if restoring is None:
                execution.owner.complete(execution, response)
            else:
                restoring.add_done_callback(lambda _: execution.owner.complete(execution, response))

        self._cluster.schema_changed(response, settled, execution.core.owner)

    # --- changing the keyspace --------------------------------------------------------------------------------

    async def use(self, keyspace: str, first: Connection | None = None) -> None:
        """Make `keyspace` the one of unqualified names; `first` is asked before all other connections.

        Raises the error of the first server, SessionClosed where the session ends before.
        """
        task = self._last = self._spawn(self._change(keyspace, first, self._last))
        task.add_done_callback(_seen)
        await asyncio.wait([task])
        error = None if task.cancelled() else task.exception()
        if task.cancelled() or (error is not None and self._is_closing):
            raise SessionClosed("the session was closed before the keyspace was set") from error
        task.result()

    async def _change(
        self, keyspace: str, first: Connection | None, before: asyncio.Task[None] | None
    ) -> None:
        if before is not None:
            await asyncio.wait([before])
        if self._is_closing:
            raise SessionClosed("the session was closed before the keyspace was set")
        await self._cluster.set_keyspace(keyspace, first)
        self._statements.use(keyspace)

    # --- the end ----------------------------------------------------------------------------------------------

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def stop(self) -> None:
        """Begin no more changes."""
        self._is_closing = True

    async def close(self) -> None:
        """Cancel what is being changed, and wait for its end."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _seen(task: asyncio.Task[None]) -> None:
    """Read the task's error: one that nobody waits for is not reported as never retrieved."""
    if not task.cancelled():
        task.exception()
