"""A server never outlives the process that asked for it; `sleep` plays the server."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import aiocql.testing.cassandra.supervisor as supervisor
from aiocql.testing.cassandra.process import wait_for_exit
from aiocql.testing.cassandra.waiting import until

PARENT = """
import os, subprocess, sys, time
guarded = [sys.executable, "-I", "-S", sys.argv[1], str(os.getpid()), sys.argv[2], "/bin/sleep", "1000"]
server = subprocess.Popen(guarded, start_new_session=True)
print(server.pid, flush=True)
time.sleep(1000)
"""


def start_parent(folder: Path) -> tuple[subprocess.Popen[bytes], int]:
    """A process that starts a guarded server, and the server's id once its guard stands."""
    command = [sys.executable, "-c", PARENT, supervisor.__file__, str(folder)]
    parent = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert parent.stdout is not None
    with parent.stdout:
        return parent, int(parent.stdout.readline())


async def is_sleeping(pid: int) -> None:
    """The supervisor becomes the server after its guard is there."""
    line = Path(f"/proc/{pid}/cmdline")
    assert await until(lambda: line.read_bytes().startswith(b"/bin/sleep"), 30)


async def ends(handle: int) -> None:
    with os.fdopen(handle):
        assert await until(lambda: bool(select.select([handle], [], [], 0)[0]), 30)


async def test_kill_9_of_the_parent_takes_the_server_and_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    parent, server = start_parent(folder)
    handle = os.pidfd_open(server)
    await is_sleeping(server)
    parent.kill()
    parent.wait()
    await ends(handle)
    assert await until(lambda: not folder.exists(), 30)


async def test_a_paused_server_goes_too(tmp_path: Path) -> None:
    parent, server = start_parent(tmp_path / "none")
    handle = os.pidfd_open(server)
    await is_sleeping(server)
    os.kill(server, signal.SIGSTOP)
    parent.kill()
    parent.wait()
    await ends(handle)


async def test_the_servers_own_end_leaves_the_folder(tmp_path: Path) -> None:
    command = [sys.executable, "-I", "-S", supervisor.__file__, str(os.getpid()), str(tmp_path), "/bin/true"]
    server = start(command)
    assert await wait_for_exit(server, 30)
    assert server.returncode == 0
    assert os.path.exists(tmp_path)  # noqa: ASYNC240


async def test_nothing_is_started_for_a_parent_that_is_gone(tmp_path: Path) -> None:
    gone = start(["/bin/true"])
    gone.wait()
    mark = tmp_path / "mark"
    command = [sys.executable, "-I", "-S", supervisor.__file__, str(gone.pid), "", "/bin/touch", str(mark)]
    server = start(command)
    assert await wait_for_exit(server, 30)
    assert server.returncode == 1
    assert not mark.exists()


def start(command: list[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command, stdin=subprocess.DEVNULL)
