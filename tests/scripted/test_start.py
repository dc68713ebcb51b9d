"""What a program waits for between its start and its first row: importing takes longer than the network."""

from __future__ import annotations

import asyncio
import sys

from aiocql.testing import ScriptedCluster

PROGRAM = """
import asyncio, sys
before = set(sys.modules)
import aiocql

async def main():
    async with aiocql.connect((sys.argv[1], int(sys.argv[2]))) as session:
        assert (await session.execute("SELECT release_version FROM system.local WHERE key = ?", ["local"])).one()
        print(*sorted(set(sys.modules) - before))

asyncio.run(main())
"""
SLOW = {
    "array",
    "dataclasses",
    "datetime",
    "decimal",
    "difflib",
    "email",
    "inspect",
    "json",
    "random",
    "urllib.parse",
}
"""Of the standard library: each takes from half a millisecond to several."""


async def test_the_first_row_comes_without_what_most_programs_never_need() -> None:
    async with ScriptedCluster() as cluster:
        host, port = cluster.contact_point
        program = await asyncio.create_subprocess_exec(
            sys.executable, "-c", PROGRAM, host, str(port), stdout=asyncio.subprocess.PIPE
        )
        out, _ = await program.communicate()
    assert program.returncode == 0
    brought = set(out.decode().split())
    assert "aiocql.session.session" in brought
    assert not SLOW & brought
    assert not {
        name for name in brought if name.startswith(("aiocql.cli", "aiocql.compat", "aiocql.exporters"))
    }
