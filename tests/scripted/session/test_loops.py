"""A session and the event loops of others: nested, closed, in another thread, or none of asyncio's."""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
import warnings
from typing import Any

import pytest
from tests import internals

import aiocql
from aiocql.testing import ScriptedServer

KEY = "SELECT key FROM system.local"


class InThread:
    """A scripted server in a thread of its own, for clients whose loop comes and goes."""

    def __enter__(self) -> ScriptedServer:
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever)
        self.thread.start()
        self.server = ScriptedServer()
        self._run(self.server.start())
        return self.server

    def __exit__(self, *_: object) -> None:
        self._run(self.server.stop())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()

    def _run(self, work: Any) -> None:
        asyncio.run_coroutine_threadsafe(work, self.loop).result(30)


def test_connect_is_a_coroutine_for_those_who_take_nothing_else() -> None:
    async def use(server: ScriptedServer) -> None:
        task = asyncio.create_task(aiocql.connect(server.address, port=server.port))
        session = await task
        assert (await session.execute(KEY)).one() == ("local",)
        await session.close()
        abandoned = aiocql.connect(server.address, port=server.port)
        abandoned.close()

    with InThread() as server:
        asyncio.run(use(server))


def test_session_whose_loop_is_gone_closes_its_sockets_at_once() -> None:
    with InThread() as server:
        session = asyncio.run(aiocql.connect(server.address, port=server.port))
        assert not session.is_closed
        transports = [connection.transport for connection in internals.cluster(session).connections()]
        assert len(transports) == 2
        asyncio.run(session.close())
        assert session.is_closed
        for transport in transports:
            assert transport is not None
            assert transport.get_extra_info("socket").fileno() == -1
        asyncio.run(session.close())
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            del session, transports, transport
            gc.collect()


def test_connect_from_another_thread() -> None:
    with InThread() as server:
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever)
        thread.start()
        try:
            connecting = aiocql.connect(server.address, port=server.port)
            session = asyncio.run_coroutine_threadsafe(connecting, loop).result(30)
            asyncio.run_coroutine_threadsafe(session.close(), loop).result(30)
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()


def test_connect_without_a_loop_of_asyncio_says_so() -> None:
    with pytest.raises(aiocql.WrongContext, match="no asyncio event loop") as caught:
        aiocql.connect("127.0.0.1").send(None)
    assert "trio" in str(caught.value)


def test_tasks_are_left_to_the_loop_where_loops_may_be_nested(monkeypatch: pytest.MonkeyPatch) -> None:
    """nest_asyncio runs the loop within a task; a task that the driver resumed would keep it from reading."""
    monkeypatch.setitem(sys.modules, "nest_asyncio", sys)

    async def use(server: ScriptedServer) -> bool:
        async with aiocql.connect(server.address, port=server.port) as session:
            await session.execute(KEY)
            frame: Any = sys._getframe()
            within = []
            while frame is not None:
                within.append(frame.f_code.co_name)
                frame = frame.f_back
            return "buffer_updated" in within

    with InThread() as server:
        assert not asyncio.run(use(server))
        monkeypatch.delitem(sys.modules, "nest_asyncio")
        assert asyncio.run(use(server))
