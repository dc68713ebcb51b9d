"""Sessions of the async-cassandra interface that are closed from another event loop."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from tests.scripted.session.test_loops import InThread

from aiocql.compat.async_cassandra import AsyncCassandraSession, AsyncCluster
from aiocql.testing import ScriptedServer


async def connected(server: ScriptedServer) -> AsyncCassandraSession:
    return await AsyncCluster([server.address], port=server.port).connect()


def closing_session(session: AsyncCassandraSession) -> Any:
    return session.close()


def closing_cluster(session: AsyncCassandraSession) -> Any:
    return session.cluster.close()


@pytest.mark.parametrize("closing", [closing_session, closing_cluster])
def test_session_is_closed_from_another_running_loop(closing: Any) -> None:
    with InThread() as server:
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever)
        thread.start()
        try:
            session = asyncio.run_coroutine_threadsafe(connected(server), loop).result(30)
            asyncio.run(closing(session))
            assert session.is_closed
            assert session._session.is_closed
            asyncio.run(closing(session))
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()


@pytest.mark.parametrize("closing", [closing_session, closing_cluster])
def test_session_whose_loop_is_gone_is_closed_from_another(closing: Any) -> None:
    with InThread() as server:
        session = asyncio.run(connected(server))
        asyncio.run(closing(session))
        assert session.is_closed
        assert session._session.is_closed
