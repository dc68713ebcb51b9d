"""Become a server, and leave a guard behind that kills it when the process that asked for it is gone.

usage: python -I -S supervisor.py PARENT_PID FOLDER COMMAND...

This file is run, never imported: it forks, the child becomes the guard, and this process becomes COMMAND, so that
the caller holds the process id of the server itself. The guard waits for the end of either process. Ends the parent
first, in whatever way (kill -9 too), the server is killed and FOLDER is removed (unless FOLDER is empty).
The guard runs in a separate session: neither Ctrl-C nor a signal to the server's group reaches it.
"""

import os
import select
import signal
import sys
import time


def main() -> None:
    """See the file's own text."""
    parent, folder, command = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
    server = os.getpid()
    handles = [_handle(parent), _handle(server)]
    if os.getppid() != parent:  # it ended before there was a handle on it
        sys.exit(1)
    if os.fork() == 0:
        guard(parent, server, handles, folder)
        os._exit(0)
    os.execv(command[0], command)


def _handle(pid: int) -> int | None:
    """A file descriptor that becomes readable when the process ends; None where the system has no such thing."""
    try:
        return os.pidfd_open(pid)
    except (AttributeError, OSError):
        return None


def guard(parent: int, server: int, handles: list[int | None], folder: str) -> None:
    """Wait for the end of either process; if the parent was first, take the server and its folder away."""
    os.setsid()
    null = os.open(os.devnull, os.O_RDWR)
    for fd in range(3):
        os.dup2(null, fd)
    os.chdir("/")
    while _runs(parent) and _runs(server):
        descriptors = [handle for handle in handles if handle is not None]
        if len(descriptors) == 2:
            select.select(descriptors, [], [])
            break
        time.sleep(0.5)
    if _runs(parent) and not _ended(handles[0]):
        return
    try:  # noqa: SIM105 - an import less: this runs at each start of a node
        os.kill(server, signal.SIGKILL)
    except ProcessLookupError:
        pass
    if folder:
        _remove(folder, server, handles[1])


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _ended(handle: int | None) -> bool:
    return handle is not None and bool(select.select([handle], [], [], 0)[0])


def _remove(folder: str, server: int, handle: int | None) -> None:
    """Remove the folder once the server writes no more."""
    import shutil

    if handle is not None:
        select.select([handle], [], [], 10)
    else:
        time.sleep(1)
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
