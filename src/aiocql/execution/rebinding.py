"""The values of a request are bound again, since its statement binds other columns by now.

The original parameters are encoded with the codecs of the new columns. They are the caller's, and may have been changed
since they were bound: where the codecs of the old columns no longer give the bytes that were sent, the request fails.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from aiocql.errors import InterfaceError
from aiocql.execution.consistency import statements_span, values_span
from aiocql.protocol.requests import QueryParameters, execute_body
from aiocql.statements.batch import BatchStatement
from aiocql.statements.prepared import PreparedStatement

if TYPE_CHECKING:
    from aiocql.execution.dispatcher import Execution
    from aiocql.execution.statement_factory import StatementFactory
    from aiocql.protocol.metadata import Column

__all__ = ["Rebinding", "prepared_statements"]


def prepared_statements(statement: Any) -> Sequence[PreparedStatement]:
    """Return the prepared statements of an execution: its own, or those of its batch."""
    if isinstance(statement, PreparedStatement):
        return (statement,)
    return statement.prepared_statements if isinstance(statement, BatchStatement) else ()


class Rebinding:
    """Binds the values of executions again."""

    def __init__(self, factory: StatementFactory, version: int) -> None:
        self._factory = factory
        self._version = version

    def bind(self, execution: Execution) -> bool:
        """Bind the values to the columns that the statements have now; return False where they are bound to them.

        Raises EncodeError where the values do not fit, and InterfaceError where they were changed.
        """
        if isinstance(execution.statement, BatchStatement):
            return self._bind_batch(execution, execution.statement)
        return self._bind_statement(execution, execution.statement)

    def _bind_statement(self, execution: Execution, statement: PreparedStatement[Any]) -> bool:
        bound = execution.bound
        if bound == statement.columns:
            execution.bound = statement.columns
            return False
        version = self._version
        start, end = values_span(execution.frame_flags, version, execution.body)
        if bound is not None:
            before = self._as_bound(statement, bound)
            _check_unchanged(execution, lambda: before.encode(execution.parameters)[0], start, end)
        values, token = statement.encode(execution.parameters)
        # Refuses what this version of the protocol does not have.
        execute_body(version, b"", b"", QueryParameters(), len(statement.columns), values)
        _replace(execution, start, end, values, token)
        execution.bound = statement.columns
        return True

    def _bind_batch(self, execution: Execution, batch: BatchStatement) -> bool:
        bound = batch.bound
        if all(columns == each.columns for each, columns in bound.items()):
            return False
        version = self._version
        start, end = statements_span(execution.frame_flags, execution.body)
        if None not in bound.values():
            earlier = {each: self._as_bound(each, columns) for each, columns in bound.items() if columns}
            before = batch.with_statements(earlier)
            _check_unchanged(execution, lambda: before.encode(version)[0], start, end)
        statements, token = batch.encode(version)
        _replace(execution, start, end, statements, token)
        return True

    def _as_bound(
        self, statement: PreparedStatement[Any], columns: tuple[Column, ...]
    ) -> PreparedStatement[Any]:
        return statement.with_columns(columns, self._factory.codecs_of(columns))


def _check_unchanged(execution: Execution, encode: Any, start: int, end: int) -> None:
    try:
        same = encode() == execution.body[start:end]
    except Exception as error:
        raise _changed(execution) from error
    if not same:
        raise _changed(execution)


def _replace(execution: Execution, start: int, end: int, part: bytes, token: int | None) -> None:
    body = execution.body
    execution.body = body[:start] + part + body[end:]
    execution.has_token = token is not None
    execution.token = token or 0


def _changed(execution: Execution) -> InterfaceError:
    return InterfaceError(
        "the columns of the statement changed, and the values changed since they were bound; it was not executed",
        host=execution.host,
        hint="execute it again; do not change a list or an object while it is a parameter of a request",
    )
