"""Speculative execution: the first answer counts, the losers leave orphans, errors only when all have failed."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests import internals
from tests.plugins.canary import value_of
from tests.plugins.fault_table import Record, record_steps
from tests.scripted.in_memory import in_memory
from tests.scripted.scripted_sessions import SELECT, sends, three_nodes

import aiocql
from aiocql.policies.speculative import (
    ConstantSpeculativeExecutionPolicy,
    PercentileSpeculativeExecutionPolicy,
    SpeculativeExecutionPolicy,
)
from aiocql.session.session import Session
from aiocql.testing import (
    ErrorAnswer,
    NoAnswer,
    Opcode,
    Rows,
    ScriptedCluster,
    UnavailableAnswer,
    Victim,
    Void,
    cancel_at_every_step,
)

TWICE = ConstantSpeculativeExecutionPolicy(0.5, 2)


async def prepared_everywhere(cluster: ScriptedCluster, session: Session) -> Any:
    statement = await session.prepare(SELECT)
    for server in cluster.nodes:
        await session.execute(statement, [1], host=(server.address, server.port))
    for server in cluster.nodes:
        server.requests.clear()
    return statement


def orphans(session: Session) -> int:
    return sum(host.load.in_flight for host in session.hosts)


def silent(cluster: ScriptedCluster, times: int, **how: Any) -> Any:
    return cluster.prime(lambda request: request.opcode is Opcode.EXECUTE, Void(copies=0), times=times, **how)


@in_memory
async def test_second_host_answers_for_the_first() -> None:
    async with three_nodes(speculative=TWICE) as (cluster, session):
        statement = await prepared_everywhere(cluster, session)
        silent(cluster, 1)
        start = internals.loop(session).time()
        result = await session.execute(statement, [7])
        assert internals.loop(session).time() - start == pytest.approx(0.5, abs=0.01)
        assert result.one() == (value_of(7),)
        nodes = [request.node for request in cluster.requests if request.opcode is Opcode.EXECUTE]
        assert (len(nodes), len(set(nodes))) == (2, 2)
        assert result.coordinator.load.speculative == 1


@in_memory
async def test_answer_in_time_starts_nothing() -> None:
    async with three_nodes(speculative=TWICE) as (cluster, session):
        statement = await prepared_everywhere(cluster, session)
        assert (await session.execute(statement, [7])).one() == (value_of(7),)
        await asyncio.sleep(5)
        assert sends(cluster, Opcode.EXECUTE) == 1


@pytest.mark.fault(41)
@in_memory
async def test_statement_that_is_not_idempotent_is_sent_once() -> None:
    async with three_nodes(speculative=TWICE) as (cluster, session):
        statement = await prepared_everywhere(cluster, session)
        silent(cluster, 1)
        with pytest.raises(aiocql.OperationTimedOut):
            await session.execute(statement, [7], idempotent=False, timeout=3.0)
        assert sends(cluster, Opcode.EXECUTE) == 1


@in_memory
async def test_one_host_that_was_asked_for_stays_the_only_one() -> None:
    async with three_nodes(speculative=TWICE) as (cluster, session):
        statement = await prepared_everywhere(cluster, session)
        silent(cluster, 1)
        with pytest.raises(aiocql.OperationTimedOut):
            await session.execute(statement, [7], host=session.hosts[0], timeout=3.0)
        assert sends(cluster, Opcode.EXECUTE) == 1


@in_memory
async def test_losers_leave_orphans_until_they_are_answered() -> None:
    async with three_nodes(speculative=TWICE) as (cluster, session):
        statement = await prepared_everywhere(cluster, session)
        held = cluster.prime(
            lambda request: request.opcode is Opcode.EXECUTE, UnavailableAnswer(hold=True), times=2
        )
        assert (await session.execute(statement, [7])).one() == (value_of(7),)
        assert held.count == 2
        await asyncio.sleep(0)
        assert (
            sum(c.core.orphans for pool in internals.pools(session).values() for c in pool.connections) == 2
        )
        for server in cluster.nodes:
            server.release()
        await asyncio.sleep(0.1)
        assert (
            sum(c.core.in_flight for pool in internals.pools(session).values() for c in pool.connections) == 0
        )


@in_memory
async def test_error_waits_for_those_that_still_run() -> None:
    async with three_nodes(speculative=TWICE) as (cluster, session):
        statement = await prepared_everywhere(cluster, session)
        answers = [ErrorAnswer(0x2200, "refused", delay=0.8), Rows([("v", "text")], [("late",)], delay=1.0)]
        cluster.prime(lambda request: request.opcode is Opcode.EXECUTE, [*answers, NoAnswer()])
        start = internals.loop(session).time()
        result = await session.execute(statement, [7])
        assert internals.loop(session).time() - start == pytest.approx(1.5, abs=0.01)
        assert result.one() == ("late",)
        assert [type(attempt.error) for attempt in result.attempts] == [aiocql.InvalidRequest]


@in_memory
async def test_error_when_all_have_failed() -> None:
    async with three_nodes(speculative=TWICE) as (cluster, session):
        statement = await prepared_everywhere(cluster, session)
        failing = cluster.prime(
            lambda request: request.opcode is Opcode.EXECUTE, ErrorAnswer(0x2200, "refused", delay=1.7)
        )
        start = internals.loop(session).time()
        with pytest.raises(aiocql.InvalidRequest) as caught:
            await session.execute(statement, [7])
        assert internals.loop(session).time() - start == pytest.approx(2.7, abs=0.05)
        assert failing.count == 3
        assert len({attempt.host for attempt in caught.value.attempts}) == 3


@in_memory
async def test_deadline_is_for_all_of_them() -> None:
    async with three_nodes(speculative=TWICE) as (cluster, session):
        statement = await prepared_everywhere(cluster, session)
        cluster.prime(lambda request: request.opcode is Opcode.EXECUTE, NoAnswer())
        start = internals.loop(session).time()
        with pytest.raises(aiocql.OperationTimedOut):
            await session.execute(statement, [7], timeout=4.0)
        assert internals.loop(session).time() - start == pytest.approx(4.0, abs=0.05)
        assert sends(cluster, Opcode.EXECUTE) == 3


@in_memory
async def test_percentile_learns_from_answers() -> None:
    policy = PercentileSpeculativeExecutionPolicy(90.0, min_samples=20)
    async with three_nodes(speculative=policy) as (cluster, session):
        statement = await prepared_everywhere(cluster, session)
        slow = cluster.prime(SELECT, bind=[("k", "int")], columns=[("v", "text")], rows=[("v",)], delay=0.2)
        for _ in range(30):
            await session.execute(statement, [7])
        before = slow.count
        silent(cluster, 1)
        start = internals.loop(session).time()
        await session.execute(statement, [7])
        assert 0.2 < internals.loop(session).time() - start < 0.6
        assert slow.count - before == 1


@pytest.mark.parametrize("after", [0, 1])
@in_memory
async def test_policy_that_breaks_leaves_the_request_alone(
    after: int, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(SpeculativeExecutionPolicy):
        def next_delay(self, running: int) -> float | None:
            if running > after:
                raise ZeroDivisionError
            return 0.5

    async with three_nodes(speculative=Broken()) as (cluster, session):
        statement = await prepared_everywhere(cluster, session)
        cluster.prime(SELECT, bind=[("k", "int")], columns=[("v", "text")], rows=[("late",)], delay=1.0)
        caplog.clear()
        assert (await session.execute(statement, [7])).one() == ("late",)
        assert [record.name for record in caplog.records] == ["aiocql.speculation"]


@pytest.mark.fault(17)
def test_cancelled_at_every_step(record_property: Record) -> None:
    async def scenario(victim: Victim) -> None:
        async with three_nodes(speculative=TWICE) as (cluster, session):
            statement = await prepared_everywhere(cluster, session)
            silent(cluster, 2)
            await victim(session.execute(statement, [7]))
            assert (
                sum(c.core.pending for pool in internals.pools(session).values() for c in pool.connections)
                == 0
            )

    outcomes = cancel_at_every_step(scenario)
    assert outcomes[-1].value.one() == (value_of(7),)
    assert {outcome.cancelled for outcome in outcomes[:-1]} == {True}
    record_steps(record_property, outcomes)
