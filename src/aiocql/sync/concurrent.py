"""`execute_concurrent` from a thread: the work runs in the loop, the caller's iterator in the caller's thread.

An iterator may itself use the session (the rows of a stream, say), so the loop must not read it. The loop asks for
more, and the thread that waits for the outcome reads and hands over the next items.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from aiocql.sync.call import CoroutineCall, run

if TYPE_CHECKING:
    from aiocql.sync.background import Background

__all__ = ["run_with_items"]

CHUNK = 256


class _Items(AsyncIterator[Any]):
    """Items that a thread hands over; lives in the loop."""

    def __init__(self, ask: Callable[[], None]) -> None:
        self._ask = ask
        self._items: deque[Any] = deque()
        self._ended = False
        self._more: asyncio.Future[None] | None = None
        self._error: BaseException | None = None

    async def __anext__(self) -> Any:
        while not self._items:
            if self._error is not None:
                raise self._error
            if self._ended:
                raise StopAsyncIteration
            self._more = asyncio.get_running_loop().create_future()
            self._ask()
            await self._more
        return self._items.popleft()

    def put(self, items: list[Any], *, ended: bool, error: BaseException | None) -> None:
        """Take the next items, in the loop."""
        self._items.extend(items)
        self._ended, self._error = ended, error
        if self._more is not None and not self._more.done():
            self._more.set_result(None)


class _FedCall(CoroutineCall):
    """A coroutine that consumes an iterator of the thread that waits."""

    __slots__ = ("_items", "_source")

    def __init__(
        self,
        background: Background,
        make: Callable[[AsyncIterator[Any]], Coroutine[Any, Any, Any]],
        source: Iterator[Any],
    ) -> None:
        self._items = _Items(self._wake)
        self._source = source
        super().__init__(background, lambda: make(self._items))

    def _wake(self) -> None:
        self._lock.release()

    def acquire(self) -> None:
        """Wait for the end; hand items over each time the loop asks for more."""
        self._lock.acquire()
        while not self._ended:
            items, ended, error = _read(self._source)
            self.background.post(_Put(self._items, items, ended, error))
            self._lock.acquire()


class _Put:
    """Hands items over, in the loop."""

    def __init__(self, target: _Items, items: list[Any], ended: bool, error: BaseException | None) -> None:
        self._target, self._what = target, (items, ended, error)

    def begin(self) -> None:
        items, ended, error = self._what
        self._target.put(items, ended=ended, error=error)


def _read(source: Iterator[Any]) -> tuple[list[Any], bool, Exception | None]:
    """Read the next items: with whether they are the last, and what the iterator raised."""
    items: list[Any] = []
    try:
        items.extend(islice(source, CHUNK))
    except Exception as error:
        return items, True, error
    return items, len(items) < CHUNK, None


def run_with_items(
    background: Background,
    make: Callable[[Any], Coroutine[Any, Any, Any]],
    items: Iterable[Any],
) -> Any:
    """Run the coroutine that `make` returns for the items; an iterator among them is read in this thread."""
    if isinstance(items, Iterator):
        return _FedCall(background, make, items).wait()
    return run(background, lambda: make(items))
