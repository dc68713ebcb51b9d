"""Streams: all rows once and in order, one page ahead, and nothing left behind."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests import internals
from tests.plugins.fault_table import Record, record_steps
from tests.scripted.in_memory import in_memory
from tests.scripted.scripted_sessions import one_node, sends

import aiocql
from aiocql.session.session import Session
from aiocql.testing import (
    ErrorAnswer,
    Opcode,
    Prime,
    ReceivedRequest,
    Rows,
    ScriptedServer,
    Victim,
    cancel_at_every_step,
)

ALL = "SELECT v FROM many"
BOUND = "SELECT v FROM many WHERE k = ?"


def prime_many(server: ScriptedServer, rows: int = 95, **how: Any) -> Prime:
    for query in (ALL, BOUND):
        prime = server.prime(
            query,
            columns=[("v", "int")],
            rows=[(v,) for v in range(rows)],
            bind=[("k", "int")] if query is BOUND else [],
            **how,
        )
    return prime


def in_flight(session: Session) -> int:
    return sum(
        connection.core.pending
        for pool in internals.pools(session).values()
        for connection in pool.connections
    )


@pytest.mark.fault(42)
@pytest.mark.parametrize("query", [ALL, BOUND])
@pytest.mark.parametrize("page_size", [1, 10, 95, 96, None])
@in_memory
async def test_all_rows_come_once_and_in_order(query: str, page_size: int | None) -> None:
    async with one_node() as (server, session):
        prime_many(server)
        parameters = [1] if query is BOUND else None
        stream = session.stream(query, parameters, page_size=page_size, into="scalar")
        assert [row async for row in stream] == list(range(95))
        result = await session.execute(query, parameters, page_size=page_size, into="scalar")
        assert await result.all() == list(range(95))
        assert [row async for row in result] == list(range(95))


@pytest.mark.fault(19)
@in_memory
async def test_one_page_is_fetched_ahead_and_no_more() -> None:
    async with one_node() as (server, session):
        prime = prime_many(server)
        stream = session.stream(BOUND, [1], page_size=10)
        seen = 0
        async for _ in stream:
            await asyncio.sleep(1)
            seen += 1
            assert prime.count <= (seen + 9) // 10 + 1
        assert (seen, prime.count) == (95, 10)


@in_memory
async def test_pages_are_results() -> None:
    async with one_node() as (server, session):
        prime_many(server)
        sizes = [len(page.rows) async for page in session.stream(ALL, page_size=40).pages()]
        assert sizes == [40, 40, 15]


@pytest.mark.fault(42)
@in_memory
async def test_empty_pages_are_passed() -> None:
    async with one_node() as (server, session):
        server.prime(
            BOUND, bind=[("k", "int")], columns=[("v", "int")], pages=[[], [(1,)], [], [], [(2,)], []]
        )
        assert [row async for row in session.stream(BOUND, [1], into="scalar")] == [1, 2]
        assert await (await session.execute(BOUND, [1], into="scalar")).all() == [1, 2]


@pytest.mark.fault(42)
@in_memory
async def test_paging_state_that_repeats_ends_with_an_error() -> None:
    async with one_node() as (server, session):
        prime_many(server)
        page = Rows([("v", "int")], [(1,)], paging_state=b"again")
        prime = server.prime(BOUND, page, bind=[("k", "int")], columns=[("v", "int")])
        rows: list[int] = []

        async def read() -> None:
            async for row in session.stream(BOUND, [1], into="scalar"):
                rows.append(row)

        with pytest.raises(aiocql.ProtocolError, match="same paging state"):
            await read()
        assert (rows, prime.count) == ([1, 1], 2)
        with pytest.raises(aiocql.ProtocolError, match="same paging state"):
            await (await session.execute(BOUND, [1])).all()
        assert (await session.execute(ALL)).one() == (0,)


@pytest.mark.fault(19)
@in_memory
async def test_stream_left_early_leaves_nothing() -> None:
    async with one_node() as (server, session):
        prime_many(server)
        tasks = asyncio.all_tasks()
        async for row in session.stream(BOUND, [1], page_size=10):
            if row.v == 5:
                break
        assert in_flight(session) == 0
        assert asyncio.all_tasks() == tasks
        stream = session.stream(BOUND, [1], page_size=10)
        async with stream:
            async for _ in stream:
                break
        assert in_flight(session) == 0
        assert [row async for row in stream] == []


@in_memory
async def test_error_of_the_next_page_comes_after_the_rows_before_it() -> None:
    def answer(request: ReceivedRequest) -> Any:
        if request.options.paging_state is None:
            return Rows([("v", "int")], [(1,), (2,)], paging_state=b"more")
        return ErrorAnswer(0x2200, "no")

    async with one_node() as (server, session):
        server.prime(BOUND, answer, bind=[("k", "int")], columns=[("v", "int")])
        rows: list[int] = []

        async def read() -> None:
            async for row in session.stream(BOUND, [1], into="scalar"):
                await asyncio.sleep(1)
                rows.append(row)

        with pytest.raises(aiocql.InvalidRequest):
            await read()
        assert rows == [1, 2]
        async for _ in session.stream(BOUND, [1]):
            await asyncio.sleep(1)
            break  # the error that nobody wants is not reported as never retrieved


@in_memory
async def test_stream_resumes_from_a_state_that_was_kept() -> None:
    async with one_node() as (server, session):
        prime_many(server)
        first = await session.execute(BOUND, [1], page_size=10)
        rest = session.stream(BOUND, [1], page_size=10, paging_state=first.paging_state, into="scalar")
        assert [row async for row in rest] == list(range(10, 95))
        with pytest.raises(aiocql.ServerProtocolError):
            await session.execute(BOUND, [1], paging_state=b"foreign")


@pytest.mark.fault(17)
def test_stream_cancelled_at_every_step(record_property: Record) -> None:
    async def scenario(victim: Victim) -> None:
        async with one_node() as (server, session):
            prime_many(server)

            async def read() -> list[int]:
                return [row async for row in session.stream(BOUND, [1], page_size=40, into="scalar")]

            await victim(read())
            assert [row async for row in session.stream(BOUND, [1], into="scalar")] == list(range(95))

    outcomes = cancel_at_every_step(scenario)
    assert outcomes[-1].value == list(range(95))
    assert {outcome.cancelled for outcome in outcomes[:-1]} == {True}
    record_steps(record_property, outcomes)


@in_memory
async def test_wait_that_was_cancelled_can_be_taken_up_again() -> None:
    async with one_node() as (server, session):
        prime = prime_many(server, hold=True)
        stream = session.stream(BOUND, [1], page_size=50, into="scalar")
        task = asyncio.ensure_future(anext(stream))
        await server.until(lambda: prime.count == 1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        prime.how = {}
        assert [row async for row in stream] == list(range(95))
        assert sends(server, Opcode.EXECUTE) == 3
