"""Row 35: a thousand sessions in a few processes, and the server restarts: they come back, and not all at once."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter

import pytest

from aiocql.testing import ScriptedServer

PROCESSES, SESSIONS = 4, 250

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
async def test_a_thousand_sessions_come_back_and_not_at_once() -> None:
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
            assert max(attempts.values()) < 0.7 * total, attempts
            for client in clients:
                tell(client)
            assert [await client.wait() for client in clients] == [0] * PROCESSES
        finally:
            for client in clients:
                if client.returncode is None:
                    client.kill()
                    await client.wait()
