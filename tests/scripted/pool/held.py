"""Scripted nodes whose answers are held until they are released, and a session with a pool of the test's own."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import aiocql
from aiocql.testing import ScriptedCluster, ScriptedServer

__all__ = ["QUERY", "answers", "ask", "held_node", "held_nodes", "prime"]

QUERY = "SELECT v FROM t WHERE k = ?"


def prime(server: ScriptedServer | ScriptedCluster, query: str = QUERY, **how: Any) -> None:
    """A read that is answered with its own key."""
    server.prime(
        query,
        bind=[("k", "int")],
        partition_key=[0],
        columns=[("v", "int")],
        rows=lambda request: [(request.bound["k"],)],
        **how,
    )


@contextlib.asynccontextmanager
async def held_node(
    options: dict[str, Any] | None = None, **pool: Any
) -> AsyncIterator[tuple[ScriptedServer, aiocql.Session]]:
    """One node; `pool` are the pool's options, `options` the session's others."""
    async with ScriptedServer() as server:
        prime(server, hold=True)
        async with aiocql.connect(
            (server.address, server.port), pool=aiocql.PoolOptions(**pool), **options or {}
        ) as session:
            await session.prepare(QUERY)
            yield server, session
            server.release()
        assert server.violations == []


@contextlib.asynccontextmanager
async def held_nodes(
    nodes: int, options: dict[str, Any] | None = None, **pool: Any
) -> AsyncIterator[tuple[ScriptedCluster, aiocql.Session]]:
    """Several nodes, which all know the statement."""
    async with ScriptedCluster(nodes) as cluster:
        prime(cluster, hold=True)
        async with aiocql.connect(
            cluster.contact_point, pool=aiocql.PoolOptions(**pool), **options or {}
        ) as session:
            for host in session.hosts:
                warm = ask(session, 0, host=host)
                await answers(cluster, [warm])
            yield cluster, session
            _release(cluster)
        assert cluster.violations == []


def ask(session: aiocql.Session, key: int, **options: Any) -> asyncio.Task[aiocql.Result[Any]]:
    """One request, on its way."""
    return asyncio.get_running_loop().create_task(session.execute(QUERY, [key], **options))


def _release(server: ScriptedServer | ScriptedCluster) -> None:
    for node in server.nodes if isinstance(server, ScriptedCluster) else [server]:
        node.release()


async def answers(
    server: ScriptedServer | ScriptedCluster, tasks: list[asyncio.Task[aiocql.Result[Any]]]
) -> list[int]:
    """Releases everything until all tasks are done; gives the values in the order of the tasks."""
    while not all(task.done() for task in tasks):
        _release(server)
        await asyncio.sleep(0.01)
    return [task.result().rows[0][0] for task in tasks]
