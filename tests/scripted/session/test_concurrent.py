"""Many at once: never more than allowed, in order or as they come, and the iterable is not read ahead."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from tests.plugins.canary import VALUE, value_of
from tests.plugins.fault_table import Record, record_steps
from tests.scripted.in_memory import in_memory
from tests.scripted.scripted_sessions import INSERT, SELECT, one_node

import aiocql
from aiocql.testing import ErrorAnswer, ReceivedRequest, Rows, Victim, cancel_at_every_step


@pytest.mark.parametrize("concurrency", [1, 3, 100])
@pytest.mark.parametrize("source", ["list", "generator", "async"])
@in_memory
async def test_results_come_in_the_order_of_the_statements(concurrency: int, source: str) -> None:
    async def asynchronous() -> AsyncIterator[list[int]]:
        for k in range(30):
            await asyncio.sleep(0)
            yield [k]

    async with one_node() as (_server, session):
        values: Any = {
            "list": [[k] for k in range(30)],
            "generator": ([k] for k in range(30)),
            "async": asynchronous(),
        }[source]
        results = await session.execute_concurrent(SELECT, values, concurrency=concurrency, into="scalar")
        assert [result.one() for result in results] == [value_of(k) for k in range(30)]


@in_memory
async def test_statements_of_all_kinds() -> None:
    async with one_node() as (_server, session):
        prepared = await session.prepare(SELECT)
        results = await session.execute_concurrent(
            [(prepared, [1]), (INSERT, [1, VALUE]), (SELECT, {"k": 2})]
        )
        assert [result.rows for result in results] == [[(value_of(1),)], [], [(value_of(2),)]]


@in_memory
async def test_no_more_than_allowed_are_under_way_and_the_source_waits() -> None:
    taken = 0

    def source() -> Iterator[list[int]]:
        nonlocal taken
        for k in range(100):
            taken += 1
            yield [k]

    async with one_node() as (server, session):
        await session.prepare(SELECT)
        prime = server.prime(SELECT, bind=[("k", "int")], columns=[("v", "text")], rows=[("v",)], hold=True)
        outcomes = session.execute_concurrent(SELECT, source(), concurrency=4)
        first = asyncio.ensure_future(anext(outcomes))
        await server.until(lambda: len(server.held) == 4)
        for _ in range(20):
            await asyncio.sleep(0)
        assert (prime.count, taken) == (4, 5)
        prime.how = {}
        server.release()
        await first
        for _ in range(200):
            await asyncio.sleep(0)
        assert prime.count <= 1 + 2 * 4
        assert len([each async for each in outcomes]) == 99


@in_memory
async def test_as_they_come() -> None:
    def answer(request: ReceivedRequest) -> Any:
        k = request.bound["k"]
        return Rows([("v", "text")], [(str(k),)], delay=float(10 - k))

    async with one_node(request_timeout=None) as (server, session):
        server.prime(SELECT, answer, bind=[("k", "int")], columns=[("v", "text")])
        outcomes = session.execute_concurrent(SELECT, ([k] for k in range(5)), in_order=False)
        numbered = [(number, result.one().v) async for number, result in outcomes.numbered()]
        assert numbered == [(k, str(k)) for k in (4, 3, 2, 1, 0)]


@pytest.mark.parametrize("in_order", [True, False])
@in_memory
async def test_errors_are_raised_or_given(in_order: bool) -> None:
    def answer(request: ReceivedRequest) -> Any:
        k = request.bound["k"]
        return ErrorAnswer(0x2200, "no") if k == 3 else Rows([("v", "text")], [(str(k),)])

    async with one_node() as (server, session):
        server.prime(SELECT, answer, bind=[("k", "int")], columns=[("v", "text")])
        values = [[k] for k in range(10)]
        outcomes = await session.execute_concurrent(SELECT, values, raise_errors=False, in_order=in_order)
        kinds = [isinstance(outcome, aiocql.InvalidRequest) for outcome in outcomes]
        assert (len(kinds), sum(kinds)) == (10, 1)
        with pytest.raises(aiocql.InvalidRequest):
            await session.execute_concurrent(SELECT, values, in_order=in_order, concurrency=2)
        assert (await session.execute(SELECT, [1])).one() == ("1",)


@in_memory
async def test_source_that_breaks_is_raised_after_what_it_gave() -> None:
    def source() -> Iterator[list[int]]:
        yield [1]
        raise ZeroDivisionError

    async with one_node() as (_server, session):
        outcomes = session.execute_concurrent(SELECT, source())
        assert (await anext(outcomes)).one() == (value_of(1),)
        with pytest.raises(ZeroDivisionError):
            await anext(outcomes)


@in_memory
async def test_left_early() -> None:
    async with one_node() as (_server, session):
        tasks = asyncio.all_tasks()
        async for _ in session.execute_concurrent(SELECT, ([k] for k in range(1000)), concurrency=5):
            break
        for _ in range(5):
            await asyncio.sleep(0)
        assert asyncio.all_tasks() == tasks


@pytest.mark.fault(17)
def test_cancelled_at_every_step(record_property: Record) -> None:
    async def scenario(victim: Victim) -> None:
        async with one_node() as (_server, session):
            await victim(session.execute_concurrent(SELECT, [[k] for k in range(4)], concurrency=2)._all())
            assert len(await session.execute_concurrent(SELECT, [[k] for k in range(4)])) == 4

    outcomes = cancel_at_every_step(scenario)
    assert len(outcomes[-1].value) == 4
    assert {outcome.cancelled for outcome in outcomes[:-1]} == {True}
    record_steps(record_property, outcomes)


@pytest.mark.parametrize("concurrency", [0, -1, 1.5, True])
@in_memory
async def test_concurrency_is_a_number(concurrency: Any) -> None:
    async with one_node() as (_server, session):
        with pytest.raises(aiocql.ConfigurationError, match="concurrency"):
            session.execute_concurrent(SELECT, [], concurrency=concurrency)
