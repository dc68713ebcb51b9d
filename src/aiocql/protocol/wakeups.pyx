"""The tasks whose answers came with one read go on in one go, at its end; at most TURN of them at once.

asyncio's own way is a handle of the loop for each future that is completed: it is made, queued, taken and run in four
frames of Python, which is more than reading the answer takes; then the loop asks the selector once before they run and
once more before what they send is written. Here a future is completed without its waiter, and the waiters run one after
the other when the read is done, each in its own context, as their handles would have run them.

Of a read that brings many answers, the first TURN are decoded, their tasks go on, then the next are decoded, and so on.
Answers that all were decoded before the first task runs would be more objects than Python's garbage collector lets
be made (700 since its last run) without looking at all that is young, request by request in flight; and the rows are
still in the processor's cache when their task reads them.

Rules:

- only a future with exactly one waiter is taken; all others are completed as usual;
- nothing is taken while a task runs in the loop (bytes that arrive within one): its step is not to be entered again;
- nothing is taken where nest_asyncio was imported: a task may then run the loop within its step, which cannot read
  from this connection again while the handle of the first read, and its context, are not left;
- whatever keeps the waiters from being run here leaves the rest of them to the loop. None is lost, none runs twice.
"""

import sys

cdef enum:
    TURN = 100

cdef dict MODULES = sys.modules


cdef class Wakeups:
    """Of one connection. `future_type` is asyncio's Future, `running_task()` gives the task that runs in the loop,
    `schedule(callback, argument, context=...)` is the loop's call_soon, `report` its exception handler.
    """

    def __init__(self, type future_type not None, running_task, schedule, report):
        self.future_type = future_type
        self.set_result = future_type.set_result
        self.remove_done_callback = future_type.remove_done_callback
        self.running_task = running_task
        self.schedule = schedule
        self.report = report
        self.waiting = []

    cdef int begin(self) except -1:
        """A read begins."""
        self.collecting = not self.running and self.running_task() is None and "nest_asyncio" not in MODULES
        return 0

    cdef int answer(self, object future, object result) except -1:
        """Completes a future; its waiter runs at the end of the read."""
        cdef object callbacks
        if self.collecting and type(future) is self.future_type:
            callbacks = future._callbacks
            # A list itself; no code of the user's runs between its length and its first item.
            if callbacks is not None and len(<list?>callbacks) == 1:
                callback, context = callbacks[0]
                self.remove_done_callback(future, callback)
                self.set_result(future, result)
                self.waiting.append((callback, future, context))
                return 0
        future.set_result(result)
        return 0

    cdef bint is_full(self) noexcept:
        """As many wait as are to go on at once."""
        return self.collecting and len(self.waiting) >= TURN

    cdef int begin_running(self) except -1:
        """The read is done: those who wait go on, one with each `run_next`; `end_running` is to follow."""
        self.collecting = False
        self.running = True
        self.waiting.reverse()
        return 0

    cdef bint run_next(self) except -1:
        """Runs the one that waits longest; False where none is left."""
        cdef tuple one
        if not self.waiting:
            return False
        one = <tuple>self.waiting.pop()
        try:
            one[2].run(one[0], one[1])
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as error:
            self.report({"message": f"Exception in callback {one[0]!r}", "exception": error})
        return True

    cdef int end_running(self) except -1:
        """Leaves to the loop whoever has not run."""
        self.running = False
        self._schedule()
        return 0

    cdef int leave_to_loop(self) except -1:
        """The read failed: what waits runs when the loop comes to it."""
        self.collecting = False
        if self.running:  # a read within another one: those who wait are that one's
            return 0
        self.waiting.reverse()
        self._schedule()
        return 0

    def _schedule(self):
        while self.waiting:
            callback, future, context = self.waiting.pop()
            self.schedule(callback, future, context=context)
