"""Row 27: a system clock that jumps. Timeouts do not look at it; timestamps never go back."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise

import pytest
from tests import internals
from tests.plugins.canary import VALUE
from tests.scripted.in_memory import in_memory
from tests.scripted.scripted_sessions import INSERT, one_node

from aiocql.testing import Opcode

pytestmark = pytest.mark.fault(27)

MONOTONIC_ONLY = """
import ast, pathlib, sys, aiocql
for path in pathlib.Path(aiocql.__file__).parent.rglob("*.py"):
    if {"testing", "cli", "compat"}.isdisjoint(path.parts):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                if (node.value.id, node.attr) in {("time", "time"), ("time", "time_ns")}:
                    print(path.name, node.lineno)
"""


@in_memory
async def test_timestamps_grow_where_the_clock_does_not() -> None:
    """Asked faster than the clock's microseconds go by: the same rule as for a clock that was set back."""
    async with one_node() as (server, session):
        given = [internals.executor(session).next_timestamp() for _ in range(100_000)]
        assert all(a < b for a, b in pairwise(given))
        for k in range(3):
            await session.execute(INSERT, [k, VALUE])
        sent = [
            r.options.timestamp for r in server.requests if r.opcode is Opcode.EXECUTE and r.options.timestamp
        ]
        assert len(sent) == 3
        assert given[-1] < sent[0] < sent[1] < sent[2]


def test_nothing_of_the_driver_waits_by_the_systems_clock() -> None:
    done = subprocess.run([sys.executable, "-c", MONOTONIC_ONLY], capture_output=True, text=True, check=True)
    allowed = {
        "timeuuid.py",
        "monitor.py",
        "report.py",
        "inspection.py",
        "durations.py",
        "spans.py",
        "connect.py",
    }  # they tell what time it is
    assert {line.split()[0] for line in done.stdout.splitlines()} <= allowed
