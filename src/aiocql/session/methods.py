"""What a session does with one statement: prepare, bind, send, wait. What it does with many: `many`.

`execute` is one thin coroutine over a future. Everything that is decided on the way is decided elsewhere: where a
request goes (dispatcher, policies), what becomes of it when it fails (failures), how many connections there are (pool).
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, overload

from aiocql.errors import InterfaceError
from aiocql.execution.call_options import ExecuteOptions, check_defaults, check_keyspace_option
from aiocql.protocol.constants import OP_QUERY
from aiocql.protocol.requests import check_keyspace, query_body
from aiocql.results.result import Result
from aiocql.statements.prepared import PreparedStatement
from aiocql.statements.simple import TextStatement
from aiocql.statements.template_strings import Template, from_template, is_template

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Unpack
    from uuid import UUID

    from aiocql.execution.call_options import OptionResolver
    from aiocql.execution.dispatcher import Dispatcher, Execution, Options
    from aiocql.execution.failures import Failures
    from aiocql.monitoring.tracing import QueryTrace
    from aiocql.nodes.host import Host
    from aiocql.protocol.responses import Response
    from aiocql.protocol.row_decoder import RowDecoder
    from aiocql.rows.row import Row
    from aiocql.session.preparing import Preparer
    from aiocql.statements.cache import PrepareCache

__all__ = ["Requesting"]

T = TypeVar("T")

if TYPE_CHECKING:
    from typing_extensions import TypeVar as TypeVarWithDefault

    RowT = TypeVarWithDefault("RowT", default=Row)
else:
    RowT = TypeVar("RowT")

_NOTHING: dict[str, Any] = {}


class Requesting(Generic[RowT]):
    """The part of a `Session` that sends statements; `Session` brings what they are sent with.

    Generic in what rows are made into where a call does not say: `Row`, or what `connect(into=...)` said.
    """

    loop: asyncio.AbstractEventLoop
    dispatcher: Dispatcher
    failures: Failures
    _identity: object
    _known: dict[str, PreparedStatement[Any]]
    _preparer: Preparer
    _resolver: OptionResolver
    _result: Callable[..., Result[Any]]
    _statements: PrepareCache

    @property
    def keyspace(self) -> str | None:
        """The keyspace of unqualified table names."""
        raise NotImplementedError

    def find_host(self, wanted: Any) -> Host:
        """The host that is meant: a `Host`, an address, `(address, port)`, an endpoint or a host id."""
        raise NotImplementedError

    @property
    def protocol_version(self) -> int:
        """The native protocol version of all connections."""
        return self.dispatcher.version

    # --- requests ---------------------------------------------------------------------------------------------

    @overload
    async def execute(
        self,
        query: str | Template | PreparedStatement[Any],
        parameters: Any = None,
        *,
        into: type[dict[Any, Any]],
        **options: Unpack[ExecuteOptions],
    ) -> Result[dict[str, Any]]: ...

    @overload
    async def execute(
        self,
        query: str | Template | PreparedStatement[Any],
        parameters: Any = None,
        *,
        into: type[T] | Callable[..., T],
        **options: Unpack[ExecuteOptions],
    ) -> Result[T]: ...

    @overload
    async def execute(
        self,
        query: str | Template | PreparedStatement[Any],
        parameters: Any = None,
        *,
        into: Literal["scalar"],
        **options: Unpack[ExecuteOptions],
    ) -> Result[Any]: ...

    @overload
    async def execute(
        self, query: PreparedStatement[T], parameters: Any = None, **options: Unpack[ExecuteOptions]
    ) -> Result[T]: ...

    @overload
    async def execute(
        self, query: str | Template, parameters: Any = None, **options: Unpack[ExecuteOptions]
    ) -> Result[RowT]: ...

    async def execute(self, query: Any, parameters: Any = None, **options: Any) -> Result[Any]:
        """Runs one statement and gives its (first page of) rows.

        A string with `parameters` is prepared and cached by itself; one without is sent as it is. `parameters` is a
        sequence in the order of the markers, or a mapping by their names. A template string (PEP 750) has its values in
        it; they are bound, never written into the text. `into` is what rows are made into: a class or function that is
        called with the columns, `tuple`, `dict`, or ``"scalar"`` for the values of a single column. Default: `Row`.
        Other options are those of `ExecuteOptions`.

        Raises the server's errors, EncodeError for values that do not fit, OperationTimedOut after the request's
        timeout, NoHostAvailable, BusyConnection, SessionClosed.
        """
        cached = parameters is not None and "keyspace" not in options
        try:
            statement = self._known.get(query) if cached else None
        except TypeError:  # not hashable: no text
            statement = None
        if statement is None:  # most are texts that are known
            if isinstance(query, PreparedStatement):
                statement = query
            elif parameters is None:
                return await self._execute_text(query, options)
            else:
                return await self._execute_new(query, parameters, options)
        if options:
            self.check_statement(statement)
            check_keyspace_option(statement, options)
            resolved = self.resolve(statement, options)
            execution = self.begin(statement, parameters, resolved, options.get("paging_state"))
        else:
            execution = self.dispatcher.start_as_prepared(statement, parameters)
        try:
            return self._result(execution, await execution, parameters)
        except asyncio.CancelledError:
            execution.abandon()
            raise

    async def _execute_text(self, query: Any, options: Mapping[str, Any]) -> Result[Any]:
        """A statement without values, or a template string."""
        if is_template(query):
            text, values = from_template(query, None)
            result: Result[Any] = await self.execute(text, values or None, **options)
            return result
        statement = self.text_statement(query)
        resolved = self.resolve(statement, options) if options else self._resolver.usual()
        execution = self.begin(statement, None, resolved, options.get("paging_state"))
        return self._result(execution, await self.wait(execution), None)

    async def _execute_new(self, query: Any, parameters: Any, options: Mapping[str, Any]) -> Result[Any]:
        """A string that is not in the cache: preparing it is part of the request, and of its timeout."""
        if is_template(query):
            from_template(query, parameters)
        timeout = self._resolver.timeout(_NOTHING, options)
        begun = self.loop.time()
        statement = await self.obtain(query, options.get("keyspace"), timeout)
        resolved = self.resolve(statement, options)
        left = resolved
        if timeout is not None:
            left = self.resolve(
                statement, {**options, "timeout": max(timeout - (self.loop.time() - begun), 0.001)}
            )
        execution = self.begin(statement, parameters, left, options.get("paging_state"))
        execution.options = resolved
        return self._result(execution, await self.wait(execution), parameters)

    def resolve(self, statement: Any, options: Mapping[str, Any]) -> Options:
        """The options of one execution of a statement."""
        if isinstance(statement, PreparedStatement):
            skip: bool = statement.options.parameters.skip_metadata
            return self._resolver.resolve(statement.defaults, options, skip_metadata=skip)
        return self._resolver.resolve(_NOTHING, options, skip_metadata=False)

    def begin(
        self, statement: Any, parameters: Any, options: Options, paging_state: bytes | None
    ) -> Execution:
        """Sends a statement: its execution's future is the answer. Nothing is awaited."""
        if isinstance(statement, PreparedStatement):
            decoder = self.decoder_for(statement, options)
            if decoder is None and options.parameters.skip_metadata:
                # Another page of a statement whose columns have changed, and do not fit the shape any more.
                options = self._resolver.with_metadata(options)
            execution = self.dispatcher.start(statement, parameters, options, paging_state)
            execution.decoder = decoder
        else:
            body = self._query_body(statement.query, options, paging_state)
            idempotent = statement.is_select if options.idempotent < 0 else bool(options.idempotent)
            keyspace = options.parameters.keyspace or self.keyspace
            execution = self.dispatcher.start_body(statement, OP_QUERY, body, options, idempotent, keyspace)
        if options.speculative is not None:
            self.failures.speculate(execution)
        return execution

    def _query_body(self, query: str, options: Options, paging_state: bytes | None) -> bytes:
        parameters = options.parameters
        if paging_state is not None:
            parameters = parameters.replace(paging_state=paging_state)
        if options.client_timestamps:
            parameters = parameters.replace(timestamp=self.dispatcher.next_timestamp())
        return query_body(self.protocol_version, query, parameters)

    async def wait(self, execution: Execution) -> Response:
        """The answer; a cancelled waiter gives the request up, wherever it is."""
        try:
            return await execution
        except asyncio.CancelledError:
            execution.abandon()
            raise

    @staticmethod
    def decoder_for(statement: PreparedStatement[Any], options: Options) -> RowDecoder | None:
        """The decoder of rows that come without their columns. Raises InterfaceError where the shape does not fit."""
        if options.into is statement.options.into or not len(statement.result_metadata):
            return statement.decoder
        return options.row_shape(statement.result_metadata)  # type: ignore[no-any-return]

    async def next_page(self, execution: Execution, parameters: Any, state: bytes) -> Result[Any]:
        """The page that begins at `state`, of the same statement with the same options."""
        again = self.begin(execution.statement, parameters, execution.options, state)
        return self._result(again, await self.wait(again), parameters, state)

    async def begin_with(
        self, query: Any, parameters: Any, options: Mapping[str, Any]
    ) -> tuple[PreparedStatement[Any] | TextStatement, Any, Options]:
        """Statement, values and options of what is to be executed: prepared where there are values."""
        if is_template(query):
            query, values = from_template(query, parameters)
            parameters = values or None
        statement: PreparedStatement[Any] | TextStatement
        if isinstance(query, PreparedStatement):
            self.check_statement(query)
            check_keyspace_option(query, options)
            statement = query
        elif parameters is None:
            statement = self.text_statement(query)
        else:
            timeout = self._resolver.timeout(_NOTHING, options)
            statement = await self.obtain(query, options.get("keyspace"), timeout)
        return statement, parameters, self.resolve(statement, options)

    # --- prepared statements ----------------------------------------------------------------------------------

    def check_statement(self, statement: PreparedStatement[Any]) -> None:
        """Raises InterfaceError for a statement that another session has prepared."""
        if statement.origin is not self._identity:
            raise self.failures.foreign(statement)

    @staticmethod
    def text_statement(query: Any) -> TextStatement:
        """A statement that is sent as text; raises InterfaceError for what is none."""
        if not isinstance(query, str):
            raise InterfaceError(
                f"a statement is a string or a PreparedStatement, not a {type(query).__name__}",
            )
        return TextStatement(query)

    @overload
    async def prepare(
        self, query: str, *, into: type[dict[Any, Any]], **defaults: Unpack[ExecuteOptions]
    ) -> PreparedStatement[dict[str, Any]]: ...

    @overload
    async def prepare(
        self, query: str, *, into: type[T] | Callable[..., T], **defaults: Unpack[ExecuteOptions]
    ) -> PreparedStatement[T]: ...

    @overload
    async def prepare(
        self, query: str, *, into: Literal["scalar"], **defaults: Unpack[ExecuteOptions]
    ) -> PreparedStatement[Any]: ...

    @overload
    async def prepare(self, query: str, **defaults: Unpack[ExecuteOptions]) -> PreparedStatement[RowT]: ...

    async def prepare(self, query: str, *, into: Any = None, **defaults: Any) -> PreparedStatement[Any]:
        """Prepares a statement; `into` and `defaults` hold for each of its executions.

        The same text is prepared once, however many tasks ask for it. Raises what `execute` raises.
        """
        check_defaults(defaults)
        given: dict[str, Any] = dict(defaults)
        if into is not None:
            given["into"] = into
        timeout = self._resolver.timeout(_NOTHING, given)
        statement = await self.obtain(query, given.get("keyspace"), timeout)
        return statement if not given else self._preparer.with_defaults(statement, given)

    async def obtain(self, query: str, keyspace: str | None, timeout: float | None) -> PreparedStatement[Any]:
        """The prepared statement of a text, within `timeout` seconds."""
        if not isinstance(query, str):
            raise InterfaceError(f"a statement's text is a string, not a {type(query).__name__}")
        self.dispatcher.verify()
        if keyspace is not None and keyspace != self.keyspace:
            check_keyspace(self.protocol_version)
        found = self._statements.get(query, keyspace or self.keyspace)
        if found is not None:
            return found
        return await self._preparer.within(
            timeout, query, self._statements.obtain(query, keyspace or self.keyspace, timeout)
        )

    async def trace(self, trace_id: UUID, *, host: Any = None, timeout: float = 10.0) -> QueryTrace:
        """What the servers wrote down of a traced request; waits until it is complete.

        `host` is the one that coordinated it: it has the trace first. Raises OperationTimedOut after `timeout`
        seconds, and what `execute` raises.
        """
        from aiocql.monitoring.tracing import fetch_trace

        found = self.find_host(host) if host is not None else None
        return await fetch_trace(self, trace_id, found, timeout)
