"""A request that may be sent twice moves on past `attempt_timeout`: to another host, else to another connection."""

from __future__ import annotations

import asyncio

import pytest
from tests.plugins.canary import VALUE, value_of
from tests.scripted.in_memory import in_memory
from tests.scripted.scripted_sessions import INSERT, SELECT, one_node

import aiocql
from aiocql.testing import NoAnswer, Opcode, ReceivedRequest


def is_execute(request: ReceivedRequest) -> bool:
    return request.opcode is Opcode.EXECUTE


@in_memory
async def test_with_one_host_it_goes_to_another_connection() -> None:
    async with one_node(attempt_timeout=0.5) as (server, session):
        await session.prepare(SELECT)
        await session.warm_up(2)
        silent = server.prime(is_execute, NoAnswer(), times=1)
        result = await session.execute(SELECT, [1])
        assert result.one() == (value_of(1),)
        assert silent.count == 1
        assert [type(attempt.error) for attempt in result.attempts] == [aiocql.OperationTimedOut]
        # One connection holds the orphan, the other one answered.
        executes = [request for request in server.requests if request.opcode is Opcode.EXECUTE]
        assert len(executes) == 2
        assert sorted(each.orphans for each in session.stats().hosts[0].connections) == [0, 1]


@in_memory
async def test_with_one_connection_it_is_asked_again_within_the_deadline() -> None:
    async with one_node(attempt_timeout=0.5, request_timeout=3.0) as (server, session):
        await session.prepare(SELECT)
        server.prime(is_execute, NoAnswer(), times=2)
        assert (await session.execute(SELECT, [1])).one() == (value_of(1),)
        start = asyncio.get_running_loop().time()
        silent = server.prime(is_execute, NoAnswer())
        with pytest.raises(aiocql.OperationTimedOut) as caught:
            await session.execute(SELECT, [2])
        assert asyncio.get_running_loop().time() - start == pytest.approx(3.0, abs=0.1)
        assert silent.count > 3
        assert len(caught.value.attempts) == silent.count - 1


@pytest.mark.fault(41)
@in_memory
async def test_what_may_not_be_sent_twice_waits() -> None:
    async with one_node(attempt_timeout=0.5, request_timeout=3.0) as (server, session):
        await session.prepare(INSERT)
        await session.warm_up(2)
        silent = server.prime(is_execute, NoAnswer())
        with pytest.raises(aiocql.OperationTimedOut):
            await session.execute(INSERT, [1, VALUE])
        assert silent.count == 1


@pytest.mark.fault(56)
@in_memory
async def test_the_first_timeout_on_a_connection_causes_a_heartbeat_at_once() -> None:
    async with one_node(attempt_timeout=0.5, request_timeout=3.0) as (server, session):
        await session.prepare(INSERT)
        assert session.stats().hosts[0].connections[0].heartbeats == 0
        server.prime(is_execute, NoAnswer())
        with pytest.raises(aiocql.OperationTimedOut):
            await session.execute(INSERT, [1, VALUE])
        assert session.stats().hosts[0].connections[0].heartbeats == 1
