"""Runs async tests in a `MemoryLoop`: virtual time, no sockets, and nothing may be left behind."""

from __future__ import annotations

import functools
from collections.abc import Callable, Coroutine

from aiocql.testing import MemoryLoop, run_virtual


def in_memory(test: Callable[..., Coroutine[object, object, None]]) -> Callable[..., None]:
    @functools.wraps(test)
    def run(**arguments: object) -> None:
        run_virtual(lambda: test(**arguments), loop_factory=MemoryLoop)

    return run
