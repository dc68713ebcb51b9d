"""The cache of prepared statements: the most recently used ones, by text and keyspace."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from aiocql.statements.prepared import PreparedStatement

__all__ = ["StatementCache"]

Key = tuple[str, str | None]
Prepare = Callable[[str, str | None, float | None], Awaitable[PreparedStatement]]


class StatementCache:
    """The most recently used statements by text and keyspace, at most `size` of them.

    Each is prepared once, however many tasks ask for it at the same time. A statement that leaves the cache stays
    usable by those who hold it. `current` has the statements of the keyspace in use by text alone: the hot path looks
    nowhere else.
    """

    def __init__(self, size: int, keyspace: str | None = None) -> None:
        self._size = size
        self._statements: dict[Key, PreparedStatement] = {}
        self._pending: dict[Key, asyncio.Task[PreparedStatement]] = {}
        self._keyspace = keyspace
        self.current: dict[str, PreparedStatement] = {}

    def __len__(self) -> int:
        return len(self._statements)

    def use(self, keyspace: str | None) -> None:
        """Make `keyspace` the one of statements that name none."""
        self._keyspace = keyspace
        self.current.clear()
        self.current.update(
            {text: each for (text, where), each in self._statements.items() if where == keyspace}
        )

    def get(self, query: str, keyspace: str | None) -> PreparedStatement | None:
        """Return the statement, where it is prepared already and its columns are known to be right."""
        statement = self._statements.get((query, keyspace))
        return None if statement is None or statement.stale_since else statement

    async def obtain(
        self, query: str, keyspace: str | None, timeout: float | None, prepare: Prepare
    ) -> PreparedStatement:
        """Return the statement; the first task that asks has it prepared, and its cancellation fails no other task.

        `prepare(query, keyspace, timeout)` asks the cluster; `timeout` is how long this caller waits, in seconds.
        """
        key = (query, keyspace)
        statement = self.get(query, keyspace)
        if statement is not None:
            return statement
        task = self._pending.get(key)
        if task is None:
            work = self._fill(key, timeout, prepare)
            task = asyncio.get_running_loop().create_task(work, name="aiocql prepare")
            self._pending[key] = task
            task.add_done_callback(lambda done: self._finished(key, done))
        return await asyncio.shield(task)

    async def _fill(self, key: Key, timeout: float | None, prepare: Prepare) -> PreparedStatement:
        statement = await prepare(*key, timeout)
        # As if it were used now: it is not the first to go while those who asked for it have not got it yet.
        statement.last_used = asyncio.get_running_loop().time()
        # Before protocol v5 it may be the keyspace of a USE that came in between: what counts is where it was prepared.
        where = statement.prepared_keyspace
        if len(self._statements) >= self._size and (key[0], where) not in self._statements:
            self._evict()
        self._statements[key[0], where] = statement
        if where == self._keyspace:
            self.current[key[0]] = statement
        return statement

    def _evict(self) -> None:
        """Remove the least recently used statement; the hot path only notes the time of each use."""
        key = min(self._statements, key=lambda each: self._statements[each].last_used)
        del self._statements[key]
        if key[1] == self._keyspace:
            self.current.pop(key[0], None)

    def _finished(self, key: Key, task: asyncio.Task[PreparedStatement]) -> None:
        self._pending.pop(key, None)
        if not task.cancelled():
            # Read, so that an error whose waiters were all cancelled is not reported as never retrieved.
            task.exception()

    def clear(self) -> None:
        """Remove all statements: those that are asked for again are prepared again."""
        self._statements.clear()
        self.current.clear()

    async def close(self) -> None:
        """Wait for what is being prepared: its requests have failed by now."""
        await asyncio.gather(*self._pending.values(), return_exceptions=True)
