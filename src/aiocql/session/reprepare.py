"""A host does not know a prepared statement: it is prepared there again, and the requests are sent once more.

An UNPREPARED statement was not carried out, so that sending it again is safe whatever it does. However many requests
meet it on a connection, one PREPARE goes out and all wait for it: a restarted node is not flooded. Each attempt of a
request has each of its statements prepared again once; a server that goes on forgetting them gets an error, not a loop.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from aiocql.errors import Error, InterfaceError, Unprepared
from aiocql.statements import PreparedStatement
from aiocql.wire.constants import OP_PREPARE
from aiocql.wire.request import Request
from aiocql.wire.requests import prepare_body
from aiocql.wire.responses import Prepared

if TYPE_CHECKING:
    from aiocql.session.dispatcher import Execution
    from aiocql.session.failures import Failures
    from aiocql.session.session import Session
    from aiocql.wire.core import Core

__all__ = ["Repreparations"]


class Repreparations:
    """The statements that are being prepared again, and who waits for each."""

    def __init__(self, session: Session[Any], failures: Failures) -> None:
        self._session = session
        self._failures = failures
        self._waiting: dict[tuple[Core, bytes], list[tuple[Execution, PreparedStatement]]] = {}

    def start(self, execution: Execution, error: Unprepared) -> bool:
        """Has the statement prepared where it is missing; nothing is awaited.

        False if that was done in this attempt already, or if it is none of the execution's statements.
        """
        statement_id = error.statement_id
        statement = _statement_with(execution.statement, statement_id)
        if statement is None or (execution.reprepared is not None and statement_id in execution.reprepared):
            return False
        execution.reprepared = {statement_id, *(execution.reprepared or ())}
        key = (execution.core, statement_id)
        waiting = self._waiting.get(key)
        if waiting is not None:
            waiting.append((execution, statement))
            return True
        self._waiting[key] = [(execution, statement)]
        try:
            self._prepare(key, statement)
        except Error as failure:
            self._fail(key, failure)
        return True

    def _prepare(self, key: tuple[Core, bytes], statement: PreparedStatement) -> None:
        session = self._session
        version = session.protocol_version
        # Before v5 the connection's own keyspace is the one that counts.
        keyspace = statement.prepared_keyspace if version >= 5 else None
        future: asyncio.Future[Any] = session.loop.create_future()
        request = Request(OP_PREPARE, prepare_body(version, statement.query, keyspace), future)
        key[0].send(request, session.loop.time())
        # The deadlines of those who wait go on; when all have passed, the answer is simply not used.
        future.add_done_callback(lambda done: self._prepared(key, done))

    def _prepared(self, key: tuple[Core, bytes], future: asyncio.Future[Any]) -> None:
        error = future.exception()
        if error is not None:
            self._fail(key, error)
            return
        response = future.result()
        if not isinstance(response, Prepared) or response.id != key[1]:
            self._fail(key, None)
            return
        now = self._session.loop.time()
        for execution, statement in self._taken(key):
            self._session.statement_was_reprepared(statement, response)
            try:
                if execution.statement is statement:
                    # What it returns may have changed since; the answer that comes is to the statement as it is now.
                    execution.decoder = self._session.decoder_for(statement, execution.options)
                self._session.dispatcher.send_to(execution, execution.host, key[0], now)
            except Error as second:
                self._failures.on_prepare_failure(execution, second)

    def _taken(self, key: tuple[Core, bytes]) -> list[tuple[Execution, PreparedStatement]]:
        """Those who still wait: not cancelled, not timed out."""
        waiting = self._waiting.pop(key, [])
        for execution, _ in waiting:
            if execution.future.done():
                execution.abandon()
        return [each for each in waiting if not each[0].is_done]

    def _fail(self, key: tuple[Core, bytes], error: BaseException | None) -> None:
        for execution, _ in self._taken(key):
            # An error object of its own for each request: hosts, attempts and tracebacks are not shared.
            own = _copy(error) if isinstance(error, Error) else _changed_id(execution)
            self._failures.on_prepare_failure(execution, own)


def _copy(error: Error) -> Error:
    own = type(error).__new__(type(error), *error.args)
    own.args = error.args
    own.__dict__.update(error.__dict__)
    own.__cause__ = error.__cause__
    return own


def _changed_id(execution: Execution) -> InterfaceError:
    return InterfaceError(
        "the statement's id changed when it was prepared again",
        host=execution.host,
        hint="it was prepared in another keyspace, or by a server of another version: prepare it anew",
    )


def _statement_with(statement: Any, statement_id: bytes) -> PreparedStatement | None:
    """The prepared statement with this id: the execution's own, or one of its batch."""
    if isinstance(statement, PreparedStatement):
        return statement if statement.id == statement_id else None
    parts = getattr(statement, "prepared_statements", ())
    return next((each for each in parts if each.id == statement_id), None)
