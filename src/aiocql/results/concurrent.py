"""Many statements with a bounded number of them under way: `Session.execute_concurrent`."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Generator, Iterable
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from aiocql.errors import ConfigurationError, InterfaceError

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["ConcurrentExecution"]

OutcomeT = TypeVar("OutcomeT")


class ConcurrentExecution(Generic[OutcomeT]):
    """Outcomes of many executions: await it for the list of all, or iterate for one after the other.

    Where it is iterated, no more than `concurrency` outcomes wait to be taken. When it is left early, or an error is
    raised, what is still under way is given up.
    """

    def __init__(
        self,
        execute: Callable[[Any], Awaitable[Any]],
        items: Iterable[Any] | AsyncIterable[Any],
        *,
        concurrency: int,
        in_order: bool,
        raise_errors: bool,
    ) -> None:
        if isinstance(concurrency, bool) or not isinstance(concurrency, int) or concurrency < 1:
            raise ConfigurationError(f"concurrency: {concurrency!r} is no whole number of at least 1")
        if not isinstance(items, Iterable | AsyncIterable):
            raise InterfaceError(f"statements come as an iterable, not as a {type(items).__name__}")
        self._work = _Work(execute, items, concurrency, in_order)
        self._raise_errors = raise_errors

    def __await__(self) -> Generator[Any, None, list[OutcomeT]]:
        return self._all().__await__()

    async def _all(self) -> list[OutcomeT]:
        return [outcome async for outcome in self]

    def __aiter__(self) -> AsyncIterator[OutcomeT]:
        return self

    async def __anext__(self) -> OutcomeT:
        return (await self._take())[1]

    async def numbered(self) -> AsyncIterator[tuple[int, OutcomeT]]:
        """Each outcome with the place of its statement among all, from 0."""
        try:
            while True:
                try:
                    numbered = await self._take()
                except StopAsyncIteration:
                    return
                yield numbered
        finally:
            self._work.stop()

    async def _take(self) -> tuple[int, OutcomeT]:
        try:
            number, task = await self._work.take()
        except BaseException:
            self._work.stop()
            raise
        error = task.exception()
        if error is None:
            return number, task.result()
        if self._raise_errors or not isinstance(error, Exception):
            self._work.stop()
            raise error
        return number, error  # type: ignore[return-value]

    async def aclose(self) -> None:
        """Gives up what is under way, and waits until it is gone."""
        await self._work.aclose()

    async def __aenter__(self) -> ConcurrentExecution[OutcomeT]:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def __del__(self) -> None:
        work = getattr(self, "_work", None)
        if work is not None:
            work.stop()


class _Work:
    """The tasks: one that takes items and starts, one for each execution under way. It does not know who iterates."""

    def __init__(
        self,
        execute: Callable[[Any], Awaitable[Any]],
        items: Iterable[Any] | AsyncIterable[Any],
        concurrency: int,
        in_order: bool,
    ) -> None:
        self._execute = execute
        self._items = items
        self._concurrency = concurrency
        self._in_order = in_order
        self._running: dict[asyncio.Task[Any], int] = {}
        self._waiting: deque[tuple[int, asyncio.Task[Any]]] = deque()
        self._feeder: asyncio.Task[None] | None = None
        self._stopped = False
        self._room: asyncio.Future[None] | None = None
        self._change: asyncio.Future[None] | None = None

    async def take(self) -> tuple[int, asyncio.Task[Any]]:
        """The next outcome, with its number; StopAsyncIteration after the last."""
        if self._feeder is None and not self._stopped:
            self._feeder = asyncio.get_running_loop().create_task(self._feed())
        while True:
            if self._stopped:
                raise StopAsyncIteration
            if self._waiting and self._waiting[0][1].done():
                taken = self._waiting.popleft()
                _wake(self._room)
                return taken
            assert self._feeder is not None
            if self._feeder.done() and not self._running and not self._waiting:
                self._stopped = True
                self._feeder.result()
                raise StopAsyncIteration
            self._change = asyncio.get_running_loop().create_future()
            await self._change

    async def _feed(self) -> None:
        try:
            if isinstance(self._items, AsyncIterable):
                number = 0
                async for item in self._items:
                    await self._start(number, item)
                    number += 1
            else:
                for number, item in enumerate(self._items):
                    await self._start(number, item)
        finally:
            _wake(self._change)

    async def _start(self, number: int, item: Any) -> None:
        while len(self._running) >= self._concurrency or len(self._waiting) >= 2 * self._concurrency:
            self._room = asyncio.get_running_loop().create_future()
            await self._room
        task = asyncio.get_running_loop().create_task(_run(self._execute, item))
        self._running[task] = number
        if self._in_order:
            self._waiting.append((number, task))
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[Any]) -> None:
        number = self._running.pop(task)
        if not task.cancelled():
            task.exception()  # whether it is raised is for the one who takes it to say
        if not self._in_order:
            self._waiting.append((number, task))
        _wake(self._room)
        _wake(self._change)

    def stop(self) -> None:
        """Nothing more is started; what is under way is cancelled."""
        self._stopped = True
        tasks = [*self._running, *([self._feeder] if self._feeder is not None else [])]
        for task in tasks:
            if not task.done() and not task.get_loop().is_closed():
                task.cancel()
        self._waiting.clear()
        _wake(self._change)

    async def aclose(self) -> None:
        """`stop`, and waits until all tasks are gone."""
        tasks = [*self._running, *([self._feeder] if self._feeder is not None else [])]
        self.stop()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _run(execute: Callable[[Any], Awaitable[Any]], item: Any) -> Any:
    return await execute(item)


def _wake(waiter: asyncio.Future[None] | None) -> None:
    if waiter is not None and not waiter.done() and not waiter.get_loop().is_closed():
        waiter.set_result(None)
