"""Row 26: a session used after a fork, from another loop or from another thread."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys

import pytest

import aiocql
from aiocql.testing import Opcode, ScriptedServer

pytestmark = pytest.mark.fault(26)

FORKED = """
import asyncio, os, sys
import aiocql

async def main(address, port):
    session = await aiocql.connect(address, port=port)
    child = os.fork()
    if child == 0:
        try:
            await session.execute("SELECT v FROM t")
        except aiocql.WrongContext as error:
            os._exit(0 if "fork" in str(error) else 3)
        os._exit(4)
    _, status = os.waitpid(child, 0)
    print(os.waitstatus_to_exitcode(status), flush=True)
    assert (await session.execute("SELECT v FROM t")).one() == (1,)     # the parent's connections are untouched
    await session.close()

asyncio.run(main(sys.argv[1], int(sys.argv[2])))
"""


async def started(script: str, server: ScriptedServer) -> asyncio.subprocess.Process:
    """A process of its own, since it forks."""
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", script, server.address, str(server.port)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONWARNINGS": "ignore::DeprecationWarning"},
    )


async def test_a_session_of_before_a_fork_is_refused_and_that_of_the_parent_works_on() -> None:
    async with ScriptedServer() as server:
        server.prime("SELECT v FROM t", columns=[("v", "int")], rows=[(1,)])
        process = await started(FORKED, server)
        said, _ = await process.communicate()
        assert said.split() == [b"0"]
        assert process.returncode == 0
        assert server.count("SELECT v FROM t") == 1, "the child sent nothing"


RUNS_ON = """
import asyncio, os, sys, time
import aiocql

async def main(address, port):
    loop = asyncio.get_running_loop()
    session = await aiocql.connect(address, port=port, heartbeat_interval=0.2, heartbeat_timeout=5.0)
    child = os.fork()
    if child == 0:
        later = loop.create_future()
        loop.call_later(1.5, later.set_result, None)
        await later                     # the copy of the loop runs on: heartbeats are due, and answers arrive
        os._exit(0)
    print("asleep", flush=True)
    time.sleep(1.0)                     # only the child's loop runs
    print("awake", flush=True)
    for _ in range(50):
        assert (await session.execute("SELECT v FROM t")).one() == (1,)
        await asyncio.sleep(0.01)
    assert session.stats().hosts[0].connections_lost == 0
    _, status = os.waitpid(child, 0)
    print(os.waitstatus_to_exitcode(status), flush=True)
    await session.close()

asyncio.run(main(sys.argv[1], int(sys.argv[2])))
"""


async def test_a_child_that_runs_the_copied_loop_on_neither_writes_nor_reads() -> None:
    async with ScriptedServer() as server:
        server.prime("SELECT v FROM t", columns=[("v", "int")], rows=[(1,)])
        process = await started(RUNS_ON, server)
        assert process.stdout is not None
        assert await process.stdout.readline() == b"asleep\n"
        before = len(server.requests)
        assert await process.stdout.readline() == b"awake\n"
        heartbeats = [each for each in server.requests[before:] if each.opcode is Opcode.OPTIONS]
        assert heartbeats == [], "the child asked over the parent's sockets"
        said, errors = await process.communicate()
        assert (said.split(), process.returncode) == ([b"0"], 0), errors.decode()
        assert server.count("SELECT v FROM t") == 50


async def test_a_session_of_another_loop_is_refused() -> None:
    async with ScriptedServer() as server:
        server.prime("SELECT v FROM t", columns=[("v", "int")], rows=[(1,)])
        async with aiocql.connect(server.address, port=server.port) as session:

            def elsewhere() -> None:
                with pytest.raises(aiocql.WrongContext, match="another event loop"):
                    asyncio.run(session.execute("SELECT v FROM t"))

            await asyncio.to_thread(elsewhere)
            assert (await session.execute("SELECT v FROM t")).one() == (1,)
            assert server.count("SELECT v FROM t") == 1
        await asyncio.get_running_loop().shutdown_default_executor()


async def test_each_thread_has_its_own_loop_and_session() -> None:
    async with ScriptedServer() as server:
        server.prime(
            "SELECT v FROM t WHERE k = ?",
            bind=[("k", "int")],
            columns=[("v", "int")],
            rows=lambda request: [(request.bound["k"],)],
        )

        async def work(first: int) -> None:
            async with aiocql.connect(server.address, port=server.port) as session:
                keys = range(first, first + 200)
                results = await asyncio.gather(
                    *(session.execute("SELECT v FROM t WHERE k = ?", [k]) for k in keys)
                )
                assert [result.one().v for result in results] == list(keys)

        threads = (asyncio.to_thread(asyncio.run, work(1000 * n)) for n in range(4))
        await asyncio.gather(*threads)
        await asyncio.get_running_loop().shutdown_default_executor()
