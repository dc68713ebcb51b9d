"""Prepares statements, and keeps what is known of their results true."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from aiocql.errors import InvalidRequest, OperationTimedOut
from aiocql.metadata.schema_change import NamedChange
from aiocql.protocol.constants import OP_PREPARE
from aiocql.protocol.requests import prepare_body
from aiocql.statements.missing_keyspace import says_keyspace_is_missing
from aiocql.statements.prepared import PreparedStatement
from aiocql.statements.routing_key import pk_positions
from aiocql.statements.schema_changes import SchemaChanges, is_concerned, tables_of
from aiocql.statements.simple import TextStatement

if TYPE_CHECKING:
    from aiocql.execution.call_options import OptionResolver
    from aiocql.execution.dispatcher import Options
    from aiocql.metadata.schema_change import Change
    from aiocql.protocol.metadata import Column, ResultMetadata
    from aiocql.protocol.responses import Prepared
    from aiocql.session.session import Session
    from aiocql.types.codec import Codec
    from aiocql.types.registry import CodecRegistry

__all__ = ["Preparer"]

_NOTHING: dict[str, Any] = {}
MAX_SHARED = 4096
"""Parts of statements that are kept for others that have the same."""


class Preparer:
    """Makes the prepared statements of a session.

    A server may leave out the columns of its answers on protocol v5 alone: there each request says which columns it
    knows, and the answer brings them where they are others. v3 and v4 have nothing of the kind (CASSANDRA-10786), and
    no statement is safe: ``SELECT *`` changes with the table, and even named columns have other types when the table
    was dropped and made anew, under the same statement id. So there every answer brings its columns, and is decoded
    with them; where they are the very bytes of the answer before, they are not read again.
    """

    def __init__(
        self, session: Session[Any], resolver: OptionResolver, registry: CodecRegistry, identity: object
    ) -> None:
        self._session = session
        self._identity = identity
        self._resolver = resolver
        self._registry = registry
        self._statements: WeakSet[PreparedStatement] = WeakSet()
        self._shared: dict[Any, Any] = {}
        self.changes = SchemaChanges()

    async def prepare(
        self, query: str, keyspace: str | None, timeout: float | None = None
    ) -> PreparedStatement:
        """Asks one host to prepare a statement; the others learn it when they need it.

        Within the session's own timeout, or `timeout` seconds where that is more: those who wait have limits of their
        own, and none of them is to be failed by that of another.
        """
        session = self._session
        usual = self._resolver.timeout(_NOTHING, _NOTHING)
        longer = timeout is not None and usual is not None and timeout > usual
        options = self._resolver.resolve(
            _NOTHING, {"timeout": timeout} if longer else _NOTHING, skip_metadata=False
        )
        version = session.protocol_version
        if version < 5:
            # It is the connection's, which can only be the session's: another by now if a USE came in between.
            keyspace = session.keyspace
        before = self.changes.last
        try:
            prepared = await self._ask(query, keyspace, options, named=version >= 5)
        except InvalidRequest as error:
            if keyspace != session.keyspace or not says_keyspace_is_missing(error, keyspace):
                raise
            prepared = await self._ask_without_keyspace(query, keyspace, options, error)
        statement = self._statement(query, prepared, keyspace)
        # The host may have answered before it had the latest changes.
        statement.stale_since = self.changes.concerning(statement, before)
        if self.changes.is_unsettled(statement):
            statement.stale_since = self.changes.last
        return statement

    async def _ask(self, query: str, keyspace: str | None, options: Options, *, named: bool) -> Prepared:
        """Send one PREPARE; `named`: the message says the keyspace."""
        session = self._session
        body = prepare_body(session.protocol_version, query, keyspace if named else None)
        execution = session.dispatcher.start_body(
            TextStatement(query), OP_PREPARE, body, options, True, keyspace
        )
        prepared: Any = await session.wait(execution)
        return prepared  # type: ignore[no-any-return]

    async def _ask_without_keyspace(
        self, query: str, keyspace: str | None, options: Options, refusal: InvalidRequest
    ) -> Prepared:
        """The session's keyspace was dropped, which does not matter to qualified names."""
        try:
            prepared = await self._ask(query, keyspace, options, named=False)
        except InvalidRequest:
            raise refusal from None
        if self._session.keyspace != keyspace:
            raise refusal
        return prepared

    async def within(
        self, timeout: float | None, query: str, prepared: Awaitable[PreparedStatement]
    ) -> PreparedStatement:
        """Waits at most `timeout` seconds."""
        try:
            async with asyncio.timeout(timeout) as scope:
                return await prepared
        except TimeoutError as error:
            if not scope.expired():
                raise
            late = OperationTimedOut(
                f"the statement was not prepared within {timeout:g} s; it was not executed",
                hint="is the host overloaded, or request_timeout too short?",
            )
            late.query = query
            raise late from error

    def _statement(self, query: str, prepared: Prepared, keyspace: str | None) -> PreparedStatement:
        statement = PreparedStatement(
            query,
            prepared,
            self.codecs_of(prepared.bind_columns),
            None,
            keyspace,
            origin=self._identity,
            pk_indexes=self._pk_indexes(prepared),
        )
        self._share(statement)
        self._set_options(statement)
        self._statements.add(statement)
        return statement

    def _share(self, statement: PreparedStatement) -> None:
        if len(self._shared) >= MAX_SHARED:
            self._shared.clear()
        statement.share(self._shared)

    def codecs_of(self, columns: Iterable[Column]) -> tuple[Codec, ...]:
        """Return the codec of each column."""
        return tuple(
            self._registry.column_codec(column.keyspace, column.table, column.name, column.type)
            for column in columns
        )

    def _pk_indexes(self, prepared: Prepared) -> tuple[int, ...]:
        """Where the partition key is among what is bound."""
        if self._session.protocol_version >= 4:
            return prepared.pk_indexes
        return pk_positions(prepared.bind_columns, self._session.metadata.keyspaces)

    def options_changed(self) -> None:
        """A profile is another: statements take what it says from now on, executions under way keep what it said."""
        for statement in self._statements:
            self._set_options(statement)

    def _set_options(self, statement: PreparedStatement) -> None:
        metadata = statement.result_metadata
        given = self._resolver.merge(statement.defaults, _NOTHING)
        shape = self._resolver.shape_of(given.get("into"))
        statement.decoder = shape.of_statement(metadata)
        skip = statement.decoder is not None and self._session.protocol_version >= 5
        statement.options = self._resolver.resolve(statement.defaults, _NOTHING, skip_metadata=skip)

    def was_reprepared(self, statement: PreparedStatement, prepared: Prepared, before: int) -> None:
        """Take what a host responded to a PREPARE; `before` is the number of the last change when it was sent."""
        if prepared.bind_columns != statement.columns:
            self._take_other_columns(statement, prepared, before)
        self.update(statement, prepared.result_metadata, prepared.result_metadata_id)
        if statement.stale_since <= before and not self.changes.is_unsettled(statement):
            statement.stale_since = 0

    def _take_other_columns(self, statement: PreparedStatement, prepared: Prepared, before: int) -> None:
        """Bind other columns from now on; other statements over the same tables may do so too."""
        tables = tables_of(statement.columns) | tables_of(prepared.bind_columns)
        same = {each: each.stale_since for each in self._statements if each.id == statement.id}
        statement.rebind(prepared, self.codecs_of(prepared.bind_columns), self._pk_indexes(prepared))
        self._share(statement)
        for keyspace, table in tables:
            self.schema_changed(NamedChange(keyspace, table))
        for each, since in same.items():
            # This response will do for them too.
            each.stale_since = since if each.columns == statement.columns else since or before

    def schema_changed(self, change: Change) -> None:
        """Have every statement that a change concerns prepared again before it is used."""
        number = self.changes.add(change)
        for statement in tuple(self._statements):
            if is_concerned(statement, change):
                statement.stale_since = number

    def update(
        self, statement: PreparedStatement, metadata: ResultMetadata, metadata_id: bytes | None
    ) -> None:
        """The columns of a statement's rows are these from now on; executions under way keep their own."""
        if metadata_id is not None:
            statement.result_metadata_id = metadata_id
        if not len(metadata) or metadata == statement.result_metadata:
            return
        statement.result_metadata = metadata
        self._set_options(statement)

    def with_defaults(self, statement: PreparedStatement, defaults: dict[str, Any]) -> PreparedStatement:
        """The same statement with options of its own."""
        own = statement.copy()
        own.defaults = {**statement.defaults, **defaults}
        if "into" in defaults and len(own.result_metadata):
            # Says at once where columns and shape do not meet.
            self._resolver.shape_of(defaults["into"])(own.result_metadata)
        self._set_options(own)
        self._statements.add(own)
        return own
