"""Row 35: a thousand sessions in a few processes, and the server restarts: they come back, and not all at once."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections import Counter
from itertools import pairwise

import pytest
from tests.plugins.canary import value_of
from tests.plugins.fault_table import Record
from tests.scripted.in_memory import in_memory
from tests.scripted.scripted_sessions import SELECT, prime_table

import aiocql
from aiocql.testing import ScriptedServer
from aiocql.testing.server.scripted_connection import ScriptedConnection

pytestmark = pytest.mark.fault(35, 57)

PROCESSES, SESSIONS = 4, 250
FEW = 100
"""Sessions in virtual time, where each attempt has a time of its own."""


CLIENTS = """
import asyncio, sys
import aiocql

async def main(address, port, count):
    gate = asyncio.Semaphore(20)
    async def open_one():
        async with gate:
            return await aiocql.connect(address, port=port, schema_metadata=False, connect_timeout=60.0)
    sessions = await asyncio.gather(*(open_one() for _ in range(count)))
    print("connected", flush=True)
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(None, sys.stdin.readline)      # the server was stopped
    async def back(session):
        while True:
            try:
                assert (await session.execute("SELECT v FROM t")).one() == (1,)
                return
            except aiocql.Error:
                await asyncio.sleep(0.25)
    await asyncio.gather(*map(back, sessions))
    print("back", flush=True)
    await loop.run_in_executor(None, sys.stdin.readline)
    await asyncio.gather(*(session.close() for session in sessions))
    assert not [t for t in asyncio.all_tasks() if t is not asyncio.current_task()]

asyncio.run(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
"""


async def hear(process: asyncio.subprocess.Process, word: bytes) -> None:
    assert process.stdout is not None
    assert (await process.stdout.readline()).strip() == word


def tell(process: asyncio.subprocess.Process) -> None:
    assert process.stdin is not None
    process.stdin.write(b"\n")


@pytest.mark.timeout(300)
async def test_a_thousand_sessions_come_back_and_not_at_once(record_property: Record) -> None:
    async with ScriptedServer() as server:
        server.keep_requests = False
        server.prime("SELECT v FROM t", columns=[("v", "int")], rows=[(1,)])
        clients = [
            await asyncio.create_subprocess_exec(
                *(sys.executable, "-c", CLIENTS, server.address, str(server.port), str(SESSIONS)),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
            )
            for _ in range(PROCESSES)
        ]
        try:
            await asyncio.gather(*(hear(client, b"connected") for client in clients))
            await server.stop()
            await asyncio.sleep(4)
            before = server.connection_count
            attempts: Counter[int] = Counter()
            await server.start()
            for client in clients:
                tell(client)
            back = asyncio.gather(*(hear(client, b"back") for client in clients))
            loop = asyncio.get_running_loop()
            begun, seen = loop.time(), before
            while not back.done():
                await asyncio.sleep(0.05)
                attempts[int(2 * (loop.time() - begun))] += server.connection_count - seen
                seen = server.connection_count
            await back
            total = sum(attempts.values())
            assert total <= 4 * PROCESSES * SESSIONS, "a session needs a few connections, not a storm"
            busiest = max(attempts.values())
            assert busiest < 0.7 * total, attempts
            for client in clients:
                tell(client)
            assert [await client.wait() for client in clients] == [0] * PROCESSES
        finally:
            for client in clients:
                if client.returncode is None:
                    client.kill()
                    await client.wait()
    record_property(
        "seen", f"1,000 sessions back by {total:,} connections, {busiest:,} in the busiest half second"
    )


class Arrivals(ScriptedServer):
    """A server that notes when connections come."""

    def __init__(self) -> None:
        super().__init__()
        self.at: list[float] = []

    def new_connection(self) -> ScriptedConnection:
        self.at.append(asyncio.get_running_loop().time())
        return super().new_connection()


@in_memory
async def test_the_attempts_of_a_hundred_sessions_are_spread(record_property: Record) -> None:
    """The server is away for ten seconds: the fifth attempt of each, after 15 s, is the first that meets it."""
    loop = asyncio.get_running_loop()
    async with Arrivals() as server, contextlib.AsyncExitStack() as stack:
        prime_table(server)
        server.keep_requests = False
        sessions = [
            await stack.enter_async_context(
                aiocql.connect(server.address, port=server.port, schema_metadata=False)
            )
            for _ in range(FEW)
        ]
        lost = loop.time()
        await server.stop(reset=True)
        await asyncio.sleep(10)
        server.at.clear()
        await server.start()
        while not all(session.hosts[0].is_up for session in sessions):  # noqa: ASYNC110  # in virtual time
            await asyncio.sleep(0.5)
        took = loop.time() - lost
        for k, session in enumerate(sessions):
            assert (await session.execute(SELECT, [k])).one() == (value_of(k),)
        await asyncio.sleep(20)
        assert len(server.at) == 2 * FEW, (
            "a connection for requests and one for events of each session, no more"
        )
        assert took < 15 * 1.15 + 1, "none waits longer than its schedule says"
        busiest = max(sum(0 <= other - at < 0.1 for other in server.at) for at in server.at)
        assert busiest < 0.2 * len(server.at), "a tenth of a second has a small part of them"
        assert max(later - earlier for earlier, later in pairwise(sorted(server.at))) < 5
    record_property(
        "seen", f"{FEW} sessions: {busiest} of {2 * FEW} connections in the busiest tenth of a second"
    )
