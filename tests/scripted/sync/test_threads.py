"""Threads that share a synchronous session, and calls that are interrupted."""

from __future__ import annotations

import asyncio
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from tests import internals
from tests.plugins.canary import value_of
from tests.scripted.scripted_sessions import SELECT

import aiocql
import aiocql.sync
from aiocql.sync import background


def test_each_thread_gets_its_own_response(session: aiocql.sync.Session) -> None:
    def work(number: int) -> list[Any]:
        return [session.execute(SELECT, [number * 1000 + i]).one() for i in range(100)]

    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(work, range(16)))
    assert found == [[(value_of(number * 1000 + i),) for i in range(100)] for number in range(16)]


def test_calls_that_wait_share_a_wake_up(session: aiocql.sync.Session) -> None:
    begun: list[int] = []
    release = threading.Event()
    loop = background.current()

    class Job:
        def begin(self) -> None:
            begun.append(1)

    class Block:
        def begin(self) -> None:
            release.wait(10)

    class Wakeups:
        def __init__(self, inner: Any) -> None:
            self.inner, self.count = inner, 0

        def wake(self) -> None:
            self.count += 1
            self.inner.wake()

        def __getattr__(self, name: str) -> Any:
            return getattr(self.inner, name)

    counted: Any = Wakeups(loop._wakeup)
    loop._wakeup = counted
    loop.post(Block())
    time.sleep(0.05)
    before = counted.count
    for _ in range(50):
        loop.post(Job())
    release.set()
    session.execute(SELECT, [1])
    assert len(begun) == 50
    assert counted.count - before <= 2


def test_keyboard_interrupt_ends_the_call_and_gives_the_request_up(
    node: Any, session: aiocql.sync.Session
) -> None:
    node.do(lambda: node.server.prime("SELECT late FROM t", columns=[("late", "int")], rows=[], hold=True))

    def interrupt() -> None:
        while not node.server.held:
            time.sleep(0.01)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    interrupter = threading.Thread(target=interrupt)
    interrupter.start()
    with pytest.raises(KeyboardInterrupt):
        session.execute("SELECT late FROM t")
    interrupter.join()
    assert session.execute(SELECT, [1]).one() == (value_of(1),)
    assert session.stats().application.cancelled == 1


def test_timeouts_hold(node: Any, session: aiocql.sync.Session) -> None:
    node.do(lambda: node.server.prime("SELECT late FROM t", columns=[("late", "int")], rows=[], hold=True))
    with pytest.raises(aiocql.OperationTimedOut):
        session.execute("SELECT late FROM t", timeout=0.05)
    with pytest.raises(aiocql.OperationTimedOut):
        list(session.stream("SELECT late FROM t", timeout=0.05))


async def test_a_call_in_a_thread_whose_loop_runs_raises(node: Any) -> None:
    session = await asyncio.to_thread(aiocql.sync.connect, node.where)
    with pytest.raises(aiocql.WrongContext, match="would block the loop") as caught:
        session.execute(SELECT, [1])
    assert "aiocql.connect" in str(caught.value)
    with pytest.raises(aiocql.WrongContext):
        aiocql.sync.connect(node.where)
    with pytest.raises(aiocql.WrongContext):
        session.stats()
    assert (await asyncio.to_thread(session.execute, SELECT, [1])).one() == (value_of(1),)
    await asyncio.to_thread(session.close)


def test_a_listener_that_calls_back_gets_an_error(node: Any, session: aiocql.sync.Session) -> None:
    caught: list[BaseException] = []

    def listener(event: aiocql.ClusterEvent) -> None:
        try:
            session.execute(SELECT, [1])
        except aiocql.WrongContext as error:
            caught.append(error)

    session.listen(listener)
    internals.cluster(session._native).events  # noqa: B018
    session._call(lambda native: internals.cluster(native).events.publish("CONTROL_OPENED"))  # type: ignore[attr-defined]
    assert len(caught) == 1


def test_green_threads_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys
    from types import SimpleNamespace

    patched = SimpleNamespace(is_module_patched=lambda name: name == "threading")
    monkeypatch.setitem(sys.modules, "gevent.monkey", patched)  # type: ignore[arg-type]
    with pytest.raises(aiocql.ConfigurationError, match="gevent has replaced"):
        aiocql.sync.connect("127.0.0.1")
