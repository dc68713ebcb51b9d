"""The life of a request after it was sent for the first time: retry, prepare again, time out, fail, complete.

`RequestExecutor` is the owner of every execution. It decides nothing about retries: it puts the facts into a record,
asks the policy, and does what the policy decides. A statement that is not idempotent is sent again only where the
server certainly did not carry it out.

No method that connections and timers call raises, since they serve other requests too. What a policy of the user
raises becomes the error of the request that the policy was asked about.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Protocol

from aiocql.errors import (
    Attempt,
    ConnectionLost,
    Error,
    InterfaceError,
    InvalidRequest,
    NoHostAvailable,
    ServerError,
    SyntaxException,
    Unprepared,
)
from aiocql.execution.consistency import consistency_in, with_consistency
from aiocql.execution.dispatcher import Dispatcher
from aiocql.execution.errors import attempt_timed_out, policy_failed, request_closed, request_timed_out
from aiocql.execution.reprepare import Repreparations
from aiocql.execution.speculative import SpeculativeExecutions, may_speculate
from aiocql.policies.retry import RetryDecision, RetryInput, RetryVerdict
from aiocql.protocol.constants import OP_BATCH
from aiocql.protocol.deadlines import REQUEST
from aiocql.protocol.responses import RowsResult, SchemaChange, SetKeyspace, VoidResult
from aiocql.statements.prepared import PreparedStatement

if TYPE_CHECKING:
    import asyncio

    from aiocql.enums import ConsistencyLevel
    from aiocql.execution.dispatcher import Execution
    from aiocql.execution.statement_factory import StatementFactory
    from aiocql.execution.throttling import Throttler
    from aiocql.execution.timeouts import Timeouts
    from aiocql.metadata.snapshot import CurrentSnapshot
    from aiocql.protocol.core import Core
    from aiocql.protocol.deadlines import DeadlineList

__all__ = ["RequestExecutor", "SessionChanges"]

MAYBE_DONE = (
    "the host may have carried it out; with idempotent=True the driver tries such a statement elsewhere"
)

P = ParamSpec("P")


class SessionChanges(Protocol):
    """Follows statements whose results concern the whole session. Each completes its execution in the end."""

    @property
    def keyspace(self) -> str | None:
        """The keyspace of unqualified table names."""

    def keyspace_was_set(self, execution: Execution, response: SetKeyspace, /) -> None:
        """A USE was executed: all connections follow."""

    def schema_was_changed(self, execution: Execution, response: SchemaChange, /) -> None:
        """A statement changed the schema: the result waits for the agreement of all nodes."""


def _contained(
    method: Callable[Concatenate[RequestExecutor, Execution, P], None],
) -> Callable[Concatenate[RequestExecutor, Execution, P], None]:
    """Make what the method raises the outcome of the execution that it is about."""

    @functools.wraps(method)
    def contained(self: RequestExecutor, execution: Execution, /, *args: P.args, **kwargs: P.kwargs) -> None:
        try:
            method(self, execution, *args, **kwargs)
        except Error as error:
            self.give_up(execution, error)
        except (KeyboardInterrupt, SystemExit) as error:
            self.give_up(execution, policy_failed(error))
            raise
        except BaseException as error:
            self.give_up(execution, policy_failed(error))

    return contained


class RequestExecutor(Dispatcher):
    """Executes requests. The compiled half binds, routes and sends; this half handles what else happens to them.

    `factory` keeps prepared statements up to date, `changes` follows USE and changes of the schema.
    `prepare_deadlines` limits a PREPARE that is sent again.
    """

    # Without a dict of its own, as the compiled half: methods are found faster.
    __slots__ = ("_changes", "_factory", "_loop", "_repreparations", "_time")

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        timeouts: Timeouts,
        current: CurrentSnapshot,
        factory: StatementFactory,
        changes: SessionChanges,
        *,
        version: int,
        prepare_deadlines: DeadlineList,
        throttle: Throttler | None = None,
    ) -> None:
        super().__init__(loop, timeouts.arm, current, version, factory.identity)
        self.throttle = throttle
        self._loop = loop
        self._time = loop.time
        self._factory = factory
        self._changes = changes
        self._repreparations = Repreparations(
            self,
            factory,
            changes,
            loop,
            version,
            lambda request: timeouts.watch_attempt(request, prepare_deadlines),
        )

    # --- responses that are not only rows ----------------------------------------------------------------------

    @_contained
    def on_response(self, execution: Execution, response: Any) -> None:
        """A keyspace was set, the schema changed, a statement has new columns, or one of several was answered."""
        if isinstance(response, RowsResult):
            metadata = response.metadata if response.has_new_metadata else None
            if metadata is not None and isinstance(execution.statement, PreparedStatement):
                self._factory.update(execution.statement, metadata, response.new_metadata_id)
        elif isinstance(response, SetKeyspace):
            execution.context = response
            self._changes.keyspace_was_set(execution, response)
            return
        elif isinstance(response, SchemaChange):
            execution.context = response
            self._changes.schema_was_changed(execution, response)
            return
        self.complete(execution, response)

    def complete(self, execution: Execution, response: Any) -> None:
        """Give the response to the caller; the other executions of the same request are given up."""
        if execution.speculation is None:
            execution.set_result(response)
        else:
            execution.speculation.won(execution, response)

    # --- errors ------------------------------------------------------------------------------------------------

    @_contained
    def on_failure(self, execution: Execution, error: Error) -> None:
        """An attempt failed: again here, elsewhere, or not at all."""
        if execution.future.done():
            # Cancelled in this very turn: nobody waits for another attempt.
            execution.abandon()
        elif (
            isinstance(error, Unprepared)
            and not self.is_closing
            and self._repreparations.start(execution, error)
        ):
            return
        else:
            self._explain_keyspace(execution, error)
            if isinstance(error, SyntaxException | InvalidRequest):
                self._explain_markers(execution, error)
            self._record_attempt(execution, error)
            self._decide(execution, error, self._retry_input(execution, error))

    def _explain_keyspace(self, execution: Execution, error: Error) -> None:
        """Name the keyspace that a connection lacks, since it was dropped while it was the session's."""
        keyspace = self._changes.keyspace
        owner = execution.core.owner if execution.core is not None else None
        if keyspace is None or not isinstance(error, InvalidRequest):
            return
        if owner is not None and owner.keyspace is None:
            error.hint = f"the session's keyspace {keyspace!r} does not exist; qualify the names of tables"

    @staticmethod
    def _explain_markers(execution: Execution, error: Error) -> None:
        """Say which markers the driver uses where the statement has those of other databases, or no values."""
        from aiocql.statements.marker_hints import refusal_hint

        hint = refusal_hint(getattr(execution.statement, "query", None), error)
        if hint is not None:
            error.hint = hint

    @_contained
    def on_prepare_failure(self, execution: Execution, error: Error) -> None:
        """Preparing again failed: the server certainly did not carry out the statement."""
        if isinstance(error, ConnectionLost):
            error.maybe_sent = False
        self._record_attempt(execution, error)
        record = self._retry_input(execution, error)
        record.idempotent, record.maybe_sent = True, False
        self._decide(execution, error, record)

    def _decide(self, execution: Execution, error: Error, record: RetryInput) -> None:
        if self.is_closing:
            self.give_up(execution, request_closed(error))
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
            self.complete(execution, VoidResult())
        elif decision in (RetryDecision.RETRY_SAME, RetryDecision.RETRY_NEXT):
            if consistency is not None:
                self._replace_consistency(execution, consistency)
            self._send_again(execution, error, same_host=decision is RetryDecision.RETRY_SAME)
        else:
            raise InterfaceError(
                f"the retry policy decided {verdict!r}", hint="decide() gives a RetryDecision"
            )

    def _record_attempt(self, execution: Execution, error: Error) -> None:
        """Add the attempt to the history that result and error carry."""
        if execution.tried is None:
            execution.tried = []
        execution.tried.append(Attempt(execution.host, error, self._time() - execution.started))

    def _retry_input(self, execution: Execution, error: Error) -> RetryInput:
        options = execution.options
        return RetryInput(
            error,
            idempotent=execution.idempotent,
            retries=execution.retries,
            consistency=consistency_in(
                execution.opcode,
                execution.frame_flags,
                self.version,
                execution.body,
                options.consistency,
            ),
            serial_consistency=options.serial_consistency,
            maybe_sent=not (isinstance(error, ConnectionLost) and not error.maybe_sent),
            is_batch=execution.opcode == OP_BATCH,
        )

    def _replace_consistency(self, execution: Execution, consistency: ConsistencyLevel) -> None:
        """Make the next attempt ask for another level; earlier attempts keep theirs."""
        execution.body = with_consistency(
            execution.opcode, execution.frame_flags, self.version, execution.body, consistency
        )

    def _send_again(
        self, execution: Execution, error: Error, *, same_host: bool, around: bool = False
    ) -> None:
        """Send another attempt of the same request, within its deadline.

        `around`: where the plan has no host left, begin it again.
        """
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
                    self.send_to(execution, host, core, now)
                    return
                if execution.options.host is not None:
                    # The only host of the plan has no room right now: it is waited for.
                    execution.plan = None
            self._send_to_next(execution, now, around)
        except Error as second:
            says_more = isinstance(second, NoHostAvailable) and isinstance(error, ServerError)
            self.give_up(execution, error if says_more else second)

    def _send_to_next(self, execution: Execution, now: float, around: bool) -> None:
        try:
            self.send_next(execution, now)
        except NoHostAvailable:
            if not around:
                raise
            # Every host was asked: the first of them may answer on another connection, or by now.
            execution.plan = None
            self.send_next(execution, now)

    def give_up(self, execution: Execution, error: Error, *, final: bool = False) -> None:
        """Raise the error for the caller, with what was tried and the statement's text.

        Of several executions of one request, only the last to fail raises; `final` ends all of them.
        """
        speculation = execution.speculation
        if speculation is not None and not final and not speculation.is_last(execution):
            return
        if execution.tried:
            error.attempts = tuple(execution.tried)
        if error.query is None:
            error.query = getattr(execution.statement, "query", None)
        if speculation is None:
            execution.set_exception(error)
        else:
            speculation.failed(error)

    @_contained
    def renew(self, execution: Execution) -> None:
        """The columns that an execution's statements bind may have changed: bind them again before it is sent."""
        self._repreparations.renew(execution)

    def speculate(self, execution: Execution) -> None:
        """An execution whose options ask for speculation was sent: others may follow it."""
        if may_speculate(execution):
            SpeculativeExecutions(self, self._loop, execution).schedule()

    def fail_closed(self, execution: Execution) -> None:
        """The session is closed: end an execution that nothing else would end."""
        if not execution.is_done:
            self.give_up(execution, request_closed(None), final=True)

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
        elif execution.waiting_in is not None:
            late = execution.waiting_in.timed_out(execution)
            if late is not None:
                self.give_up(execution, late)
        elif core is not None:
            error = attempt_timed_out(execution)
            execution.release()
            self._record_attempt(execution, error)
            self._send_again(execution, error, same_host=False, around=True)

    def _timed_out(self, execution: Execution, core: Core | None) -> None:
        if execution.context is not None:
            # The server has done it; what took so long is that the other hosts follow.
            self.complete(execution, execution.context)
        else:
            self.give_up(execution, request_timed_out(execution, is_sent=core is not None), final=True)

    @staticmethod
    def _suspect(core: Core) -> None:
        """Send a heartbeat: the first request that times out on a connection has the connection checked at once."""
        connection: Any = core.owner
        if connection is not None and connection.heartbeat is not None and not core.closed:
            connection.heartbeat.beat()

    # --- waiting -----------------------------------------------------------------------------------------------

    @_contained
    def send_admitted(self, execution: Execution, admit: Callable[[Execution], bool]) -> None:
        """A limit lets the execution pass: send it, unless `admit` finds another limit that does not."""
        if self.is_closing:
            self.give_up(execution, request_closed(None))
        elif admit(execution):
            self.send_next(execution, self._time())

    @_contained
    def send_waiting(self, execution: Execution, core: Core) -> None:
        """`core` has room for an execution that waited for it."""
        try:
            self.send_to(execution, core.host, core, self._time())
        except Error as error:
            self.on_failure(execution, error)

    @_contained
    def resend_elsewhere(self, execution: Execution, error: Error) -> None:
        """The host that an execution waited for is gone."""
        if self.is_closing:
            self.give_up(execution, request_closed(None))
            return
        execution.plan = None
        self.send_next(execution, self._time())
