"""Row 19: answers close to the largest that is accepted, and many large pages for a consumer that is slow.

The session is in a process of its own: what it holds at most is what the kernel says of it.
"""

from __future__ import annotations

import asyncio
import json
import struct
import subprocess
import sys
from typing import Any

import pytest
from tests.plugins.fault_table import Record

from aiocql.testing import RawAnswer, ReceivedRequest, Rows, ScriptedServer

pytestmark = pytest.mark.fault(19)

MIB = 1 << 20
LIMIT = 64 * MIB
"""`max_frame_size` here; the default is 256 MiB, which would take the server of this test seconds to write."""
ROWS, PAGES = 16, 8
"""A page is 16 rows of 1 MiB."""
CELL = b"x" * MIB

CLIENT = """
import asyncio, json, sys
import aiocql

def most():
    # Not getrusage: its maximum begins with that of the process which started this one.
    [line] = [line for line in open("/proc/self/status") if line.startswith("VmHWM:")]
    return int(line.split()[1]) * 1024

async def answered(session):
    for _ in range(50):
        try:
            assert (await session.execute("SELECT small FROM t")).one() == (1,)
            return
        except aiocql.Error:
            await asyncio.sleep(0.1)

async def main(address, port, version, limit):
    seen = {}
    options = {"protocol_version": version, "max_frame_size": limit, "schema_metadata": False}
    options |= {"request_timeout": 240.0, "heartbeat_interval": None}
    async with aiocql.connect(address, port=port, **options) as session:
        await answered(session)
        before = most()
        try:
            await session.execute("SELECT v FROM beyond", idempotent=True)
        except aiocql.FrameTooLarge as error:
            seen["beyond"] = [len(error.attempts), str(error)]
        seen["beyond_held"] = most() - before
        await answered(session)
        seen["rows"] = 0
        async for row in session.stream("SELECT v FROM pages"):
            assert len(row.v) == 1 << 20
            seen["rows"] += 1
            await asyncio.sleep(0.002)
        seen["pages_held"] = most() - before
        row = None
        seen["large"] = len((await session.execute("SELECT v FROM large")).one().v)
        seen["large_held"] = most() - before
        await answered(session)
        seen["up"] = session.hosts[0].is_up
        seen["buffers"] = [connection.read_buffer for connection in session.stats().hosts[0].connections]
    print(json.dumps(seen))

asyncio.run(main(sys.argv[1], *map(int, sys.argv[2:])))
"""


def head_of_too_much(request: ReceivedRequest) -> RawAnswer:
    """The header of an answer one byte larger than the limit, and not the answer."""
    header = struct.pack(">BBhBI", 0x80 | request.version, 0, request.stream, 0x08, LIMIT + 1)
    return RawAnswer(data=header + bytes(200_000), level="envelope")


def large_answers(server: ScriptedServer) -> None:
    columns: Any = [("v", "blob")]
    server.prime("SELECT small FROM t", columns=[("v", "int")], rows=[(1,)])
    server.prime("SELECT v FROM pages", columns=columns, pages=[[(CELL,)] * ROWS] * PAGES)
    # What an answer has beside its value is less than a KiB.
    server.prime("SELECT v FROM large", lambda _: Rows(columns, [(bytes(LIMIT - 1024),)]), columns=columns)
    server.prime("SELECT v FROM beyond", head_of_too_much, columns=columns)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("version", [4, 5])
async def test_what_large_answers_take(version: int, record_property: Record) -> None:
    async with ScriptedServer(max_version=version) as server:
        large_answers(server)
        command = [sys.executable, "-c", CLIENT, server.address, *map(str, (server.port, version, LIMIT))]
        client = await asyncio.to_thread(
            subprocess.run, command, capture_output=True, check=False, timeout=230
        )
    assert client.returncode == 0, client.stderr.decode()
    seen = json.loads(client.stdout)
    attempts, text = seen["beyond"]
    assert attempts <= 1, "another host would answer the same"
    assert f"{LIMIT} allowed" in text
    assert "raise max_frame_size, or ask for smaller pages" in text
    assert seen["beyond_held"] < 16 * MIB, "nothing was allocated for it"
    page = ROWS * MIB
    assert seen["rows"] == ROWS * PAGES
    assert seen["pages_held"] < 5 * page, "a page, the one ahead, and what is being received; not all eight"
    assert seen["large"] == LIMIT - 1024
    assert seen["large_held"] < 3.5 * LIMIT, (
        "the bytes as they came, with room to grow, and the value made of them"
    )
    assert seen["up"]
    assert max(seen["buffers"]) <= MIB, "the buffer is small again"
    record_property(
        "seen",
        f"v{version}: {PAGES} pages of 16 MiB, slowly: {seen['pages_held'] / MIB:.0f} MiB more at most; "
        f"an answer of 64 MiB: {seen['large_held'] / MIB:.0f} MiB more",
    )
