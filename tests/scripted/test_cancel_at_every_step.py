"""`connect`, `prepare`, `execute` and `close` cancelled before each step of the loop: nothing breaks, nothing stays."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

import aiocql
from aiocql.testing import ScriptedCluster, Victim, cancel_at_every_step

QUERY = "SELECT v FROM t WHERE k = ?"


def cluster_of(nodes: int) -> ScriptedCluster:
    cluster = ScriptedCluster(nodes, first_address="127.0.50.1")
    cluster.prime(
        QUERY,
        bind=[("k", "int")],
        partition_key=[0],
        columns=[("v", "text")],
        rows=lambda request: [(f"of {request.bound['k']}",)],
    )
    return cluster


async def everything_is_closed(cluster: ScriptedCluster) -> None:
    for server in cluster.nodes:
        await server.until(lambda server=server: not server.connections)  # type: ignore[misc]
    assert cluster.violations == []


async def execute(session: aiocql.Session) -> None:
    assert (await session.execute(QUERY, [1])).one() == ("of 1",)


async def execute_together(session: aiocql.Session) -> None:
    answers = await asyncio.gather(*(session.execute(QUERY, [k]) for k in range(5)))
    assert [answer.one().v for answer in answers] == [f"of {k}" for k in range(5)]


async def prepare(session: aiocql.Session) -> None:
    await session.prepare(QUERY)


@pytest.mark.parametrize("again", [None, 1])
@pytest.mark.parametrize("work", [execute, execute_together, prepare])
def test_work_of_a_session(
    work: Callable[[aiocql.Session], Coroutine[Any, Any, None]], again: int | None
) -> None:
    async def scenario(victim: Victim) -> None:
        async with cluster_of(1) as cluster:
            async with aiocql.connect(cluster.contact_point) as session:
                await victim(work(session))
                await execute(session)
                await execute_together(session)
            await everything_is_closed(cluster)

    outcomes = cancel_at_every_step(scenario, again=again)
    assert len(outcomes) > 5
    assert all(outcome.cancelled for outcome in outcomes[:-1])
    assert outcomes[-1].error is None


@pytest.mark.parametrize("again", [None, 1])
def test_connect(again: int | None) -> None:
    async def scenario(victim: Victim) -> None:
        async def connect_and_close() -> None:
            async with aiocql.connect(cluster.contact_point):
                pass

        async with cluster_of(2) as cluster:
            await victim(connect_and_close())
            await everything_is_closed(cluster)

    outcomes = cancel_at_every_step(scenario, again=again)
    assert len(outcomes) > 20
    assert all(outcome.cancelled for outcome in outcomes[:-1])


def test_close() -> None:
    async def scenario(victim: Victim) -> None:
        async with cluster_of(2) as cluster:
            session = await aiocql.connect(cluster.contact_point)
            await execute(session)
            await victim(session.close())
            await session.close()
            await everything_is_closed(cluster)

    outcomes = cancel_at_every_step(scenario)
    assert outcomes[-1].error is None
