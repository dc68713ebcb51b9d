"""A host does not know a prepared statement, or its columns may have changed: it is prepared there again.

An UNPREPARED statement was not carried out, so that sending it again is safe whatever it does. However many requests
meet it at a host, on however many connections, one PREPARE goes out and all wait for it: a restarted node is not
flooded. Each attempt of a request has each of its statements prepared again once, and once more where the schema
changed meanwhile; a server that goes on forgetting them gets an error, not a loop. A PREPARE that is not answered in
time fails those who wait for it, and the retry policy has their say: the next request at that host sends another.

A statement that a change of the schema concerns is prepared before it is sent. Values that were bound to other columns
are bound again (`rebinding.py`), or the request fails: values in the types of columns that are no more are never sent.

What a request was sent with stays its own. Its body names the result columns that it knows (v5), so that its decoder
goes with that body, not with what the statement returns by now.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from aiocql.errors import Error, Unprepared
from aiocql.execution.errors import changed_id, copy_error, prepare_timed_out, rebinding_failed
from aiocql.execution.rebinding import Rebinding, prepared_statements
from aiocql.protocol.constants import OP_PREPARE
from aiocql.protocol.request import Request
from aiocql.protocol.requests import prepare_body
from aiocql.protocol.responses import Prepared
from aiocql.statements.missing_keyspace import says_keyspace_is_missing
from aiocql.statements.prepared import PreparedStatement

if TYPE_CHECKING:
    from aiocql.execution.dispatcher import Execution
    from aiocql.execution.statement_factory import StatementFactory
    from aiocql.nodes.host import Host
    from aiocql.protocol.core import Core

    Key = tuple[Host, bytes]

__all__ = ["Repreparations"]

MAX_REMEMBERED = 1024


class CurrentKeyspace(Protocol):
    """Knows the keyspace of unqualified table names."""

    @property
    def keyspace(self) -> str | None: ...


class Resender(Protocol):
    """Sends executions again, or ends them: the executor."""

    def send_to(self, execution: Execution, host: Host, core: Core, now: float, /) -> None: ...

    def send_bound(self, execution: Execution, host: Host, core: Core, now: float, /) -> None: ...

    def give_up(self, execution: Execution, error: Error, /) -> None: ...

    def on_prepare_failure(self, execution: Execution, error: Error, /) -> None: ...


class Repreparations:
    """The statements that are being prepared again, and the executions that wait for each.

    It owns the PREPAREs that it sends; `watch` sets the deadline of each.
    """

    def __init__(
        self,
        resender: Resender,
        factory: StatementFactory,
        session_changes: CurrentKeyspace,
        loop: asyncio.AbstractEventLoop,
        version: int,
        watch: Callable[[Request], None],
    ) -> None:
        self._resender = resender
        self._factory = factory
        self._session_changes = session_changes
        self._loop = loop
        self._version = version
        self._watch = watch
        self._waiting: dict[Key, list[tuple[Execution, PreparedStatement]]] = {}
        self._prepared_at: dict[Key, float] = {}
        self._schema_changes = factory.schema_changes
        self._rebinding = Rebinding(factory, version)

    def start(self, execution: Execution, error: Unprepared) -> bool:
        """Has the statement prepared where it is missing; nothing is awaited.

        False if that was done in this attempt already, or if it is none of the execution's statements.
        """
        statement_id = error.statement_id
        statement = _statement_with(execution.statement, statement_id)
        change = self._schema_changes.last
        before = execution.reprepared or {}
        if statement is None or before.get(statement_id, -1) >= change:
            return False
        key = (execution.host, statement_id)
        if key not in self._waiting and execution.sent < self._prepared_at.get(key, 0.0):
            # It was on its way, on another connection, while others had the statement prepared here.
            self._send_again(execution)
            return True
        execution.reprepared = {**before, statement_id: change}
        self._wait(execution, statement)
        return True

    def renew(self, execution: Execution) -> None:
        """Send an execution whose statements may bind other columns by now.

        Those that a change of the schema concerns are prepared first; the values are bound again.
        """
        renewed = execution.renewed or ()
        for statement in prepared_statements(execution.statement):
            if statement.stale_since and statement.id not in renewed:
                self._wait(execution, statement)
                return
        try:
            if self._rebinding.bind(execution) and execution.reprepared is not None:
                # The server may forget what binds other columns once more: its tables change one after the other.
                execution.reprepared.clear()
        except Exception as failure:
            self._resender.give_up(execution, rebinding_failed(execution, failure))
            return
        self._send_bound(execution)

    def _wait(self, execution: Execution, statement: PreparedStatement) -> None:
        key = (execution.host, statement.id)
        waiting = self._waiting.get(key)
        if waiting is not None:
            waiting.append((execution, statement))
            return
        self._waiting[key] = [(execution, statement)]
        try:
            self._prepare(key, execution.core, statement)
        except Error as failure:
            self._fail(key, failure)

    def _prepare(self, key: Key, core: Core, statement: PreparedStatement, *, named: bool = True) -> None:
        """Send a PREPARE; `named`: it names the keyspace that the statement was prepared in."""
        version = self._version
        # Before v5 the connection's own keyspace is the one that counts.
        keyspace = statement.prepared_keyspace if version >= 5 and named else None
        before = self._schema_changes.last
        future: asyncio.Future[Any] = self._loop.create_future()
        request = Request(OP_PREPARE, prepare_body(version, statement.query, keyspace), future, owner=self)
        core.send(request, self._loop.time())
        self._watch(request)

        def done(future: asyncio.Future[Any]) -> None:
            if (
                says_keyspace_is_missing(future.exception(), keyspace)
                and keyspace == self._session_changes.keyspace
            ):
                self._prepare_without_keyspace(key, core, statement)
            else:
                self._prepared(key, future, before)

        future.add_done_callback(done)

    def _prepare_without_keyspace(self, key: Key, core: Core, statement: PreparedStatement) -> None:
        """The session's keyspace was dropped, which does not matter to qualified names."""
        try:
            self._prepare(key, core, statement, named=False)
        except Error as failure:
            self._fail(key, failure)

    # --- the owner of a PREPARE --------------------------------------------------------------------------------

    def on_response(self, request: Request, response: Any) -> None:
        """The answer, whatever it is."""
        request.set_result(response)

    def on_failure(self, request: Request, error: Error) -> None:
        """The server refused it, or the connection is lost."""
        request.set_exception(error)

    def on_timeout(self, request: Request, kind: int) -> None:
        """No answer in time."""
        request.set_exception(prepare_timed_out(request.core.host))

    # --- and what becomes of those who wait for it --------------------------------------------------------------

    def _prepared(self, key: Key, future: asyncio.Future[Any], before: int) -> None:
        error = future.exception()
        if error is not None:
            self._fail(key, error)
            return
        response = future.result()
        if not isinstance(response, Prepared) or response.id != key[1]:
            self._fail(key, None)
            return
        self._remember(key)
        for execution, statement in self._taken(key):
            try:
                self._factory.rebind(statement, response, before)
            except Exception as failure:
                self._resender.give_up(execution, rebinding_failed(execution, failure))
                continue
            if statement.stale_since <= before or self._schema_changes.is_unsettled(statement):
                execution.renewed = {key[1], *(execution.renewed or ())}
            self.renew(execution)

    def _send_again(self, execution: Execution) -> None:
        """Once more on its connection, with the body and the decoder that it had."""
        try:
            self._resender.send_to(execution, execution.host, execution.core, self._loop.time())
        except Error as second:
            self._resender.on_prepare_failure(execution, second)

    def _send_bound(self, execution: Execution) -> None:
        try:
            self._resender.send_bound(execution, execution.host, execution.core, self._loop.time())
        except Error as second:
            self._resender.on_prepare_failure(execution, second)

    def _remember(self, key: Key) -> None:
        if len(self._prepared_at) >= MAX_REMEMBERED:
            self._prepared_at.clear()
        self._prepared_at[key] = self._loop.time()

    def _taken(self, key: Key) -> list[tuple[Execution, PreparedStatement]]:
        """Those who still wait: not cancelled, not timed out."""
        waiting = self._waiting.pop(key, [])
        for execution, _ in waiting:
            if execution.future.done():
                execution.abandon()
        return [each for each in waiting if not each[0].is_done]

    def _fail(self, key: Key, error: BaseException | None) -> None:
        for execution, _ in self._taken(key):
            # An error object of its own for each request: hosts, attempts and tracebacks are not shared.
            own = copy_error(error) if isinstance(error, Error) else changed_id(execution)
            self._resender.on_prepare_failure(execution, own)


def _statement_with(statement: Any, statement_id: bytes) -> PreparedStatement | None:
    """The prepared statement with this id: the execution's own, or one of its batch."""
    return next((each for each in prepared_statements(statement) if each.id == statement_id), None)
