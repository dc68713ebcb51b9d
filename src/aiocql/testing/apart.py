"""Run a coroutine from synchronous code, whatever the caller's thread has of event loops."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

__all__ = ["run_apart"]

T = TypeVar("T")


def run_apart(work: Coroutine[Any, Any, T]) -> T:
    """Run `work` to its end on a new loop in a new thread, and return its result.

    Neither a running loop nor the current loop of the caller's thread is touched, so that a pytest fixture can use it
    beside any plugin. When the caller is interrupted (Ctrl-C, a timeout), `work` is cancelled and waited for.
    """
    loop = asyncio.new_event_loop()
    task = loop.create_task(work)
    thread = threading.Thread(target=_drive, args=(loop, task), name="aiocql-testing")
    thread.start()
    try:
        thread.join()
    except BaseException:
        loop.call_soon_threadsafe(task.cancel)
        thread.join()
        raise
    return task.result()


def _drive(loop: asyncio.AbstractEventLoop, task: asyncio.Task[Any]) -> None:
    try:
        loop.run_until_complete(asyncio.wait([task]))
        loop.run_until_complete(loop.shutdown_asyncgens())
    finally:
        loop.close()
