"""Run one short command to its end, on whatever loop is running, and leave nothing of it behind.

asyncio's own subprocesses belong to the loop that started them. A test cluster lives longer than one loop (each
test may have its own), so that processes here are plain `subprocess.Popen` objects that are looked at in turns.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import IO

__all__ = ["Completed", "kill_group", "run", "wait_for_exit"]

_TURN = 0.02  # seconds between two looks at a process


@dataclass(frozen=True)
class Completed:
    """How a command ended. `output` is stdout and stderr as they came; `stdout` is stdout alone."""

    returncode: int
    stdout: str
    output: str


async def run(command: Sequence[str], *, timeout: float, env: Mapping[str, str] | None = None) -> Completed:
    """Run `command` and wait for its end. Raises `TimeoutError` after `timeout` seconds.

    At a timeout, and when the caller is cancelled, the command and its children are killed.
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        process = _start(command, env, out, err)
        try:
            if not await wait_for_exit(process, timeout):
                raise TimeoutError(f"{command[0]} did not end within {timeout:g} s")
        finally:
            kill_group(process)
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read().decode(errors="replace"))
    return Completed(process.returncode, texts[0], "".join(texts))


def _start(
    command: Sequence[str], env: Mapping[str, str] | None, out: IO[bytes], err: IO[bytes]
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=env, start_new_session=True
    )


async def wait_for_exit(process: subprocess.Popen[bytes], timeout: float) -> bool:
    """Wait until `process` has ended; False if it still runs after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while process.poll() is None:
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(_TURN)
    return True


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill a process that leads its own group, with the group, and reap it. Does nothing if it has ended."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
