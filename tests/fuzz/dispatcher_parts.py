"""What a dispatcher needs around it, where no event loop runs: stand-ins for loop, pool, executor and connection."""

from __future__ import annotations

import threading
from typing import Any

from tests.fuzz.hostile import Boom
from tests.golden.promise import Promise

from aiocql.errors import Error, ProtocolError
from aiocql.execution.dispatcher import Dispatcher
from aiocql.pool.selector import ConnectionSelector

__all__ = ["Executor", "Loop", "Owner", "Selector"]


class Loop:
    """As much of an event loop as the dispatcher asks of it."""

    def __init__(self) -> None:
        self._thread_id = threading.get_ident()

    def time(self) -> float:
        return 0.0

    def create_future(self) -> Promise:
        return Promise()


class Selector(ConnectionSelector):
    """Nobody waits for room: such a request ends at once."""

    last_error = None

    def saturated(self) -> None:
        """No connection is opened."""

    def enqueue(self, execution: Any) -> None:
        execution.set_exception(ProtocolError("no room"))


class Executor(Dispatcher):
    """Retries, through the policy's plan, what fails."""

    def on_response(self, execution: Any, response: object) -> None:
        execution.set_result(response)

    def on_failure(self, execution: Any, error: Error) -> None:
        execution.retries += 1
        try:
            if execution.retries > 2 or execution.future.done():
                execution.set_exception(error)
            else:
                execution.release()
                self.send_next(execution, 0.0)
        except (Exception, Boom, GeneratorExit) as raised:
            execution.set_exception(ProtocolError(type(raised).__name__))

    def renew(self, execution: Any) -> None:
        """Its columns changed after it was bound."""
        execution.set_exception(ProtocolError("prepared again"))


class Owner:
    """What a connection reports to."""

    def on_event(self, event: object) -> None:
        """Nothing follows events."""

    def on_orphan_limit(self) -> None:
        """Too many abandoned requests are no matter here."""

    def on_capacity(self) -> None:
        """Nobody waits."""
