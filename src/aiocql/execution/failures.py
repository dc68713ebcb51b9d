"""What becomes of a request that did not simply get its answer: retry, prepare again, time out, fail.

This is the owner of every execution. It decides nothing about retries itself: it puts the facts into a record, asks
the policy, and does what that says. A statement that is not idempotent is sent again only where it is certain that the
server did not carry it out.

Nothing raises out of here: the callers are connections and timers, which serve other requests too. What a user's
policy raises is given to the request that it was asked about.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec

from aiocql.errors import (
    Attempt,
    BusyConnection,
    ConnectionLost,
    Error,
    InterfaceError,
    InvalidRequest,
    NoHostAvailable,
    OperationTimedOut,
    ServerError,
    SessionClosed,
    Unprepared,
)
from aiocql.execution.consistency import consistency_in, with_consistency
from aiocql.execution.reprepare import Repreparations
from aiocql.execution.speculative import speculate
from aiocql.policies.retry import RetryDecision, RetryInput, RetryVerdict
from aiocql.protocol.constants import OP_BATCH
from aiocql.protocol.deadlines import REQUEST, DeadlineList
from aiocql.protocol.responses import RowsResult, SchemaChange, SetKeyspace, VoidResult

if TYPE_CHECKING:
    from aiocql.enums import ConsistencyLevel
    from aiocql.execution.dispatcher import Dispatcher, Execution
    from aiocql.protocol.core import Core
    from aiocql.protocol.request import Request
    from aiocql.session.session import Session
    from aiocql.statements.prepared import PreparedStatement

__all__ = ["Failures"]

MAYBE_DONE = (
    "the host may have carried it out; with idempotent=True the driver tries such a statement elsewhere"
)

P = ParamSpec("P")


def _contained(
    method: Callable[Concatenate[Failures, Execution, P], None],
) -> Callable[Concatenate[Failures, Execution, P], None]:
    """What the method raises becomes the outcome of the execution that it is about."""

    @functools.wraps(method)
    def contained(self: Failures, execution: Execution, /, *args: P.args, **kwargs: P.kwargs) -> None:
        try:
            method(self, execution, *args, **kwargs)
        except Error as error:
            self.give_up(execution, error)
        except (KeyboardInterrupt, SystemExit) as error:
            self.give_up(execution, _policy_failed(error))
            raise
        except BaseException as error:
            self.give_up(execution, _policy_failed(error))

    return contained


class Failures:
    """The owner of executions: hears of errors, timeouts and answers that concern the whole session."""

    def __init__(self, session: Session[Any], watch: Callable[[Request], None]) -> None:
        self._session = session
        self._time = session.loop.time
        self._repreparations = Repreparations(session, self, watch)
        self.dispatcher: Dispatcher
        self.closing = False
        """Whether the session gave up waiting: whatever fails from now on is not tried again."""

    # --- answers that are not rows -----------------------------------------------------------------------------

    @_contained
    def on_response(self, execution: Execution, response: Any) -> None:
        """A keyspace was set, the schema changed, or a statement has new result columns."""
        if isinstance(response, RowsResult):
            self._session.result_metadata_changed(execution, response)
        elif isinstance(response, SetKeyspace):
            execution.context = response
            self._session.keyspace_was_set(execution, response)
            return
        elif isinstance(response, SchemaChange):
            execution.context = response
            self._session.schema_was_changed(execution, response)
            return
        execution.set_result(response)

    # --- errors ------------------------------------------------------------------------------------------------

    @_contained
    def on_failure(self, execution: Execution, error: Error) -> None:
        """An attempt failed: again here, elsewhere, or not at all."""
        if execution.future.done():
            # Cancelled in this very turn: nobody waits for another attempt.
            execution.abandon()
        elif (
            isinstance(error, Unprepared)
            and not self.closing
            and self._repreparations.start(execution, error)
        ):
            return
        else:
            self._explain_keyspace(execution, error)
            self.note(execution, error)
            self._decide(execution, error, self._record(execution, error))

    def _explain_keyspace(self, execution: Execution, error: Error) -> None:
        """Name the keyspace that a connection lacks, since it was dropped while it was the session's."""
        keyspace = self._session.keyspace
        owner = execution.core.owner if execution.core is not None else None
        if keyspace is None or not isinstance(error, InvalidRequest):
            return
        if owner is not None and owner.keyspace is None:
            error.hint = f"the session's keyspace {keyspace!r} does not exist; qualify the names of tables"

    @_contained
    def on_prepare_failure(self, execution: Execution, error: Error) -> None:
        """Preparing anew failed: the statement itself was certainly not carried out."""
        if isinstance(error, ConnectionLost):
            error.maybe_sent = False
        self.note(execution, error)
        record = self._record(execution, error)
        record.idempotent, record.maybe_sent = True, False
        self._decide(execution, error, record)

    def _decide(self, execution: Execution, error: Error, record: RetryInput) -> None:
        if self.closing:
            self.give_up(execution, _closed(error))
            return
        verdict = execution.options.retry.decide(record)
        if isinstance(verdict, RetryVerdict):
            decision, consistency = verdict.decision, verdict.consistency
        else:
            decision, consistency = verdict, None
        if decision is RetryDecision.RETHROW:
            if isinstance(error, ConnectionLost) and record.maybe_sent and not record.idempotent:
                error.hint = error.hint or MAYBE_DONE
            self.give_up(execution, error)
        elif decision is RetryDecision.IGNORE:
            execution.set_result(VoidResult())
        elif decision in (RetryDecision.RETRY_SAME, RetryDecision.RETRY_NEXT):
            if consistency is not None:
                self._weaken(execution, consistency)
            self.send_again(execution, error, same_host=decision is RetryDecision.RETRY_SAME)
        else:
            raise InterfaceError(
                f"the retry policy decided {verdict!r}", hint="decide() gives a RetryDecision"
            )

    def note(self, execution: Execution, error: Error) -> None:
        """Writes the attempt into the history that result and error carry."""
        if execution.tried is None:
            execution.tried = []
        execution.tried.append(Attempt(execution.host, error, self._time() - execution.started))

    def _record(self, execution: Execution, error: Error) -> RetryInput:
        options = execution.options
        return RetryInput(
            error,
            idempotent=execution.idempotent,
            retries=execution.retries,
            consistency=consistency_in(
                execution.opcode,
                execution.frame_flags,
                self.dispatcher.version,
                execution.body,
                options.consistency,
            ),
            serial_consistency=options.serial_consistency,
            maybe_sent=not (isinstance(error, ConnectionLost) and not error.maybe_sent),
            is_batch=execution.opcode == OP_BATCH,
        )

    def _weaken(self, execution: Execution, consistency: ConsistencyLevel) -> None:
        """What is sent next asks for another level; what was sent before is not touched."""
        execution.body = with_consistency(
            execution.opcode, execution.frame_flags, self.dispatcher.version, execution.body, consistency
        )

    def send_again(
        self, execution: Execution, error: Error, *, same_host: bool, around: bool = False
    ) -> None:
        """Another attempt of the same request, within its deadline; `around`: from the plan's end to its beginning."""
        execution.retries += 1
        execution.reprepared = None
        execution.renewed = None
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
                if execution.options.host is not None:
                    # The only host of the plan has no room right now: it is waited for.
                    execution.plan = None
            self._send_next(execution, now, around)
        except Error as second:
            self.give_up(
                execution, error if isinstance(second, NoHostAvailable) and _says_more(error) else second
            )

    def _send_next(self, execution: Execution, now: float, around: bool) -> None:
        try:
            self.dispatcher.send_next(execution, now)
        except NoHostAvailable:
            if not around:
                raise
            # Every host was asked: the first of them may answer on another connection, or by now.
            execution.plan = None
            self.dispatcher.send_next(execution, now)

    def give_up(self, execution: Execution, error: Error, *, final: bool = False) -> None:
        """The caller gets the error, with what was tried and the statement's text.

        Where others race with this execution for the same answer, the last of them to fail is heard; `final` is for
        all of them.
        """
        race = execution.siblings
        if race is not None and not final and not race.is_last(execution):
            return
        if execution.tried:
            error.attempts = tuple(execution.tried)
        if error.query is None:
            error.query = getattr(execution.statement, "query", None)
        execution.set_exception(error)

    @_contained
    def renew(self, execution: Execution) -> None:
        """The columns that an execution's statements bind may have changed: it is not to be sent as it is."""
        self._repreparations.renew(execution)

    def speculate(self, execution: Execution) -> None:
        """An execution whose options say so was sent: others may follow it."""
        speculate(self._session, execution)

    def foreign(self, statement: PreparedStatement[Any]) -> InterfaceError:
        """The error for a statement that another session has prepared."""
        error = InterfaceError(
            "the statement was prepared by another session",
            hint="prepare it with the session that executes it",
        )
        error.query = statement.query
        return error

    def no_host(self, execution: Execution) -> Error:
        """The error for a plan of which no host has a connection."""
        if self.closing:
            return _closed(None)
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
        error.query = getattr(execution.statement, "query", None)
        return error

    def fail_closed(self, execution: Execution) -> None:
        """The session is closed and nothing will come of the execution any more."""
        if not execution.is_done:
            self.give_up(execution, _closed(None), final=True)

    # --- time --------------------------------------------------------------------------------------------------

    @_contained
    def on_timeout(self, execution: Execution, kind: int) -> None:
        """A deadline passed: the whole request's, or that of an attempt that may be made elsewhere."""
        core = execution.core if execution.is_sent else None
        if core is not None:
            execution.host.load.timeouts += 1
            self._suspect(core)
        if kind == REQUEST:
            self._timed_out(execution, core)
        elif execution.is_queued and execution.core.host is not None:
            self.give_up(execution, self._waited_too_long(execution))
        elif core is not None:
            timeout = _seconds(execution.options.attempt_deadlines)
            error = OperationTimedOut(
                f"no answer within {timeout:g} s (attempt_timeout)", host=execution.host
            )
            execution.release()
            self.note(execution, error)
            self.send_again(execution, error, same_host=False, around=True)

    @staticmethod
    def _waited_too_long(execution: Execution) -> BusyConnection:
        return BusyConnection(
            "no connection had room within queue_timeout; nothing was sent",
            host=execution.core.host,
            hint="send fewer requests at once, or raise queue_timeout or the pool's maximum of connections",
        )

    def _timed_out(self, execution: Execution, core: Core | None) -> None:
        if execution.context is not None:
            # The server has done it; what took so long is that the other hosts follow.
            execution.set_result(execution.context)
            return
        timeout = _seconds(execution.options.deadlines)
        where = (
            "waiting for the answer" if core is not None else "not sent: waiting for a connection with room"
        )
        if core is None and execution.attempts:
            where = "between two attempts"
        error = OperationTimedOut(
            f"no result within {timeout:g} s ({where}; {execution.attempts} sent)",
            host=execution.host,
            hint="the server may still carry it out; is the host overloaded, or request_timeout too short?"
            if execution.attempts
            else "send fewer requests at once, or give the pool more connections",
        )
        self.give_up(execution, error, final=True)

    @staticmethod
    def _suspect(core: Core) -> None:
        """The first request that times out on a connection has it checked at once."""
        connection: Any = core.owner
        if connection is not None and connection.heartbeat is not None and not core.closed:
            connection.heartbeat.beat()

    # --- waiting -----------------------------------------------------------------------------------------------

    @_contained
    def send_admitted(self, execution: Execution, admit: Callable[[Execution], bool]) -> None:
        """A limit lets the execution go on now, unless `admit` finds another that does not."""
        if self.closing:
            self.give_up(execution, _closed(None))
        elif admit(execution):
            self.dispatcher.send_next(execution, self._time())

    @_contained
    def send_waiting(self, execution: Execution, core: Core) -> None:
        """A waiting request's turn."""
        try:
            self.dispatcher.send_to(execution, core.host, core, self._time())
        except Error as error:
            self.on_failure(execution, error)

    @_contained
    def resend_elsewhere(self, execution: Execution, error: Error) -> None:
        """The host that a request waited for is gone."""
        if self.closing:
            self.give_up(execution, _closed(None))
            return
        execution.plan = None
        self.dispatcher.send_next(execution, self._time())


def _says_more(error: Error) -> bool:
    """Whether an error tells more than that no host is left."""
    return isinstance(error, ServerError)


def _seconds(deadlines: DeadlineList | None) -> float:
    return 0.0 if deadlines is None else deadlines.timeout


def _closed(error: Error | None) -> SessionClosed:
    """What a request gets whose session was closed before its answer came."""
    may = isinstance(error, ConnectionLost) and error.maybe_sent
    closed = SessionClosed(
        "the session was closed before the answer came"
        + ("; the server may have carried the request out" if may else "; the request was not carried out"),
        hint="await the requests before close(), or give it a longer drain_timeout",
    )
    closed.__cause__ = error
    return closed


def _policy_failed(error: BaseException) -> InterfaceError:
    failed = InterfaceError(
        f"a {type(error).__name__} was raised while it was decided what becomes of the request",
        hint="it comes from a retry, load balancing or speculative execution policy: see the cause",
    )
    failed.__cause__ = error
    return failed
