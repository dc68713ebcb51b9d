"""Speculative execution: a request without a response in time is sent to another host too; the first response counts.

For idempotent statements only. All executions of a request share its plan, so that each goes to another host, its
deadline and its history. Those that lose leave their stream ids behind as orphans. An error is the outcome when no
execution is left that could still be answered.
"""

from __future__ import annotations

import asyncio
from typing import Any, Protocol

from aiocql.errors import Error
from aiocql.execution.dispatcher import Execution
from aiocql.logs import get_logger

__all__ = ["SpeculativeExecutions", "may_speculate"]

logger = get_logger("aiocql.speculation")


def may_speculate(execution: Execution) -> bool:
    """Return whether another host may execute the same request too."""
    return execution.idempotent and execution.options.host is None and not execution.is_done


class Sender(Protocol):
    """Sends an execution to the next host of its plan: the executor."""

    def send_next(self, execution: Execution, now: float, /) -> None: ...


class SpeculativeExecutions:
    """The executions of one request. All have its future; each response comes here first (`to_owner`)."""

    def __init__(self, sender: Sender, loop: asyncio.AbstractEventLoop, first: Execution) -> None:
        self._sender = sender
        self._loop = loop
        self._first = first
        self._policy = first.options.speculative
        self._running: set[Execution] = set()
        self._started = 0
        self._sent = 0
        self._timer: asyncio.TimerHandle | None = None
        self._enter(first)
        first.future.add_done_callback(self._over)

    @property
    def speculative(self) -> int:
        """How many executions were sent besides the first."""
        return self._sent

    def _enter(self, execution: Execution) -> None:
        self._started += 1
        self._running.add(execution)
        execution.speculation = self
        execution.to_owner = True

    def schedule(self) -> None:
        """Ask the policy when the next one is to start."""
        assert self._policy is not None
        try:
            delay = self._policy.next_delay(self._started)
            if delay is not None:
                self._timer = self._loop.call_later(delay, self._start)
        except Exception:
            # It is the user's; the request goes on without it.
            logger.exception("the speculative execution policy failed: no further execution is started")

    def _start(self) -> None:
        self._timer = None
        first = self._first
        if first.future.done() or first.plan is None:
            # It waits for a connection with room: another request would only wait too.
            return
        now = self._loop.time()
        execution = self._another(now)
        try:
            self._sender.send_next(execution, now)
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
            first.future,
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
        """Complete the request with the first response."""
        first = self._first
        if not first.future.done():
            first.host = execution.host
            self._observe(execution)
            first.finish(response, None)
            first.future.set_result(response)

    def failed(self, error: BaseException) -> None:
        """End the request with the last error."""
        first = self._first
        if not first.future.done():
            first.finish(None, error)
            first.future.set_exception(error)

    def _observe(self, execution: Execution) -> None:
        observe = getattr(self._policy, "observe", None)
        if observe is not None:
            try:
                observe(self._loop.time() - execution.sent)
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
