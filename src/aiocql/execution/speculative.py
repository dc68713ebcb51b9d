"""Speculative execution: a request that is not answered in time is sent to another host too; the first answer counts.

For idempotent statements only. All executions of a request share its plan, so that each goes to another host, its
deadline and its history. Those that lose leave their stream ids behind as orphans. An error is the outcome when no
execution is left that could still be answered.
"""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from aiocql.errors import Error
from aiocql.execution.dispatcher import Execution
from aiocql.logs import get_logger

if TYPE_CHECKING:
    from aiocql.session.methods import Requesting

__all__ = ["speculate"]

logger = get_logger("aiocql.speculation")


def speculate(session: Requesting[Any], execution: Execution) -> None:
    """Watches an execution that was just sent, as its policy says."""
    if execution.idempotent and execution.options.host is None and not execution.is_done:
        Race(session, execution).schedule()


class Lane:
    """Stands in for the future of one execution of a race. Awaiting it waits for the race."""

    __slots__ = ("_execution", "_race")

    def __init__(self, race: Race, execution: Execution) -> None:
        self._race = race
        self._execution = execution

    def done(self) -> bool:
        """Whether the race is over."""
        return self._race.future.done()

    def set_result(self, response: Any) -> None:
        """This execution was answered."""
        self._race.won(self._execution, response)

    def set_exception(self, error: BaseException) -> None:
        """No execution is left, or none would do better."""
        if not self._race.future.done():
            self._race.failed(error)

    def cancelled(self) -> bool:
        """Whether the one who waited was cancelled."""
        return self._race.future.cancelled()

    def exception(self) -> BaseException | None:
        """The race's error."""
        return self._race.future.exception()

    def __await__(self) -> Generator[Any, None, Any]:
        return self._race.future.__await__()


class Race:
    """The executions of one request."""

    def __init__(self, session: Requesting[Any], first: Execution) -> None:
        self._session = session
        self._first = first
        self._policy = first.options.speculative
        self.future: asyncio.Future[Any] = first.future
        self._running: set[Execution] = set()
        self._started = 0
        self._sent = 0
        self._timer: asyncio.TimerHandle | None = None
        self._enter(first)
        self.future.add_done_callback(self._over)

    @property
    def speculative(self) -> int:
        """How many executions were sent besides the first."""
        return self._sent

    def _enter(self, execution: Execution) -> None:
        self._started += 1
        self._running.add(execution)
        execution.siblings = self
        execution.future = Lane(self, execution)

    def schedule(self) -> None:
        """Asks the policy when the next one is to start."""
        assert self._policy is not None
        try:
            delay = self._policy.next_delay(self._started)
            if delay is not None:
                self._timer = self._session.loop.call_later(delay, self._start)
        except Exception:
            # It is the user's; the request goes on without it.
            logger.exception("the speculative execution policy failed: no further execution is started")

    def _start(self) -> None:
        self._timer = None
        first = self._first
        if self.future.done() or first.plan is None:
            # It waits for a connection with room: another request would only wait too.
            return
        now = self._session.loop.time()
        execution = self._another(now)
        try:
            self._session.dispatcher.send_next(execution, now)
            if not execution.is_sent:
                execution.abandon()
                self._running.discard(execution)
                return
            execution.host.load.speculative += 1
            self._sent += 1
            self.schedule()
        except Error:
            # No other host: those that run are all there are.
            self._running.discard(execution)
        except Exception:
            self._running.discard(execution)
            logger.exception("the load balancing policy failed: no further execution is started")

    def _another(self, now: float) -> Execution:
        first = self._first
        if first.tried is None:
            first.tried = []
        execution = Execution(
            first.opcode,
            first.body,
            None,
            owner=first.owner,
            decoder=first.decoder,
            make_decoder=first.make_decoder,
        )
        for name in (
            "frame_flags",
            "statement",
            "options",
            "plan",
            "is_lwt",
            "idempotent",
            "routing_keyspace",
            "token",
            "has_token",
            "tried",
            "bound",
            "parameters",
        ):
            setattr(execution, name, getattr(first, name))
        execution.started = now
        self._enter(execution)
        return execution

    def won(self, execution: Execution, response: Any) -> None:
        """The first answer is the request's."""
        if not self.future.done():
            self._first.host = execution.host
            self._observe(execution)
            self._first.finish(response, None)
            self.future.set_result(response)

    def failed(self, error: BaseException) -> None:
        """The last error is the request's."""
        self._first.finish(None, error)
        self.future.set_exception(error)

    def _observe(self, execution: Execution) -> None:
        observe = getattr(self._policy, "observe", None)
        if observe is not None:
            try:
                observe(self._session.loop.time() - execution.sent)
            except Exception:
                logger.exception("the speculative execution policy failed to observe an answer")

    def is_last(self, execution: Execution) -> bool:
        """Whether the execution, which has failed, was the last; else the others decide."""
        self._running.discard(execution)
        return not self._running

    def _over(self, future: asyncio.Future[Any]) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for execution in (self._first, *self._running):
            execution.abandon()
        self._running.clear()
