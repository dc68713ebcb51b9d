"""Detect where a synchronous call is made: a thread, one with a running event loop, a notebook, green threads."""

from __future__ import annotations

import asyncio
import sys
import threading

from aiocql.errors import ConfigurationError, WrongContext

__all__ = ["check_caller", "check_threads"]

_running_loop = asyncio._get_running_loop


def check_caller() -> None:
    """Raise WrongContext in a thread whose event loop runs: the call would stop the loop until it is answered.

    A notebook's kernel is the exception. Its loop runs while a cell does, and a cell may block.
    """
    if _running_loop() is None or _is_notebook_cell():
        return
    raise WrongContext(
        "a synchronous call in a thread whose event loop runs would block the loop",
        hint="use `await aiocql.connect(...)` here, or call from another thread (asyncio.to_thread)",
    )


def _is_notebook_cell() -> bool:
    kernel = sys.modules.get("ipykernel.kernelapp")
    if kernel is None or threading.current_thread() is not threading.main_thread():
        return False
    return bool(kernel.IPKernelApp.initialized())


def check_threads() -> None:
    """Raise ConfigurationError where gevent or eventlet has replaced threads by green ones."""
    for name, module, question, subject in (
        ("gevent", "gevent.monkey", "is_module_patched", "threading"),
        ("gevent", "gevent.monkey", "is_module_patched", "socket"),
        ("eventlet", "eventlet.patcher", "is_monkey_patched", "thread"),
        ("eventlet", "eventlet.patcher", "is_monkey_patched", "socket"),
    ):
        patcher = sys.modules.get(module)
        if patcher is not None and getattr(patcher, question)(subject):
            raise ConfigurationError(
                f"{name} has replaced the module {subject!r}, and aiocql.sync needs the threads and sockets of "
                "the operating system",
                hint=f"run the driver in a process that {name} has not patched, for example a worker of the class "
                "gthread or sync",
            )
