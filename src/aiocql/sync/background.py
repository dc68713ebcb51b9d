"""The event loop of the process, in one daemon thread, and the calls that other threads hand over to it.

Calls wait in a queue that the loop empties with one callback, so that many threads share one wake-up. `append` and
`popleft` of a deque are atomic; the flag is cleared before the queue is emptied, so that no call is missed.

After a fork the child has no such thread. It abandons the loop of its parent and starts another at its first call.
"""

from __future__ import annotations

import asyncio
import atexit
import logging
import os
import selectors
import threading
from collections import deque
from typing import TYPE_CHECKING, Any, Protocol

from aiocql.errors import Error, SessionClosed, WrongContext
from aiocql.sync.surroundings import check_threads
from aiocql.sync.wakeup import Wakeup

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

__all__ = ["Background", "Job", "current", "shut_down"]

EXIT_TIMEOUT = 5.0
"""Seconds that the end of the interpreter waits for sessions to close."""

_log = logging.getLogger("aiocql.sync")


class Job(Protocol):
    """What the loop is to begin. `begin` runs in the loop and must not raise."""

    def begin(self) -> None:
        """Begin in the loop."""


class Background:
    """An event loop in a daemon thread."""

    def __init__(self) -> None:
        check_threads()
        self._selector = selectors.DefaultSelector()
        self.loop: asyncio.AbstractEventLoop = asyncio.SelectorEventLoop(self._selector)
        self._wakeup = Wakeup()
        self.loop.add_reader(self._wakeup.reader, self._begin_jobs)
        self._jobs: deque[Job] = deque()
        self._woken = False
        self._closers: dict[int, Callable[[], Coroutine[Any, Any, object]]] = {}
        self._tasks: set[asyncio.Task[object]] = set()
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="aiocql.sync", daemon=True)
        self._thread.start()

    def post(self, job: Job) -> None:
        """Have the loop begin a job. Raise WrongContext in a forked child and while the interpreter exits."""
        if self is not _state.background:
            raise self._gone()
        self._jobs.append(job)
        if not self._woken:
            self._woken = True
            self._wakeup.wake()

    @property
    def is_current(self) -> bool:
        """Whether this loop runs in this process."""
        return self is _state.background

    def post_quietly(self, job: Job) -> None:
        """Have the loop begin a job, if the loop still runs in this process."""
        if self is _state.background:
            self.post(job)

    def _gone(self) -> Error:
        if self._stopped:
            return SessionClosed("the event loop of aiocql.sync was shut down, and its sessions were closed")
        return WrongContext(
            "this object belongs to the event loop of the parent process",
            hint="after a fork, sessions connect again; make streams and results anew",
        )

    def _begin_jobs(self) -> None:
        self._wakeup.clear()
        self._woken = False
        jobs = self._jobs
        while jobs:
            jobs.popleft().begin()

    def close_at_exit(self, key: object, close: Callable[[], Coroutine[Any, Any, object]]) -> None:
        """Call `close` in the loop when the interpreter exits, unless `forget` comes first."""
        self._closers[id(key)] = close

    def close_soon(self, key: object) -> None:
        """Close in the background what nobody uses any more."""
        close = self._closers.pop(id(key), None)
        if close is not None:
            self.post_quietly(_Close(self, close))

    def spawn(self, work: Coroutine[Any, Any, object]) -> None:
        """Run a coroutine in the loop, where nobody waits for it."""
        task = self.loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def forget(self, key: object) -> None:
        """Drop the closer of a session that is closed."""
        self._closers.pop(id(key), None)

    # --- the thread -------------------------------------------------------------------------------------------

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()

    def stop(self, timeout: float) -> None:
        """Close every open session, stop the loop and wait for the thread, for at most `timeout` seconds."""
        self._stopped = True
        closing = asyncio.run_coroutine_threadsafe(self._close_all(), self.loop)
        try:
            closing.result(timeout)
        except Exception as error:
            _log.debug("sessions could not be closed at exit: %r", error)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(timeout)
        if not self._thread.is_alive():
            self.loop.close()
            self._wakeup.close()

    async def _close_all(self) -> None:
        self._begin_jobs()
        closers = list(self._closers.values())
        self._closers.clear()
        await asyncio.gather(*(close() for close in closers), *self._tasks, return_exceptions=True)
        own = asyncio.current_task()
        tasks = [task for task in asyncio.all_tasks() if task is not own]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0)

    def detach(self) -> None:
        """In a forked child: keep whatever still refers to this loop from reaching the parent's one."""
        null = os.open(os.devnull, os.O_RDWR)
        descriptors = {self._wakeup.reader, self._wakeup.writer}
        descriptors |= {self._selector.fileno()} if hasattr(self._selector, "fileno") else set()
        descriptors |= {s.fileno() for s in _wake_up_sockets(self.loop) if s.fileno() >= 0}
        for descriptor in descriptors:
            os.dup2(null, descriptor, inheritable=False)
        os.close(null)


class _Close:
    """Closes a session, in the loop."""

    def __init__(self, background: Background, close: Callable[[], Coroutine[Any, Any, object]]) -> None:
        self._background, self._close = background, close

    def begin(self) -> None:
        self._background.spawn(self._close())


def _wake_up_sockets(loop: Any) -> list[Any]:
    """Return the pair of sockets by which asyncio's loops are woken."""
    pair = (getattr(loop, "_ssock", None), getattr(loop, "_csock", None))
    return [each for each in pair if each is not None]


class _State:
    """The loop of this process."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.background: Background | None = None
        self.abandoned: list[Background] = []
        self.exiting = False


_state = _State()


def current() -> Background:
    """Return the loop of this process; start it at the first call."""
    background = _state.background
    if background is not None:
        return background
    with _state.lock:
        if _state.exiting:
            raise SessionClosed("the interpreter exits: no session can be used any more")
        if _state.background is None:
            _state.background = Background()
        return _state.background


def lock() -> threading.RLock:
    """Return the lock under which sessions connect; a forked child gets another one."""
    return _state.lock


def shut_down(timeout: float = EXIT_TIMEOUT) -> None:
    """Close every session and stop the loop. The next call starts another loop."""
    with _state.lock:
        background, _state.background = _state.background, None
    if background is not None:
        background.stop(timeout)


def _at_exit() -> None:
    _state.exiting = True
    shut_down()


def _after_fork_in_child() -> None:
    background = _state.background
    _state.lock = threading.RLock()
    _state.background = None
    if background is not None:
        _state.abandoned.append(background)
        background.detach()


atexit.register(_at_exit)
os.register_at_fork(after_in_child=_after_fork_in_child)
