"""What the same work costs Python where nothing is sent: how the work itself grows.

Of requests: as many tasks wait, each for its future, and continue with a row. What is in flight is memory that
the garbage collector looks at again and again and that no cache holds; a statement is at least its text, its id and its
types. Of rows: as many tuples of the same types are read by CPython's own `marshal`, without the garbage collector, and
dropped: memory that no cache holds has to be fetched when they are created.
"""

from __future__ import annotations

import asyncio
import gc
import itertools
import marshal
import time
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any

from bench.clients.harness import closed_loop
from bench.clients.works import VALUE, WrongAnswer

AT_ONCE = 100
"""Answers that one read of a socket brings at most."""


class Control:
    """`texts` are the statements, in the order of their turns."""

    def __init__(self, texts: Sequence[str]) -> None:
        self.loop = asyncio.get_running_loop()
        self.known = {text: (text.encode()[-16:], ["int", "text"], {"k": 0, "v": 1}) for text in texts}
        self.turns = itertools.cycle(texts)
        self.waiting: deque[tuple[asyncio.Future[Any], bytes, list[int]]] = deque()
        self.ended = False

    async def execute(self, text: str, values: list[int]) -> list[tuple[int, str]]:
        statement, types, names = self.known[text]
        future: asyncio.Future[Any] = self.loop.create_future()
        body = statement + values[0].to_bytes(len(types) * len(names), "big")
        self.waiting.append((future, body, values))
        rows: list[tuple[int, str]] = await future
        return rows

    async def read(self, keys: Iterator[int]) -> None:
        for key in keys:
            k, v = (await self.execute(next(self.turns), [key]))[0]
            if k != key or v != VALUE:
                raise WrongAnswer(k, v)

    def answer(self) -> None:
        """The oldest of those that wait, as a read of a socket would."""
        for _ in range(min(AT_ONCE, len(self.waiting))):
            future, _, values = self.waiting.popleft()
            future.set_result([(values[0], VALUE)])
        if not self.ended:
            self.loop.call_soon(self.answer)


async def control(in_flight: int, requests: int, texts: Sequence[str]) -> float:
    """Microseconds of processor time a request."""
    same = Control(texts)
    same.loop.call_soon(same.answer)
    await closed_loop(same.read, in_flight, in_flight)
    gc.collect()
    begun = time.process_time()
    await closed_loop(same.read, in_flight, requests)
    taken = time.process_time() - begun
    same.ended = True
    return taken / requests * 1e6


NO_REFERENCES = 2
"""The format of `marshal` in which every value is written out, however often it occurs."""


def rows_control(rows: int, requests: int, in_flight: int) -> float:
    """Microseconds of processor time a row; as many pages are held as are in flight."""
    first = 1_000_000
    page = marshal.dumps(
        [(first + i, f"{VALUE} {i}", i * 1.5, first - i) for i in range(rows)], NO_REFERENCES
    )
    marshal.loads(page)
    held: deque[list[tuple[int, str, float, int]]] = deque(maxlen=in_flight)
    gc.collect()
    gc.disable()
    try:
        begun = time.process_time()
        for _ in range(requests):
            held.append(marshal.loads(page))  # the bytes are those that were written above
        taken = time.process_time() - begun
    finally:
        gc.enable()
    if any(len(each) != rows for each in held):
        raise WrongAnswer(rows)
    return taken / (requests * rows) * 1e6
