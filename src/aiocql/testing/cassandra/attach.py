"""Send a diagnostic command to a running JVM, as ``jcmd`` does, without the cost of a second JVM.

The JVM opens a UNIX socket, which only its own user may use, when it receives SIGQUIT and finds the file
``.attach_pidN`` in its working directory. HotSpot's ``attachListener_posix.cpp`` describes the protocol.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import tempfile
from pathlib import Path

from aiocql.testing.cassandra.waiting import until
from aiocql.testing.errors import LauncherError

__all__ = ["diagnose"]


async def diagnose(pid: int, working_directory: Path, command: str, timeout: float) -> str:
    """Run a diagnostic command in the JVM and return its output. The socket is removed afterwards.

    Raises:
        LauncherError: the command failed; the text holds its output.
        TimeoutError: no answer within `timeout` seconds.
    """
    path = _socket_path(pid)
    async with asyncio.timeout(timeout):
        try:
            await _open_socket(pid, working_directory, path, timeout)
            answer = await _ask(path, command)
        finally:
            path.unlink(missing_ok=True)
    code, _, output = answer.partition("\n")
    if code != "0":
        raise LauncherError(f"{command.partition(' ')[0]} failed: {output.strip()}")
    return output


def _socket_path(pid: int) -> Path:
    """HotSpot ignores `java.io.tmpdir` here; on Linux the directory is always ``/tmp``."""
    return Path("/tmp" if sys.platform == "linux" else tempfile.gettempdir(), f".java_pid{pid}")


async def _open_socket(pid: int, working_directory: Path, path: Path, timeout: float) -> None:
    trigger = _request_socket(pid, working_directory, path)
    try:
        if not await until(path.is_socket, timeout, every=0.01):
            raise TimeoutError
    finally:
        trigger.unlink()
    _check_owner(path)


def _request_socket(pid: int, working_directory: Path, path: Path) -> Path:
    """Make the JVM open its socket; return the file that must be removed afterwards."""
    path.unlink(missing_ok=True)
    trigger = working_directory / f".attach_pid{pid}"
    trigger.touch(mode=0o600)
    os.kill(pid, signal.SIGQUIT)
    return trigger


def _check_owner(path: Path) -> None:
    if path.lstat().st_uid != os.geteuid():
        raise LauncherError(f"{path} belongs to another user")


async def _ask(path: Path, command: str) -> str:
    reader, writer = await asyncio.open_unix_connection(path)
    try:
        writer.write(b"1\0jcmd\0" + os.fsencode(command) + b"\0\0\0")
        await writer.drain()
        return (await reader.read()).decode(errors="replace")
    finally:
        writer.close()
        await writer.wait_closed()
