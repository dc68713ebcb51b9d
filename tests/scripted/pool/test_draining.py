"""Connections that take no more requests: they end with their last request, however it ends, and are waited for."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from tests import internals
from tests.plugins.canary import VALUE
from tests.scripted.in_memory import in_memory
from tests.scripted.scripted_sessions import INSERT, one_node

import aiocql
from aiocql.testing import NoAnswer, Opcode, ReceivedRequest, ScriptedServer, Void
from aiocql.testing.server.answers import Answer

pytestmark = pytest.mark.fault(16)

LOCAL = aiocql.HostDistance.LOCAL


def is_execute(request: ReceivedRequest) -> bool:
    return request.opcode is Opcode.EXECUTE


async def one_request_on_each_of_two_connections(
    server: ScriptedServer, session: aiocql.Session, answer: Answer, timeout: float
) -> list[asyncio.Task[aiocql.Result[Any]]]:
    await session.prepare(INSERT)
    await session.warm_up(2)
    primed = server.prime(is_execute, answer)
    tasks = [asyncio.create_task(session.execute(INSERT, [k, VALUE], timeout=timeout)) for k in range(2)]
    await server.until(lambda: primed.count == 2)
    assert [each.in_flight for each in session.stats().hosts[0].connections] == [1, 1]
    return tasks


def drain_one(session: aiocql.Session) -> None:
    session.set_max_connections_per_host(LOCAL, 1)
    assert [each.is_draining for each in session.stats().hosts[0].draining] == [True]
    told = json.loads(json.dumps(session.inspect()))
    assert [each["is_draining"] for each in told["hosts"][0]["draining"]] == [True]


@in_memory
async def test_one_whose_last_request_times_out_closes() -> None:
    async with one_node() as (server, session):
        tasks = await one_request_on_each_of_two_connections(server, session, NoAnswer(), 2.0)
        drain_one(session)
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        assert {type(each) for each in outcomes} == {aiocql.OperationTimedOut}
        # The control connection and the one that serves; the heartbeat after the timeout is answered first.
        await server.until(lambda: len(server.connections) == 2)
        assert session.stats().hosts[0].draining == ()


@in_memory
async def test_one_whose_last_request_is_cancelled_closes() -> None:
    async with one_node() as (server, session):
        tasks = await one_request_on_each_of_two_connections(server, session, NoAnswer(), 100.0)
        drain_one(session)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        assert session.stats().hosts[0].draining == ()
        await server.until(lambda: len(server.connections) == 2)


@in_memory
async def test_close_waits_for_them() -> None:
    async with one_node() as (server, session):
        tasks = await one_request_on_each_of_two_connections(server, session, Void(delay=1.0), 10.0)
        session.set_max_connections_per_host(LOCAL, 1)
        serving = internals.pools(session)[session.hosts[0]].connections[0]
        # Only the request of the draining connection is left.
        serving.core.fail_all(lambda _: aiocql.ConnectionLost("for the test"))
        await session.close(drain_timeout=5)
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        assert sorted(type(each).__name__ for each in outcomes) == ["ConnectionLost", "Result"]


@in_memory
async def test_what_drained_when_its_host_was_let_go_still_finishes() -> None:
    async with one_node() as (server, session):
        tasks = await one_request_on_each_of_two_connections(server, session, Void(delay=1.0), 10.0)
        drain_one(session)
        internals.host_pools(session).remove(session.hosts[0])
        await session.close(drain_timeout=5)
        assert [task.result().rows for task in tasks] == [[], []]


@pytest.mark.fault(45)
@in_memory
async def test_close_fails_them_after_its_drain_timeout() -> None:
    async with one_node() as (server, session):
        tasks = await one_request_on_each_of_two_connections(server, session, NoAnswer(), 100.0)
        drain_one(session)
        start = asyncio.get_running_loop().time()
        await session.close(drain_timeout=2)
        assert asyncio.get_running_loop().time() - start == pytest.approx(2, abs=0.2)
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        assert {type(each) for each in outcomes} == {aiocql.SessionClosed}
        await server.until(lambda: not server.connections)
