"""`connect`, `prepare`, `execute`, `batch`, `close` cancelled before each step of the loop: nothing breaks or stays."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from tests.plugins.canary import value_of
from tests.plugins.fault_table import Record, record_steps
from tests.scripted.scripted_sessions import INSERT, SELECT, prime_table

import aiocql
from aiocql.testing import ScriptedCluster, Victim, cancel_at_every_step

pytestmark = pytest.mark.fault(17)


def cluster_of(nodes: int) -> ScriptedCluster:
    cluster = ScriptedCluster(nodes, first_address="127.0.50.1")
    prime_table(cluster)
    return cluster


async def everything_is_closed(cluster: ScriptedCluster) -> None:
    for server in cluster.nodes:
        await server.until(lambda server=server: not server.connections)  # type: ignore[misc]
    assert cluster.violations == []


async def execute(session: aiocql.Session) -> None:
    assert (await session.execute(SELECT, [1])).one() == (value_of(1),)


async def execute_together(session: aiocql.Session) -> None:
    answers = await asyncio.gather(*(session.execute(SELECT, [k]) for k in range(5)))
    assert [answer.one().v for answer in answers] == [value_of(k) for k in range(5)]


async def prepare(session: aiocql.Session) -> None:
    await session.prepare(SELECT)


async def batch(session: aiocql.Session) -> None:
    """Two statements that are not prepared yet: PREPAREs, then the BATCH."""
    await session.batch([(INSERT, [1, "one"]), (INSERT, [2, "two"])])


@pytest.mark.fault(38)
@pytest.mark.parametrize("again", [None, 1])
@pytest.mark.parametrize("work", [execute, execute_together, prepare, batch])
def test_work_of_a_session(
    work: Callable[[aiocql.Session], Coroutine[Any, Any, None]], again: int | None, record_property: Record
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
    record_steps(record_property, outcomes)


@pytest.mark.parametrize("again", [None, 1])
def test_batch_of_statements_that_the_server_forgot(again: int | None, record_property: Record) -> None:
    """BATCH, UNPREPARED, PREPARE, BATCH."""

    async def scenario(victim: Victim) -> None:
        async with cluster_of(1) as cluster:
            async with aiocql.connect(cluster.contact_point) as session:
                statement = await session.prepare(INSERT)
                cluster.nodes[0].forget_prepared()
                await victim(session.batch([(statement, [1, "one"]), (statement, [2, "two"])]))
                await batch(session)
                await execute_together(session)
            await everything_is_closed(cluster)

    outcomes = cancel_at_every_step(scenario, again=again)
    assert len(outcomes) > 10
    assert all(outcome.cancelled for outcome in outcomes[:-1])
    assert outcomes[-1].error is None
    record_steps(record_property, outcomes)


@pytest.mark.fault(55)
@pytest.mark.parametrize("again", [None, 1])
def test_connect(again: int | None, record_property: Record) -> None:
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
    record_steps(record_property, outcomes)


@pytest.mark.fault(31)
def test_close(record_property: Record) -> None:
    async def scenario(victim: Victim) -> None:
        async with cluster_of(2) as cluster:
            session = await aiocql.connect(cluster.contact_point)
            await execute(session)
            await victim(session.close())
            await session.close()
            await everything_is_closed(cluster)

    outcomes = cancel_at_every_step(scenario)
    assert outcomes[-1].error is None
    record_steps(record_property, outcomes)
