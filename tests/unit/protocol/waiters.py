"""Tasks that wait for the answers of a core, and a server's end that answers many of them with one read."""

from __future__ import annotations

import asyncio
import contextvars
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from aiocql.protocol.constants import OP_QUERY, OP_READY, OP_STARTUP
from aiocql.protocol.core import Core
from aiocql.protocol.request import Request
from aiocql.protocol.wakeups import Wakeups
from aiocql.testing.server import answers
from aiocql.testing.server.frames import Envelope
from aiocql.testing.server.segments import encode_segments


def envelope(version: int, stream: int, opcode: int, body: bytes) -> bytes:
    """One answer, as it is before it goes into a segment."""
    return Envelope(version=version, flags=0, stream=stream, opcode=opcode, body=body, response=True).encode()


class Wire:
    """A core in a loop that runs, and the server's end of it."""

    def __init__(self, version: int = 4) -> None:
        self.loop = asyncio.get_running_loop()
        self.reported: list[dict[str, Any]] = []
        self.wakes: list[bool] = []
        self.left: list[tuple[Any, ...]] = []
        self.took = 0.0
        """Seconds of the last read."""
        self.core = Core(version, wake=self.wakes.append)
        self.core.wakeups = Wakeups(
            asyncio.Future, partial(asyncio.current_task, self.loop), self._schedule, self.reported.append
        )
        self.requests: list[Request] = []
        """Those that `waiting` waits for."""
        if version >= 5:
            startup = Request(OP_STARTUP, b"", self.loop.create_future())
            self.core.send(startup)
            self.core.take_output()
            self.core.feed(envelope(version, startup.stream, OP_READY, b""))  # from here on in segments

    def _schedule(self, callback: Callable[..., object], *args: Any, context: contextvars.Context) -> None:
        self.left.append((callback, *args))
        self.loop.call_soon(callback, *args, context=context)

    def ask(self) -> Request:
        request = Request(OP_QUERY, b"", self.loop.create_future())
        self.core.send(request)
        self.core.take_output()
        self.wakes.clear()
        return request

    def answer(self, *requests: Request) -> bytes:
        """The bytes of their answers, one after the other; on v5 each in a segment of its own."""
        rows, version = answers.Rows([("n", "int")], [(7,)]), self.core.version
        each = [envelope(version, request.stream, rows.code(), rows.body(version)) for request in requests]
        return b"".join(encode_segments(one) if self.core.framed else one for one in each)

    async def read(self, *data: bytes) -> Any:
        """One read, from a callback of the loop as transports make it."""
        done = self.loop.create_future()
        self.loop.call_soon(self._read, b"".join(data), done)
        return await done

    def _read(self, data: bytes, done: asyncio.Future[Any]) -> None:
        view = self.core.get_buffer(-1)
        view[: len(data)] = data
        begun = time.perf_counter()
        try:
            self.core.received(len(data), 1.0)
            fully_delivered = self.core.resume_waiters()
            self.took = time.perf_counter() - begun
            done.set_result(fully_delivered)
        except Exception as error:
            done.set_exception(error)


async def waiting(wire: Wire, count: int, then: Callable[[int], object]) -> list[asyncio.Task[None]]:
    """Tasks that wait for an answer each, and then do something."""

    async def wait(number: int, request: Request) -> None:
        await request.future
        then(number)

    wire.requests = [wire.ask() for _ in range(count)]
    tasks = [asyncio.create_task(wait(number, request)) for number, request in enumerate(wire.requests)]
    await asyncio.sleep(0)
    return tasks
