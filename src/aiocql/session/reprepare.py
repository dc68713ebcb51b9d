"""A host does not know a prepared statement: it is prepared there again, once, and the request sent once more."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from aiocql.errors import ConnectionLost, Error, InterfaceError, Unprepared
from aiocql.statements import PreparedStatement
from aiocql.wire.constants import OP_PREPARE
from aiocql.wire.request import Request
from aiocql.wire.requests import prepare_body
from aiocql.wire.responses import Prepared

if TYPE_CHECKING:
    from aiocql.session.dispatcher import Execution
    from aiocql.session.session import Session

__all__ = ["Reprepare"]


class Reprepare:
    """PREPARE on the connection that answered UNPREPARED, then the execution again on the same one.

    An UNPREPARED statement was not carried out, so that sending it again is safe whatever it does.
    """

    def __init__(self, session: Session, execution: Execution, error: Unprepared) -> None:
        self._session = session
        self._execution = execution
        self._error = error
        self._core = execution.core

    def start(self) -> None:
        """Sends the PREPARE; nothing is awaited."""
        execution = self._execution
        statement = _statement_with(execution.statement, self._error.statement_id)
        if statement is None:
            self._fail(self._error)
            return
        future = self._session.loop.create_future()
        body = prepare_body(self._session.protocol_version, statement.query, statement.prepared_keyspace)
        request = Request(OP_PREPARE, body, future)
        future.add_done_callback(self._prepared)
        try:
            self._core.send(request, self._session.loop.time())
        except Error as error:
            request.abandon()
            future.cancel()
            self._fail(error)
            return
        # The execution's own deadline goes on; when it passes, the answer to this PREPARE is simply not used.

    def _prepared(self, future: asyncio.Future[Any]) -> None:
        execution = self._execution
        if future.cancelled() or execution.is_done:
            if not future.cancelled():
                future.exception()
            return
        error = future.exception()
        if isinstance(error, Error):
            if isinstance(error, ConnectionLost):
                error.maybe_sent = False
            self._fail(error)
            return
        response = future.result()
        if not isinstance(response, Prepared) or response.id != self._error.statement_id:
            self._fail(
                InterfaceError(
                    "the statement's id changed when it was prepared again",
                    host=execution.host,
                    hint="its table was altered, or it was prepared in another keyspace: prepare it anew",
                )
            )
            return
        try:
            self._session.dispatcher.send_to(execution, execution.host, self._core, self._session.loop.time())
        except Error as second:
            self._fail(second)

    def _fail(self, error: Error) -> None:
        """The PREPARE failed: the execution itself was certainly not carried out."""
        self._session.failures.on_failure(self._execution, error)


def _statement_with(statement: Any, statement_id: bytes) -> PreparedStatement | None:
    """The prepared statement with this id: the execution's own, or one of its batch."""
    if isinstance(statement, PreparedStatement):
        return statement if statement.id == statement_id else None
    parts = getattr(statement, "prepared_statements", ())
    return next((each for each in parts if each.id == statement_id), None)
