"""Where a session may be used: one loop in one thread of one process. Several of them side by side are fine."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from typing import Any

import pytest
from tests.plugins.canary import value_of
from tests.scripted.scripted_sessions import SELECT, one_node, prime_table

import aiocql
from aiocql.testing import ScriptedServer

pytestmark = pytest.mark.fault(26)

LOCAL = aiocql.HostDistance.LOCAL

USES: dict[str, Callable[[aiocql.Session], Any]] = {
    "execute": lambda session: session.execute(SELECT, [1]),
    "text": lambda session: session.execute("SELECT release_version FROM system.local"),
    "prepare": lambda session: session.prepare("SELECT other FROM t"),
    "stream": lambda session: anext(aiter(session.stream(SELECT, [1]))),
    "batch": lambda session: session.batch([(SELECT, [1])]),
    "warm_up": lambda session: session.warm_up(),
    "set_keyspace": lambda session: session.set_keyspace("ks"),
    "close": lambda session: session.close(),
}
CALLS: dict[str, Callable[[aiocql.Session], Any]] = {
    "events": lambda session: session.events(),
    "listen": lambda session: session.listen(print),
    "core": lambda session: session.set_core_connections_per_host(LOCAL, 2),
    "maximum": lambda session: session.set_max_connections_per_host(LOCAL, 2),
}


async def use(name: str, session: aiocql.Session) -> None:
    if name in USES:
        await USES[name](session)
    else:
        CALLS[name](session)


async def still_works(session: aiocql.Session) -> None:
    assert not session.is_closed
    assert (await session.execute(SELECT, [1])).one() == (value_of(1),)


@pytest.mark.parametrize("name", [*USES, *CALLS])
async def test_another_loop_in_another_thread_is_told_so(name: str) -> None:
    async with one_node() as (_, session):
        await session.prepare(SELECT)
        with pytest.raises(aiocql.WrongContext, match="another event loop") as caught:
            await asyncio.to_thread(asyncio.run, use(name, session))
        assert "one session per event loop" in str(caught.value.hint)
        await still_works(session)


@pytest.mark.parametrize("name", CALLS)
async def test_a_thread_without_a_loop_is_told_so(name: str) -> None:
    async with one_node() as (_, session):
        with pytest.raises(aiocql.WrongContext, match="no event loop runs in this thread"):
            await asyncio.to_thread(CALLS[name], session)
        await still_works(session)


async def test_another_thread_may_ask_the_sessions_loop_and_read_its_stats() -> None:
    async with one_node() as (_, session):
        loop = asyncio.get_running_loop()

        def in_thread() -> tuple[Any, int]:
            asked = asyncio.run_coroutine_threadsafe(session.execute(SELECT, [1]), loop)
            return asked.result(10).one(), session.stats().open_connections

        assert await asyncio.to_thread(in_thread) == ((value_of(1),), 1)


def test_a_loop_after_another_is_told_so() -> None:
    with asyncio.Runner() as first, asyncio.Runner() as second:

        async def connect() -> tuple[ScriptedServer, aiocql.Session]:
            server = ScriptedServer()
            await server.start()
            prime_table(server)
            return server, await aiocql.connect(server.address, port=server.port)

        async def end() -> None:
            await session.close()
            await server.stop()

        server, session = first.run(connect())
        with pytest.raises(aiocql.WrongContext, match="another event loop"):
            second.run(use("execute", session))
        first.run(end())


@pytest.mark.parametrize("name", [*USES, *CALLS])
async def test_a_child_process_is_told_so_and_the_parent_goes_on(name: str) -> None:
    async with one_node() as (_, session):
        await session.prepare(SELECT)
        child = os.fork()
        if child == 0:
            told = 1
            try:
                step = use(name, session)
                step.send(None)
            except aiocql.WrongContext as error:
                told = 0 if "fork" in str(error) else 2
            finally:
                os._exit(told)
        _, status = await asyncio.to_thread(os.waitpid, child, 0)
        assert os.waitstatus_to_exitcode(status) == 0
        await still_works(session)


def test_several_loops_in_several_threads_each_with_its_own_session() -> None:
    threads, requests = 4, 300
    answers: dict[int, list[str]] = {}
    errors: list[BaseException] = []
    together = threading.Barrier(threads)

    def work(number: int) -> None:
        async def main() -> None:
            async with one_node() as (_, session):
                await asyncio.to_thread(together.wait)
                results = await asyncio.gather(
                    *(session.execute(SELECT, [number * requests + i]) for i in range(requests))
                )
                answers[number] = [result.one().v for result in results]

        try:
            asyncio.run(main())
        except BaseException as error:
            errors.append(error)

    workers = [threading.Thread(target=work, args=(number,)) for number in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert errors == []
    for number in range(threads):
        assert answers[number] == [value_of(number * requests + i) for i in range(requests)]


def test_several_sessions_in_one_loop() -> None:
    async def main() -> None:
        async with one_node() as (_, first), one_node() as (_, second):
            await asyncio.gather(still_works(first), still_works(second))
            assert first.hosts[0].port != second.hosts[0].port

    asyncio.run(main())
