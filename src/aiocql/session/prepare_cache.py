"""Prepared statements that the session keeps: each is prepared once, however many tasks ask at the same time."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable

from aiocql.statements import PreparedStatement

__all__ = ["PrepareCache"]

Key = tuple[str, str | None]


class PrepareCache:
    """The most recently used statements by text and keyspace, at most `size` of them.

    `prepare(query, keyspace)` asks the cluster. A statement that leaves the cache stays usable by those who hold it.
    """

    def __init__(self, size: int, prepare: Callable[[str, str | None], Awaitable[PreparedStatement]]) -> None:
        self._size = size
        self._prepare = prepare
        self._statements: OrderedDict[Key, PreparedStatement] = OrderedDict()
        self._pending: dict[Key, asyncio.Task[PreparedStatement]] = {}

    def __len__(self) -> int:
        return len(self._statements)

    def get(self, query: str, keyspace: str | None) -> PreparedStatement | None:
        """The statement, where it is prepared already."""
        statement = self._statements.get((query, keyspace))
        if statement is not None and len(self._statements) * 2 > self._size:
            # The order of use matters only when the cache fills up.
            self._statements.move_to_end((query, keyspace))
        return statement

    async def obtain(self, query: str, keyspace: str | None) -> PreparedStatement:
        """The statement, prepared by whoever asks first; the cancellation of one who waits fails nobody else."""
        key = (query, keyspace)
        statement = self.get(query, keyspace)
        if statement is not None:
            return statement
        task = self._pending.get(key)
        if task is None:
            task = asyncio.get_running_loop().create_task(self._fill(key), name="aiocql prepare")
            self._pending[key] = task
            task.add_done_callback(lambda done: self._finished(key, done))
        return await asyncio.shield(task)

    async def _fill(self, key: Key) -> PreparedStatement:
        statement = await self._prepare(*key)
        self._statements[key] = statement
        while len(self._statements) > self._size:
            self._statements.popitem(last=False)
        return statement

    def _finished(self, key: Key, task: asyncio.Task[PreparedStatement]) -> None:
        self._pending.pop(key, None)
        if not task.cancelled():
            # Read, so that an error whose waiters were all cancelled is not reported as never retrieved.
            task.exception()

    def by_id(self, statement_id: bytes) -> PreparedStatement | None:
        """The statement with this id, for those that the server has forgotten."""
        return next((each for each in self._statements.values() if each.id == statement_id), None)

    def clear(self) -> None:
        """Forgets all statements: those that are asked for again are prepared again."""
        self._statements.clear()

    async def close(self) -> None:
        """Ends what is being prepared."""
        tasks = list(self._pending.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
