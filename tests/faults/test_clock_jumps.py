"""Row 27: the system's clock is set hours forwards and backwards under a session. No timer notices, timestamps grow.

A small library in front of libc's `clock_gettime` moves CLOCK_REALTIME in a process of its own: for Python, for the
compiled core and for all that they call. CLOCK_MONOTONIC goes on as it does when an administrator sets the time.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from tests.plugins.fault_table import Record

pytestmark = pytest.mark.fault(27)

JUMPS = (5, -10, 1, 30, -40)
"""Hours."""

LIBRARY = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>

static long moved;

void move_wall_clock(long seconds) { moved += seconds; }

int clock_gettime(clockid_t clock, struct timespec *at)
{
    static int (*of_libc)(clockid_t, struct timespec *);
    if (of_libc == 0)
        of_libc = (int (*)(clockid_t, struct timespec *)) dlsym(RTLD_NEXT, "clock_gettime");
    int result = of_libc(clock, at);
    if (clock == CLOCK_REALTIME)
        at->tv_sec += moved;
    return result;
}
"""

CLIENT = """
import asyncio, ctypes, json, sys, time
import aiocql
from aiocql.testing import NoAnswer, ScriptedServer

INSERT = "INSERT INTO t (k) VALUES (?)"
move = ctypes.CDLL(None).move_wall_clock
move.argtypes = [ctypes.c_long]

async def times_out(session):
    begun = time.monotonic()
    try:
        await session.execute("SELECT silent FROM t", timeout=0.3)
    except aiocql.OperationTimedOut:
        return time.monotonic() - begun

async def main(jumps):
    seen = {"wall": [], "took": []}
    async with ScriptedServer() as server:
        insert = server.prime(INSERT, bind=[("k", "int")], partition_key=[0], delay=0.05)
        server.prime("SELECT silent FROM t", NoAnswer(), columns=[("v", "int")])
        options = {"heartbeat_interval": 0.1, "heartbeat_timeout": 5.0}
        async with aiocql.connect(server.address, port=server.port, **options) as session:
            await session.execute(INSERT, [0])
            for hours in jumps:
                waiting = [asyncio.create_task(times_out(session)) for _ in range(3)]
                writing = [asyncio.create_task(session.execute(INSERT, [k])) for k in range(5)]
                await asyncio.sleep(0.02)
                before = time.time()
                move(hours * 3600)
                seen["wall"].append(round((time.time() - before) / 3600))
                await asyncio.gather(*writing)
                for k in range(5):
                    await session.execute(INSERT, [k])
                seen["took"] += await asyncio.gather(*waiting)
            seen["connections"] = server.connection_count
            seen["up"] = session.hosts[0].is_up
        seen["timestamps"] = [request.options.timestamp for request in insert.requests]
        seen["violations"] = server.violations
    print(json.dumps(seen))

asyncio.run(main(json.loads(sys.argv[1])))
"""


def library(folder: Path) -> Path:
    """What moves the wall clock of a process that is started with it."""
    source, made = folder / "wall_clock.c", folder / "wall_clock.so"
    source.write_text(LIBRARY)
    compiler = os.environ.get("CC", "cc").split()
    subprocess.run([*compiler, "-shared", "-fPIC", "-o", made, source, "-ldl"], check=True)
    return made


def test_hours_forwards_and_backwards(tmp_path: Path, record_property: Record) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CLIENT, json.dumps(JUMPS)],
        env={**os.environ, "LD_PRELOAD": str(library(tmp_path))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen: dict[str, Any] = json.loads(done.stdout)
    assert seen["wall"] == list(JUMPS), "the clock was moved"
    given = seen["timestamps"]
    assert len(given) == 1 + 10 * len(JUMPS)
    assert all(earlier < later for earlier, later in pairwise(given))
    assert max(given) - given[0] > 25 * 3600 * 1_000_000, "they follow the clock forwards"
    assert min(seen["took"]) >= 0.29, "no timer was early"
    assert max(seen["took"]) < 60, "none waits for a clock that was set back"
    assert seen["connections"] == 2, "no heartbeat took it for a failure"
    assert seen["up"]
    assert seen["violations"] == []
    record_property(
        "seen",
        f"clock set by {', '.join(f'{hours:+}' for hours in JUMPS)} h: {len(given)} timestamps, all growing",
    )
