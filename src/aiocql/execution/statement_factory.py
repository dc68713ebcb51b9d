"""Creates prepared statements, and keeps what is known of their results true."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from aiocql.metadata.schema_change import NamedChange
from aiocql.statements.prepared import PreparedStatement
from aiocql.statements.routing_key import pk_positions
from aiocql.statements.schema_changes import SchemaChanges, is_concerned, tables_of

if TYPE_CHECKING:
    from aiocql.execution.call_options import OptionResolver
    from aiocql.metadata.schema_change import Change
    from aiocql.metadata.snapshot import CurrentSnapshot
    from aiocql.protocol.metadata import Column, ResultMetadata
    from aiocql.protocol.responses import Prepared
    from aiocql.types.codec import Codec
    from aiocql.types.registry import CodecRegistry

__all__ = ["StatementFactory"]

_NOTHING: dict[str, Any] = {}
MAX_SHARED = 4096
"""Parts of statements that are kept for others that have the same."""


class StatementFactory:
    """Creates the prepared statements of a session. It does no I/O.

    A server may leave out the columns of its answers on protocol v5 alone: there each request says which columns it
    knows, and the answer brings them where they are others. v3 and v4 have nothing of the kind (CASSANDRA-10786), and
    no statement is safe: ``SELECT *`` changes with the table, and even named columns have other types when the table
    was dropped and made anew, under the same statement id. So there every answer brings its columns, and is decoded
    with them; where they are the very bytes of the answer before, they are not read again.
    """

    def __init__(
        self, resolver: OptionResolver, registry: CodecRegistry, current: CurrentSnapshot, version: int
    ) -> None:
        self.identity = object()
        """The origin of all statements that are created here."""
        self.schema_changes = SchemaChanges()
        """The changes of the schema that the session heard of."""
        self._resolver = resolver
        self._registry = registry
        self._current = current
        self._version = version
        self._statements: WeakSet[PreparedStatement] = WeakSet()
        self._shared: dict[Any, Any] = {}

    def create(self, query: str, prepared: Prepared, keyspace: str | None, before: int) -> PreparedStatement:
        """Return the statement for a node's response to a PREPARE.

        `before` is the number of the last change of the schema when the PREPARE was sent: the node may have responded
        before it had the later ones.
        """
        statement = PreparedStatement(
            query,
            prepared,
            self.codecs_of(prepared.bind_columns),
            None,
            keyspace,
            origin=self.identity,
            pk_indexes=self._pk_indexes(prepared),
        )
        self._share(statement)
        self._set_options(statement)
        self._statements.add(statement)
        statement.stale_since = self.schema_changes.concerning(statement, before)
        if self.schema_changes.is_unsettled(statement):
            statement.stale_since = self.schema_changes.last
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
        """Return where the partition key is among the bound columns."""
        if self._version >= 4:
            return prepared.pk_indexes
        return pk_positions(prepared.bind_columns, self._current.value.keyspaces)

    def options_changed(self) -> None:
        """Resolve the options of all statements again: a profile was replaced. Requests in flight keep theirs."""
        for statement in self._statements:
            self._set_options(statement)

    def _set_options(self, statement: PreparedStatement) -> None:
        metadata = statement.result_metadata
        given = self._resolver.merge(statement.defaults, _NOTHING)
        factory = self._resolver.row_factory_of(given.get("into"))
        statement.decoder = factory.of_statement(metadata)
        skip = statement.decoder is not None and self._version >= 5
        statement.options = self._resolver.resolve(statement.defaults, _NOTHING, skip_metadata=skip)

    def rebind(self, statement: PreparedStatement, prepared: Prepared, before: int) -> None:
        """Apply the response to a PREPARE that was sent again; `before` as in `create`."""
        if prepared.bind_columns != statement.columns:
            self._take_other_columns(statement, prepared, before)
        self.update(statement, prepared.result_metadata, prepared.result_metadata_id)
        if statement.stale_since <= before and not self.schema_changes.is_unsettled(statement):
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
        number = self.schema_changes.add(change)
        for statement in tuple(self._statements):
            if is_concerned(statement, change):
                statement.stale_since = number

    def update(
        self, statement: PreparedStatement, metadata: ResultMetadata, metadata_id: bytes | None
    ) -> None:
        """Set the columns of a statement's rows; requests in flight keep theirs."""
        if metadata_id is not None:
            statement.result_metadata_id = metadata_id
        if not len(metadata) or metadata == statement.result_metadata:
            return
        statement.result_metadata = metadata
        self._set_options(statement)

    def with_defaults(self, statement: PreparedStatement, defaults: dict[str, Any]) -> PreparedStatement:
        """Return the same statement with other defaults of its options.

        Raises:
            InterfaceError: the rows cannot be made into `into`.
        """
        own = statement.copy()
        own.defaults = {**statement.defaults, **defaults}
        if "into" in defaults and len(own.result_metadata):
            self._resolver.row_factory_of(defaults["into"])(own.result_metadata)
        self._set_options(own)
        self._statements.add(own)
        return own
