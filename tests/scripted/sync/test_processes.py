"""Processes: forks, the end of the interpreter."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

FORK = """
import os, sys, threading
import aiocql.sync
session = aiocql.sync.connect(sys.argv[1])
prepared = session.prepare("SELECT v FROM t WHERE k = ?")
view = session.rate_limited(5)
stream = session.stream(prepared, [1])
before = session.execute(prepared, [1]).one()
child = os.fork()
if child == 0:
    assert session.execute(prepared, [1]).one() == before
    assert session.execute("SELECT v FROM t WHERE k = ?", [1]).one() == before
    assert view.execute(prepared, [1]).one() == before
    assert len(session.batch([("INSERT INTO t (k, v) VALUES (?, ?)", (1, "a"))]).rows) == 0
    assert [r.one() for r in session.execute_concurrent(prepared, [(1,)] * 5)] == [before] * 5
    assert [r.one() for r in session.execute_concurrent([(prepared, (1,))] * 5)] == [before] * 5
    try:
        next(stream)
    except aiocql.WrongContext:
        pass
    else:
        raise AssertionError
    grandchild = os.fork()
    if grandchild == 0:
        assert session.execute(prepared, [1]).one() == before
        session.close()
        sys.exit(0)
    assert os.waitpid(grandchild, 0)[1] == 0
    sys.exit(0)
for _ in range(100):
    assert session.execute(prepared, [1]).one() == before
assert os.waitpid(child, 0)[1] == 0
assert len(list(stream)) == 1
assert session.execute(prepared, [1]).one() == before
print(session.stats().application.failed)
session.close()
"""

FORK_UNUSED = """
import os, sys
import aiocql.sync
with aiocql.sync.connect(sys.argv[1]) as session:
    if os.fork() == 0:
        session.close()
        sys.exit(0)
    assert os.wait()[1] == 0
    session.execute("SELECT v FROM t WHERE k = ?", [1])
print(0)
"""

OPEN_AT_EXIT = """
import sys, aiocql.sync
session = aiocql.sync.connect(sys.argv[1])
session.execute("SELECT v FROM t WHERE k = ?", [1])
print(0)
"""

WAITING_AT_EXIT = """
import sys, threading, time, aiocql.sync
session = aiocql.sync.connect(sys.argv[1])
thread = threading.Thread(target=lambda: list(session.events()), daemon=True)
thread.start()
stream = session.stream("SELECT v FROM t WHERE k = ?", [1])
next(stream)
time.sleep(0.2)
print(0)
"""

CLOSED_AT_EXIT = """
import atexit, sys, aiocql, aiocql.sync
session = None
def late():
    session.close()
    try:
        session.execute("SELECT v FROM t WHERE k = ?", [1])
    except aiocql.SessionClosed:
        print(0)
import aiocql.sync.background as background
atexit.unregister(background._at_exit)
atexit.register(late)
atexit.register(background._at_exit)
session = aiocql.sync.connect(sys.argv[1])
"""


@pytest.mark.parametrize(
    "script", [FORK, FORK_UNUSED, OPEN_AT_EXIT, WAITING_AT_EXIT, CLOSED_AT_EXIT],
    ids=["fork", "fork of an unused session", "open", "waiting", "a late call"],
)  # fmt: skip
def test_process(node: Any, script: str) -> None:
    warnings = ["-W", "error", "-W", "ignore:This process:DeprecationWarning"]
    done = subprocess.run(
        [sys.executable, *warnings, "-c", script, node.where],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.stderr, done.stdout, done.returncode) == ("", "0\n", 0)
