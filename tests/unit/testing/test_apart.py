"""Coroutines from synchronous code."""

from __future__ import annotations

import asyncio
import threading
from typing import NoReturn

import pytest

from aiocql.testing.apart import run_apart


async def value() -> int:
    await asyncio.sleep(0)
    return threading.get_ident()


async def failure() -> NoReturn:
    raise LookupError("inside")


def test_result_and_error_come_back() -> None:
    assert run_apart(value()) != threading.get_ident()
    with pytest.raises(LookupError, match="inside"):
        run_apart(failure())


async def test_a_running_loop_is_left_alone() -> None:
    run_apart(value())
    assert asyncio.get_running_loop().is_running()


def test_an_interrupt_cancels_the_work_and_waits_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[str] = []
    started = threading.Event()

    async def work() -> None:
        try:
            started.set()
            await asyncio.Event().wait()
        finally:
            ended.append("cleaned up")

    join = threading.Thread.join

    def interrupted(thread: threading.Thread, timeout: float | None = None) -> None:
        monkeypatch.setattr(threading.Thread, "join", join)
        started.wait()
        raise KeyboardInterrupt

    monkeypatch.setattr(threading.Thread, "join", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run_apart(work())
    assert ended == ["cleaned up"]
