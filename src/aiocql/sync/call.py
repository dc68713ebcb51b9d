"""One call that a thread waits for while the event loop works on it.

The waiter is a lock that its thread keeps and uses again: it is held while a call is under way, and released by the
loop. A thread that is interrupted leaves its lock behind, since the loop may still release it.
"""

from __future__ import annotations

import asyncio
import contextvars
import threading
from typing import TYPE_CHECKING, Any

from aiocql.errors import SessionClosed

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from aiocql.sync.background import Background

__all__ = ["Call", "CoroutineCall", "FunctionCall", "run", "run_function"]


class _Waiters(threading.local):
    lock: threading.Lock | None = None


_waiters = _Waiters()


class Call:
    """A call on its way. It has the methods of a future that the core uses, and may take a future's place there."""

    __slots__ = ("_ended", "_error", "_lock", "_value", "background")

    def __init__(self, background: Background) -> None:
        lock = _waiters.lock
        if lock is None:
            lock = _waiters.lock = threading.Lock()
            lock.acquire()
        self._lock = lock
        self.background = background
        self._ended = False
        self._value: Any = None
        self._error: BaseException | None = None

    # --- in the thread that calls -----------------------------------------------------------------------------

    def wait(self) -> Any:
        """Hand the call over, wait for its end and return its value or raise its error."""
        try:
            self.background.post(self)
            self.acquire()
        except BaseException:
            _waiters.lock = None
            self.background.post_quietly(_GiveUp(self))
            raise
        error = self._error
        if error is None:
            return self._value
        self._error = None
        try:
            raise error
        finally:
            del error

    def acquire(self) -> None:
        """Wait for the end."""
        self._lock.acquire()

    # --- in the loop ------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Begin in the loop."""
        raise NotImplementedError

    def give_up(self) -> None:
        """Stop: nobody waits any more."""
        raise NotImplementedError

    def done(self) -> bool:
        """Return whether the call has ended or was given up."""
        return self._ended

    def cancelled(self) -> bool:
        """Return False: a call that is given up is abandoned with its request."""
        return False

    def set_result(self, value: Any) -> None:
        """End with a value."""
        if not self._ended:
            self._ended = True
            self._value = value
            self._lock.release()

    def set_exception(self, error: BaseException) -> None:
        """End with an error."""
        if not self._ended:
            self._ended = True
            self._error = error
            self._lock.release()


class _GiveUp:
    """Gives a call up, in the loop."""

    def __init__(self, call: Call) -> None:
        self._call = call

    def begin(self) -> None:
        if not self._call._ended:
            self._call._ended = True
            self._call.give_up()


class FunctionCall(Call):
    """A function that runs in the loop and does not wait."""

    __slots__ = ("_context", "_function")

    def __init__(self, background: Background, function: Callable[[], Any]) -> None:
        super().__init__(background)
        self._function = function
        self._context = contextvars.copy_context()

    def begin(self) -> None:
        """Call the function."""
        if self._ended:
            return
        try:
            value = self._context.run(self._function)
        except BaseException as error:
            self.set_exception(error)
        else:
            self.set_result(value)

    def give_up(self) -> None:
        """Do nothing: the function has not begun, and will not."""


class CoroutineCall(Call):
    """A coroutine that runs as a task in the loop, in the context of the thread that calls."""

    __slots__ = ("_context", "_make", "_task")

    def __init__(self, background: Background, make: Callable[[], Coroutine[Any, Any, Any]]) -> None:
        super().__init__(background)
        self._make = make
        self._context = contextvars.copy_context()
        self._task: asyncio.Task[Any] | None = None

    def begin(self) -> None:
        """Start the task."""
        if self._ended:
            return
        try:
            work = self._context.run(self._make)
        except BaseException as error:
            self.set_exception(error)
            return
        self._task = self.background.loop.create_task(work, context=self._context)
        self._task.add_done_callback(self._over)

    def _over(self, task: asyncio.Task[Any]) -> None:
        if task.cancelled():
            self.set_exception(SessionClosed("the call was cancelled: its session or the event loop closed"))
        elif (error := task.exception()) is not None:
            self.set_exception(error)
        else:
            self.set_result(task.result())

    def give_up(self) -> None:
        """Cancel the task."""
        if self._task is not None:
            self._task.cancel()


def run(background: Background, make: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    """Run the coroutine that `make` returns in the loop and wait for its end."""
    return CoroutineCall(background, make).wait()


def run_function(background: Background, function: Callable[[], Any]) -> Any:
    """Call a function in the loop and wait for its value."""
    return FunctionCall(background, function).wait()
