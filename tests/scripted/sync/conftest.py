"""A scripted node in a thread of its own, and an end of the driver's loop after each test."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from tests.scripted.scripted_sessions import prime_table

import aiocql.sync
from aiocql.testing import ScriptedServer


class ThreadedServer:
    """A `ScriptedServer` whose loop runs in a thread."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.server = ScriptedServer()
        self._thread = threading.Thread(target=self.loop.run_forever)
        self._thread.start()
        self.run(self.server.start())
        self.do(lambda: prime_table(self.server))

    def run(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(20)

    def do(self, function: Callable[[], Any]) -> Any:
        """Call a function in the server's loop."""

        async def call() -> Any:
            return function()

        return self.run(call())

    @property
    def where(self) -> str:
        return f"{self.server.address}:{self.server.port}"

    def stop(self) -> None:
        self.run(self.server.stop())
        self.run(asyncio.sleep(0))
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()


@pytest.fixture
def node() -> Iterator[ThreadedServer]:
    threaded = ThreadedServer()
    yield threaded
    aiocql.sync.shut_down()
    threaded.stop()
    assert threaded.server.violations == []


@pytest.fixture
def session(node: ThreadedServer) -> Iterator[aiocql.sync.Session]:
    with aiocql.sync.connect(node.where) as session:
        yield session
