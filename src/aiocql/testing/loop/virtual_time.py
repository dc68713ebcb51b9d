"""An event loop whose clock jumps to the next timer when nothing else is to be done, one handle a step.

Hours pass in milliseconds, and in the same order each time. With sockets inside of the process (scripted servers,
proxies) time jumps only when they are idle. A loop that nothing can wake any more raises `LoopStuck` instead of
waiting: a lost wake-up shows as an error with the tasks that wait.
"""

from __future__ import annotations

import asyncio
import collections
import heapq
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

__all__ = ["LeftBehind", "LoopStuck", "VirtualTimeLoop", "run_virtual"]

_T = TypeVar("_T")


class LoopStuck(RuntimeError):
    """Nothing can ever wake the loop: no timer, no ready handle, no socket that something comes from.

    Or its time is over (`time_limit`): timers that start each other would keep it going for ever.
    """


class LeftBehind(AssertionError):
    """The loop's end found what should not be there: tasks that still run, errors that nobody saw."""


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """A loop with a virtual clock that starts at 0.

    `patience`: real seconds that sockets are given before time jumps; 0 is enough where both ends are in this
    loop. `time_limit`: virtual seconds after which the loop is stuck. `steps` counts the handles that were run;
    `on_step` is called before each.
    """

    # asyncio's own, the same in every version since 3.7
    _ready: collections.deque[asyncio.Handle]
    _scheduled: list[asyncio.TimerHandle]
    _timer_cancelled_count: int
    _selector: Any
    _clock_resolution: float
    _stopping: bool
    _process_events: Callable[[Any], None]

    def __init__(self, *, patience: float = 0.0, time_limit: float = 1e5) -> None:
        self._now = 0.0
        super().__init__()
        self.time_limit = time_limit
        self.patience = patience
        self.steps = 0
        self.on_step: Callable[[], None] | None = None
        self._left_of_turn = 0
        self._jobs = 0

    def time(self) -> float:
        """Virtual seconds since the loop was made."""
        return self._now

    def jump(self, seconds: float) -> None:
        """Move the clock, as it moves for a process that was suspended."""
        self._now += seconds

    def run_in_executor(self, executor: Any, func: Any, *args: Any) -> asyncio.Future[Any]:  # type: ignore[override]
        """As every loop does it; time stands still while a job runs."""
        future = super().run_in_executor(executor, func, *args)
        self._jobs += 1
        future.add_done_callback(self._job_done)
        return future

    async def shutdown_default_executor(self, *args: Any) -> None:
        """As every loop does it; it waits for threads too."""
        self._jobs += 1
        try:
            await super().shutdown_default_executor(*args)
        finally:
            self._jobs -= 1

    def _job_done(self, _: object) -> None:
        self._jobs -= 1

    def _run_once(self) -> None:
        if not self._left_of_turn:
            self._begin_turn()
        if self._left_of_turn:
            self._left_of_turn -= 1
            handle = self._ready.popleft()
            if not handle.cancelled():
                self.steps += 1
                if self.on_step is not None:
                    self.on_step()
                handle._run()

    def _begin_turn(self) -> None:
        """What asyncio does before it runs the handles that are ready: sockets, then timers."""
        self._drop_cancelled()
        busy = bool(self._ready) or self._stopping
        self._process_events(self._selector.select(0) if busy else self._wait())
        end = self._now + self._clock_resolution
        while self._scheduled and self._scheduled[0].when() < end:
            timer = heapq.heappop(self._scheduled)
            timer._scheduled = False  # type: ignore[attr-defined]
            self._ready.append(timer)
        self._left_of_turn = len(self._ready)

    def _drop_cancelled(self) -> None:
        if self._timer_cancelled_count > max(100, len(self._scheduled) // 2):
            for timer in self._scheduled:
                if timer.cancelled():
                    timer._scheduled = False  # type: ignore[attr-defined]
            self._scheduled = [timer for timer in self._scheduled if not timer.cancelled()]
            heapq.heapify(self._scheduled)
            self._timer_cancelled_count = 0
        while self._scheduled and self._scheduled[0].cancelled():
            self._timer_cancelled_count -= 1
            heapq.heappop(self._scheduled)._scheduled = False  # type: ignore[attr-defined]

    def _wait(self) -> Any:
        """Nothing is ready: what comes from sockets or threads, else time jumps to the next timer."""
        if self._jobs:
            return self._selector.select(None)
        events = self._selector.select(self.patience)
        if not events:
            if not self._scheduled:
                raise LoopStuck(f"nothing can wake the loop any more\n{describe_tasks(self)}")
            self._now = max(self._now, self._scheduled[0].when())
            if self._now > self.time_limit:
                limit, self.time_limit = self.time_limit, float("inf")
                raise LoopStuck(f"not done after {limit:g} virtual seconds\n{describe_tasks(self)}")
        return events


def describe_tasks(loop: asyncio.AbstractEventLoop) -> str:
    """Where each task of the loop stands, from its outermost await to its innermost."""
    lines = []
    for task in asyncio.all_tasks(loop):
        lines.append(f"{task.get_name()}:")
        awaited: Any = task.get_coro()
        while awaited is not None:
            frame = getattr(awaited, "cr_frame", None) or getattr(awaited, "gi_frame", None)
            where = f"{frame.f_code.co_filename}:{frame.f_lineno} in " if frame is not None else ""
            lines.append(f"  {where}{getattr(awaited, '__qualname__', repr(awaited))}")
            awaited = getattr(awaited, "cr_await", None) or getattr(awaited, "gi_yieldfrom", None)
    return "\n".join(lines)


def run_virtual(
    main: Callable[[], Coroutine[Any, Any, _T]],
    *,
    loop_factory: Callable[[], asyncio.AbstractEventLoop] = VirtualTimeLoop,
) -> _T:
    """Run `main` in a fresh loop. Raises `LeftBehind` when it leaves tasks or errors that nobody saw."""
    found: list[str] = []
    with asyncio.Runner(loop_factory=loop_factory) as runner:
        loop = runner.get_loop()
        loop.set_exception_handler(lambda _, context: found.append(repr(context)))
        result = runner.run(main())
        runner.run(_settle())
        if asyncio.all_tasks(loop):
            found.append(f"tasks that still run:\n{describe_tasks(loop)}")
    if found:
        raise LeftBehind("\n".join(found))
    return result


async def _settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)
