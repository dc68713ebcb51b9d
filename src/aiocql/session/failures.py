"""What becomes of a request that did not simply get its answer: retry, prepare again, time out, fail.

This is the owner of every execution. It decides nothing about retries itself: it puts the facts into a record, asks
the policy, and does what that says. A statement that is not idempotent is sent again only where it is certain that the
server did not carry it out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiocql.errors import (
    Attempt,
    BusyConnection,
    ConnectionLost,
    Error,
    NoHostAvailable,
    OperationTimedOut,
    ServerError,
    Unprepared,
)
from aiocql.policies.retry import RetryDecision, RetryInput
from aiocql.session.reprepare import Reprepare
from aiocql.wire.deadlines import REQUEST, DeadlineList
from aiocql.wire.responses import RowsResult, SchemaChange, SetKeyspace, VoidResult

if TYPE_CHECKING:
    from aiocql.session.dispatcher import Dispatcher, Execution
    from aiocql.session.session import Session
    from aiocql.wire.core import Core

__all__ = ["Failures"]


class Failures:
    """The owner of executions: hears of errors, timeouts and answers that concern the whole session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._time = session.loop.time
        self.dispatcher: Dispatcher

    # --- answers that are not rows -----------------------------------------------------------------------------

    def on_response(self, execution: Execution, response: Any) -> None:
        """A keyspace was set, the schema changed, or a statement has new result columns."""
        if isinstance(response, RowsResult):
            self._session.result_metadata_changed(execution, response)
        elif isinstance(response, SetKeyspace):
            self._session.keyspace_was_set(response.keyspace)
        elif isinstance(response, SchemaChange):
            self._session.schema_was_changed(execution, response)
            return
        execution.set_result(response)

    # --- errors ------------------------------------------------------------------------------------------------

    def on_failure(self, execution: Execution, error: Error) -> None:
        """An attempt failed: again here, elsewhere, or not at all."""
        if isinstance(error, Unprepared) and not execution.reprepared:
            execution.reprepared = True
            Reprepare(self._session, execution, error).start()
            return
        self.note(execution, error)
        decision = execution.options.retry.decide(self._record(execution, error))
        if decision is RetryDecision.RETHROW:
            self.give_up(execution, error)
        elif decision is RetryDecision.IGNORE:
            execution.set_result(VoidResult())
        else:
            self.send_again(execution, error, same_host=decision is RetryDecision.RETRY_SAME)

    def note(self, execution: Execution, error: Error) -> None:
        """Writes the attempt into the history that result and error carry."""
        if execution.tried is None:
            execution.tried = []
        execution.tried.append(Attempt(execution.host, error, self._time() - execution.started))

    def _record(self, execution: Execution, error: Error) -> RetryInput:
        return RetryInput(
            error,
            idempotent=execution.idempotent,
            retries=execution.retries,
            consistency=execution.options.consistency,
            maybe_sent=not (isinstance(error, ConnectionLost) and not error.maybe_sent),
        )

    def send_again(self, execution: Execution, error: Error, *, same_host: bool) -> None:
        """Another attempt of the same request, within its deadline."""
        execution.retries += 1
        execution.reprepared = False
        host = execution.host
        if host is not None:
            host.load.retries += 1
        now = self._time()
        try:
            if same_host and host is not None and host.pool is not None:
                core = host.pool.choose()
                if core is not None:
                    self.dispatcher.send_to(execution, host, core, now)
                    return
            self.dispatcher.send_next(execution, now)
        except Error as second:
            self.give_up(
                execution, error if isinstance(second, NoHostAvailable) and _says_more(error) else second
            )

    def give_up(self, execution: Execution, error: Error) -> None:
        """The caller gets the error, with what was tried and the statement's text."""
        if execution.tried:
            error.attempts = tuple(execution.tried)
        if execution.statement is not None and error.query is None:
            error.query = getattr(execution.statement, "query", None)
        execution.set_exception(error)

    def no_host(self, execution: Execution) -> NoHostAvailable:
        """The error for a plan of which no host has a connection."""
        attempts = list(execution.tried or ())
        hosts = self._session.hosts if execution.options.host is None else (execution.options.host,)
        noted = {attempt.host for attempt in attempts}
        for host in hosts:
            if host not in noted and host.pool is not None:
                attempts.append(Attempt(host, host.pool.last_error or ConnectionLost("no open connection")))
        error = NoHostAvailable(
            "no host could take the request" if attempts else "no host is known that the policy allows",
            attempts,
            hint="are the nodes up, and is the local datacenter the right one?",
        )
        if execution.statement is not None:
            error.query = getattr(execution.statement, "query", None)
        return error

    # --- time --------------------------------------------------------------------------------------------------

    def on_timeout(self, execution: Execution, kind: int) -> None:
        """A deadline passed: the whole request's, or that of an attempt that may be made elsewhere."""
        core = execution.core if execution.is_sent else None
        if core is not None:
            execution.host.load.timeouts += 1
            self._suspect(core)
        if kind == REQUEST:
            self._timed_out(execution, core)
        elif execution.is_queued:
            self.give_up(execution, self._waited_too_long(execution))
        elif core is not None:
            timeout = _seconds(execution.options.attempt_deadlines)
            error = OperationTimedOut(
                f"no answer within {timeout:g} s (attempt_timeout)", host=execution.host
            )
            execution.release()
            self.note(execution, error)
            self.send_again(execution, error, same_host=False)

    @staticmethod
    def _waited_too_long(execution: Execution) -> BusyConnection:
        return BusyConnection(
            "no connection had room within queue_timeout; nothing was sent",
            host=execution.core.host,
            hint="send fewer requests at once, or raise queue_timeout or the pool's maximum of connections",
        )

    def _timed_out(self, execution: Execution, core: Core | None) -> None:
        timeout = _seconds(execution.options.deadlines)
        where = "waiting for the answer" if core is not None else "waiting for a connection with room"
        error = OperationTimedOut(
            f"no result within {timeout:g} s ({where}, {execution.attempts} sent)",
            host=execution.host,
            hint="the server may still carry it out; is the host overloaded, or request_timeout too short?",
        )
        self.give_up(execution, error)

    @staticmethod
    def _suspect(core: Core) -> None:
        """The first request that times out on a connection has it checked at once."""
        connection: Any = core.owner
        if connection is not None and connection.heartbeat is not None and not core.closed:
            connection.heartbeat.beat()

    # --- waiting -----------------------------------------------------------------------------------------------

    def send_waiting(self, execution: Execution, core: Core) -> None:
        """A waiting request's turn."""
        try:
            self.dispatcher.send_to(execution, core.host, core, self._time())
        except Error as error:
            self.on_failure(execution, error)

    def resend_elsewhere(self, execution: Execution, error: Error) -> None:
        """The host that a request waited for is gone."""
        execution.plan = None
        try:
            self.dispatcher.send_next(execution, self._time())
        except Error as second:
            self.give_up(execution, second)


def _says_more(error: Error) -> bool:
    """Whether an error tells more than that no host is left."""
    return isinstance(error, ServerError)


def _seconds(deadlines: DeadlineList | None) -> float:
    return 0.0 if deadlines is None else deadlines.timeout
