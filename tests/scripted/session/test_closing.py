"""close(): what is in flight finishes or fails with SessionClosed; it is bounded, repeatable and cancellable."""

from __future__ import annotations

import asyncio
import gc
import warnings
from typing import Any

import pytest
from tests import internals
from tests.plugins.canary import VALUE
from tests.scripted.in_memory import in_memory
from tests.scripted.scripted_sessions import INSERT, SELECT, one_node, prime_table

import aiocql
from aiocql.testing import (
    MemoryLoop,
    NoAnswer,
    Opcode,
    ReceivedRequest,
    SchemaChange,
    ScriptedServer,
    SetKeyspace,
    Victim,
    Void,
    cancel_at_every_step,
    run_virtual,
)

pytestmark = pytest.mark.fault(31, 45)


def is_execute(request: ReceivedRequest) -> bool:
    return request.opcode is Opcode.EXECUTE


@in_memory
async def test_what_is_in_flight_may_finish() -> None:
    async with one_node() as (server, session):
        await session.prepare(INSERT)
        slow = server.prime(is_execute, Void(delay=3.0))
        tasks = [asyncio.create_task(session.execute(INSERT, [k, VALUE])) for k in range(5)]
        await server.until(lambda: slow.count == 5)
        await session.close()
        assert [task.done() for task in tasks] == [True] * 5
        assert [task.result().rows for task in tasks] == [[]] * 5
        with pytest.raises(aiocql.SessionClosed):
            await session.execute(INSERT, [1, VALUE])


@in_memory
async def test_what_takes_too_long_fails_and_is_told_so() -> None:
    async with one_node() as (server, session):
        await session.prepare(INSERT)
        silent = server.prime(is_execute, NoAnswer())
        task = asyncio.create_task(session.execute(INSERT, [1, VALUE], timeout=None))
        await server.until(lambda: silent.count == 1)
        start = asyncio.get_running_loop().time()
        await session.close(drain_timeout=2.0)
        assert 2.0 <= asyncio.get_running_loop().time() - start < 3.5
        with pytest.raises(aiocql.SessionClosed, match="may have carried"):
            await task


@in_memory
async def test_waiting_and_repreparing_and_preparing_requests_end_too() -> None:
    pool = aiocql.PoolOptions(max_requests_per_connection=2, core_local=1, max_local=1)
    async with one_node(pool=pool) as (server, session):
        await session.prepare(SELECT)
        server.prime(lambda request: request.opcode in (Opcode.EXECUTE, Opcode.PREPARE), NoAnswer())
        executing = [asyncio.create_task(session.execute(SELECT, [k], timeout=None)) for k in range(6)]
        preparing = [asyncio.create_task(session.prepare("SELECT other FROM t")) for _ in range(2)]
        await asyncio.sleep(0.5)
        await session.close(drain_timeout=0)
        outcomes = await asyncio.gather(*executing, *preparing, return_exceptions=True)
        assert {type(outcome) for outcome in outcomes} == {aiocql.SessionClosed}


@in_memory
async def test_request_that_is_being_prepared_again_ends() -> None:
    async with one_node() as (server, session):
        await session.prepare(SELECT)
        server.forget_prepared()
        silent = server.prime(lambda request: request.opcode is Opcode.PREPARE, NoAnswer())
        tasks = [asyncio.create_task(session.execute(SELECT, [k], timeout=None)) for k in range(2)]
        await server.until(lambda: silent.count >= 1)
        await session.close(drain_timeout=0)
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        assert {type(outcome) for outcome in outcomes} == {aiocql.SessionClosed}


@in_memory
async def test_use_that_is_not_followed_everywhere_ends() -> None:
    async with one_node(keyspace="system") as (server, session):
        server.prime("USE ks", SetKeyspace("ks"))
        silent = server.prime('USE "ks"', NoAnswer())
        task = asyncio.create_task(session.execute("USE ks", timeout=None))
        await server.until(lambda: silent.count >= 1)
        await session.close(drain_timeout=0)
        with pytest.raises(aiocql.Error):
            await task


@in_memory
@pytest.mark.parametrize("what", ["USE ks", "CREATE KEYSPACE ks"])
async def test_what_is_being_followed_ends_though_its_task_never_began(what: str) -> None:
    async with one_node(keyspace="system") as (server, session):
        server.prime("USE ks", SetKeyspace("ks"))
        server.prime("CREATE KEYSPACE ks", SchemaChange("CREATED", "KEYSPACE", "ks"))
        parts = internals.services(session)
        owner: Any = parts.changes if what.startswith("USE") else parts.cluster
        spawn = owner._spawn

        def cancelled_at_once(work: Any) -> Any:
            task = spawn(work)
            task.cancel()
            return task

        owner._spawn = cancelled_at_once
        task = asyncio.create_task(session.execute(what, timeout=None))
        done, _ = await asyncio.wait([task], timeout=5)
        assert done == {task}
        if what.startswith("USE"):
            assert isinstance(task.exception(), aiocql.SessionClosed)
        else:
            assert task.exception() is None


@in_memory
async def test_closing_again_and_at_the_same_time() -> None:
    async with one_node() as (server, session):
        await asyncio.gather(*(session.close() for _ in range(3)))
        await session.close()
        assert session.is_closed
        await server.until(lambda: not server.connections)


@pytest.mark.fault(17)
def test_close_cancelled_at_every_step() -> None:
    async def scenario(victim: Victim) -> None:
        async with ScriptedServer() as server:
            prime_table(server)
            session = await aiocql.connect(server.address, port=server.port)
            await session.prepare(SELECT)
            server.prime(is_execute, NoAnswer())
            task = asyncio.create_task(session.execute(SELECT, [1], timeout=None))
            await server.until(lambda: server.count(Opcode.EXECUTE) == 1)
            await victim(session.close(drain_timeout=1.0))
            await session.close(drain_timeout=0)
            with pytest.raises(aiocql.SessionClosed):
                await task
            await server.until(lambda: not server.connections)

    outcomes = cancel_at_every_step(scenario)
    assert (outcomes[-1].error, outcomes[-1].struck) == (None, False)


@in_memory
async def test_leaving_with_an_error_does_not_wait() -> None:
    async with ScriptedServer() as server:
        prime_table(server)
        start = asyncio.get_running_loop().time()
        tasks = []

        async def leave() -> None:
            async with aiocql.connect(server.address, port=server.port) as session:
                await session.prepare(SELECT)
                server.prime(is_execute, NoAnswer())
                tasks.append(asyncio.create_task(session.execute(SELECT, [1], timeout=None)))
                await server.until(lambda: server.count(Opcode.EXECUTE) == 1)
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await leave()
        assert asyncio.get_running_loop().time() - start < 2.0
        with pytest.raises(aiocql.SessionClosed):
            await tasks[0]


def test_session_that_nobody_closed_says_where_it_was_made() -> None:
    async def main() -> None:
        server = ScriptedServer()
        await server.start()
        await aiocql.connect(server.address, port=server.port)

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with asyncio.Runner(loop_factory=MemoryLoop) as runner:
            runner.run(main())
        del runner
        gc.collect()
    told = [str(each.message) for each in caught if "session was never closed" in str(each.message)]
    assert len(told) == 1
    assert __file__ in told[0]


def test_session_that_could_not_connect_says_nothing() -> None:
    async def main() -> None:
        with pytest.raises(aiocql.NoHostAvailable):
            await aiocql.connect("127.0.0.1", port=1)

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run_virtual(main, loop_factory=MemoryLoop)
        gc.collect()
