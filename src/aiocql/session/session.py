"""The session: statements in, results out.

`execute` is one thin coroutine over a future. Everything that is decided on the way is decided elsewhere: where a
request goes (dispatcher, policies), what becomes of it when it fails (failures), how many connections there are (pool).
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Literal, TypeVar, overload

from aiocql.connection.timeouts import Timeouts
from aiocql.errors import Error, InterfaceError, SessionClosed
from aiocql.session.dispatcher import Dispatcher, Execution, Options
from aiocql.session.failures import Failures
from aiocql.session.options import ExecuteOptions, OptionResolver
from aiocql.session.prepare_cache import PrepareCache
from aiocql.session.preparing import Preparer
from aiocql.session.result import Result
from aiocql.session.shapes import Shapes
from aiocql.session.templates import from_template, is_template
from aiocql.session.text import TextStatement
from aiocql.statements import PreparedStatement
from aiocql.wire.constants import OP_QUERY
from aiocql.wire.requests import query_body

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable, Mapping
    from typing import Unpack
    from uuid import UUID

    from aiocql.cluster.cluster import Cluster
    from aiocql.metadata.host import Host
    from aiocql.metadata.host_states import HostDistance
    from aiocql.metadata.snapshot import ClusterSnapshot
    from aiocql.observe.stats import SessionStats
    from aiocql.rows import Row
    from aiocql.session.tracing import QueryTrace
    from aiocql.session.warm_up import WarmUp
    from aiocql.types.registry import CodecRegistry
    from aiocql.wire.core import Core
    from aiocql.wire.request import Request
    from aiocql.wire.responses import Prepared, Response, RowsResult, SchemaChange, SetKeyspace
    from aiocql.wire.row_decoder import RowDecoder

__all__ = ["Session"]

T = TypeVar("T")

_NOTHING: dict[str, Any] = {}


class Session:
    """A cluster that requests can be sent to. `aiocql.connect` makes one; one for a process is the rule."""

    def __init__(
        self, cluster: Cluster, defaults: dict[str, Any], registry: CodecRegistry, *, cache_size: int
    ) -> None:
        self.loop = asyncio.get_running_loop()
        self._identity = object()
        self._cluster = cluster
        self._timeouts = Timeouts(self.loop)
        self.failures = Failures(self)
        self.dispatcher = Dispatcher(self.loop, self.failures, self._timeouts.arm)
        self.failures.dispatcher = self.dispatcher
        self._resolver = OptionResolver(
            defaults,
            self._timeouts,
            find_host=self._find_host,
            shape_of=Shapes(registry),
            version=lambda: self.dispatcher.version,
        )
        self._preparer = Preparer(self, self._resolver, registry, self._identity)
        self._statements = PrepareCache(cache_size, self._preparer.prepare)
        self._statements.use(cluster.keyspace)
        queue_deadlines = self._timeouts.attempt(cluster.settings.options.pool.queue_timeout)
        if queue_deadlines is not None:
            cluster.budget.watch = lambda request: self._timeouts.watch_attempt(request, queue_deadlines)
        self._known = self._statements.current
        self._query_options: Options | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    # --- requests ---------------------------------------------------------------------------------------------

    @overload
    async def execute(
        self,
        query: str | PreparedStatement,
        parameters: Any = None,
        *,
        into: type[T],
        **options: Unpack[ExecuteOptions],
    ) -> Result[T]: ...

    @overload
    async def execute(
        self,
        query: str | PreparedStatement,
        parameters: Any = None,
        *,
        into: Literal["scalar"],
        **options: Unpack[ExecuteOptions],
    ) -> Result[Any]: ...

    @overload
    async def execute(
        self,
        query: str | PreparedStatement,
        parameters: Any = None,
        *,
        into: Callable[..., T],
        **options: Unpack[ExecuteOptions],
    ) -> Result[T]: ...

    @overload
    async def execute(
        self,
        query: str | PreparedStatement,
        parameters: Any = None,
        **options: Unpack[ExecuteOptions],
    ) -> Result[Row]: ...

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
        if isinstance(query, PreparedStatement):
            statement = query
            if statement.origin is not self._identity:
                raise _foreign_statement(statement)
        elif parameters is None:
            return await self._execute_text(query, options)
        else:
            found = self._known.get(query) if "keyspace" not in options else None
            if found is None:
                return await self._execute_new(query, parameters, options)
            statement = found
        if options:
            resolved = self.resolve(statement, options)
            execution = self.begin(statement, parameters, resolved, options.get("paging_state"))
        else:
            execution = self.dispatcher.start(statement, parameters, statement.options)
        try:
            return Result(self, execution, await execution.future, parameters)
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
        if options or self._query_options is None:
            resolved = self.resolve(statement, options)
            if not options:
                self._query_options = resolved
        else:
            resolved = self._query_options
        execution = self.begin(statement, None, resolved, options.get("paging_state"))
        return Result(self, execution, await self.wait(execution), None)

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
        return Result(self, execution, await self.wait(execution), parameters)

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
            execution = self.dispatcher.start(statement, parameters, options, paging_state)
            execution.decoder = decoder
        else:
            body = self._query_body(statement.query, options, paging_state)
            idempotent = statement.is_select if options.idempotent < 0 else bool(options.idempotent)
            keyspace = options.parameters.keyspace or self._cluster.keyspace
            execution = self.dispatcher.start_body(statement, OP_QUERY, body, options, idempotent, keyspace)
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
            return await execution.future  # type: ignore[no-any-return]
        except asyncio.CancelledError:
            execution.abandon()
            raise

    @staticmethod
    def decoder_for(statement: PreparedStatement, options: Options) -> RowDecoder | None:
        """The decoder of rows that come without their columns. Raises InterfaceError where the shape does not fit."""
        if options.into is statement.options.into or not len(statement.result_metadata):
            return statement.decoder
        return options.row_shape(statement.result_metadata)  # type: ignore[no-any-return]

    async def next_page(self, execution: Execution, parameters: Any, state: bytes) -> Result[Any]:
        """The page that begins at `state`, of the same statement with the same options."""
        again = self.begin(execution.statement, parameters, execution.options, state)
        return Result(self, again, await self.wait(again), parameters, state)

    # --- prepared statements ----------------------------------------------------------------------------------

    @staticmethod
    def text_statement(query: Any) -> TextStatement:
        """A statement that is sent as text; raises InterfaceError for what is none."""
        if not isinstance(query, str):
            raise InterfaceError(
                f"a statement is a string or a PreparedStatement, not a {type(query).__name__}",
            )
        return TextStatement(query)

    async def prepare(
        self, query: str, *, into: Any = None, **defaults: Unpack[ExecuteOptions]
    ) -> PreparedStatement:
        """Prepares a statement; `into` and `defaults` hold for each of its executions.

        The same text is prepared once, however many tasks ask for it. Raises what `execute` raises.
        """
        given: dict[str, Any] = dict(defaults)
        if into is not None:
            given["into"] = into
        timeout = self._resolver.timeout(_NOTHING, given)
        statement = await self.obtain(query, given.get("keyspace"), timeout)
        return statement if not given else self._preparer.with_defaults(statement, given)

    async def obtain(self, query: str, keyspace: str | None, timeout: float | None) -> PreparedStatement:
        """The prepared statement of a text, within `timeout` seconds."""
        if not isinstance(query, str):
            raise InterfaceError(f"a statement's text is a string, not a {type(query).__name__}")
        self.dispatcher.verify()
        found = self._statements.get(query, keyspace or self._cluster.keyspace)
        if found is not None:
            return found
        return await self._preparer.within(
            timeout, query, self._statements.obtain(query, keyspace or self._cluster.keyspace)
        )

    def statement_was_reprepared(self, statement: PreparedStatement, prepared: Prepared) -> None:
        """The server said anew what a statement returns."""
        self._preparer.update(statement, prepared.result_metadata, prepared.result_metadata_id)

    def result_metadata_changed(self, execution: Execution, response: RowsResult) -> None:
        """The columns of a prepared statement's rows are others since its table was altered (protocol v5)."""
        if isinstance(execution.statement, PreparedStatement) and response.metadata is not None:
            self._preparer.update(execution.statement, response.metadata, response.new_metadata_id)

    async def trace(self, trace_id: UUID, *, host: Any = None, timeout: float = 10.0) -> QueryTrace:
        """What the servers wrote down of a traced request; waits until it is complete.

        `host` is the one that coordinated it: it has the trace first. Raises OperationTimedOut after `timeout`
        seconds, and what `execute` raises.
        """
        from aiocql.session.tracing import fetch_trace

        found = self._find_host(host) if host is not None else None
        return await fetch_trace(self, trace_id, found, timeout)

    # --- what concerns the whole session ----------------------------------------------------------------------

    def snapshot_changed(self, snapshot: ClusterSnapshot) -> None:
        """Routing goes by another snapshot from now on."""
        self.dispatcher.snapshot = snapshot

    def send_waiting(self, request: Request, core: Core) -> None:
        """A waiting request's turn has come."""
        self.failures.send_waiting(request, core)  # type: ignore[arg-type]

    def resend_elsewhere(self, request: Request, error: Any) -> None:
        """The host that a request waited for is gone."""
        self.failures.resend_elsewhere(request, error)  # type: ignore[arg-type]

    @property
    def hosts(self) -> tuple[Host, ...]:
        """All hosts of the cluster."""
        return self._cluster.hosts

    @property
    def metadata(self) -> ClusterSnapshot:
        """What is known of the cluster now: frozen, replaced whole when it changes."""
        return self._cluster.snapshot

    @property
    def protocol_version(self) -> int:
        """The native protocol version of all connections."""
        return self.dispatcher.version

    @property
    def keyspace(self) -> str | None:
        """The keyspace of unqualified table names."""
        return self._cluster.keyspace

    def keyspace_was_set(self, execution: Execution, response: SetKeyspace) -> None:
        """A USE was executed as a statement: its result is given when it holds for the whole session."""
        if response.keyspace == self._cluster.keyspace:
            execution.set_result(response)
            return
        self._spawn(self._follow_use(execution, response))

    async def _follow_use(self, execution: Execution, response: SetKeyspace) -> None:
        try:
            await self.set_keyspace(response.keyspace)
        except Error as error:
            self.failures.give_up(execution, error)
        else:
            execution.set_result(response)

    async def set_keyspace(self, keyspace: str) -> None:
        """Unqualified table names are in `keyspace` from now on, on every connection.

        Raises InvalidRequest where there is no such keyspace; nothing has changed then.
        """
        self.dispatcher.verify()
        await self._cluster.set_keyspace(keyspace)
        self._statements.use(keyspace)

    def schema_was_changed(self, execution: Execution, response: SchemaChange) -> None:
        """A statement changed the schema: its result is given when all hosts have the change."""
        self._cluster.schema_changed(response, lambda: execution.set_result(response), execution.core.owner)

    def _find_host(self, wanted: Any) -> Host:
        return self._cluster.find_host(wanted)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = self.loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # --- getting ready ----------------------------------------------------------------------------------------

    async def warm_up(self, connections: int | None = None, *, statements: Iterable[str] = ()) -> WarmUp:
        """Opens the pools of all hosts and prepares `statements`, so that the first requests find all of it ready.

        `connections` for each host, its pool's core by default. A host that is down does not stop it and is reported.
        """
        from aiocql.session.warm_up import warm_up

        self.dispatcher.verify()
        return await warm_up(self, self._cluster, connections, statements)

    # --- what it does and has done ----------------------------------------------------------------------------

    def stats(self) -> SessionStats:
        """Hosts, connections, queues, counters and latencies now: a frozen snapshot."""
        from aiocql.session.stats import take_stats

        return take_stats(self._cluster, self.keyspace, len(self._statements), self.loop.time())

    def set_core_connections_per_host(self, distance: HostDistance, connections: int) -> None:
        """Another minimum of connections for each host of a distance, at once. Raises ConfigurationError."""
        self._cluster.resize_pools(distance, core=connections)

    def set_max_connections_per_host(self, distance: HostDistance, connections: int) -> None:
        """Another maximum of connections for each host of a distance, at once. Raises ConfigurationError."""
        self._cluster.resize_pools(distance, maximum=connections)

    # --- the end ----------------------------------------------------------------------------------------------

    @property
    def is_closed(self) -> bool:
        """Whether `close` was called."""
        return self.dispatcher.closed is not None

    async def close(self) -> None:
        """Takes no more requests and closes every connection. Requests in flight get SessionClosed. Idempotent."""
        self.dispatcher.closed = _session_closed
        self.failures.closing = True
        await self._cluster.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._statements.close()
        self._timeouts.close()

    async def __aenter__(self) -> Session:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def __repr__(self) -> str:
        up = sum(host.is_up for host in self.hosts)
        name = self.metadata.cluster_name
        state = "closed" if self.is_closed else f"{up}/{len(self.hosts)} hosts up"
        return f"<Session {name!r} {state}>"


def _session_closed() -> SessionClosed:
    return SessionClosed(
        "the session is closed", hint="a session serves until close() or the end of its `async with`"
    )


def _foreign_statement(statement: PreparedStatement) -> InterfaceError:
    error = InterfaceError(
        "the statement was prepared by another session", hint="prepare it with the session that executes it"
    )
    error.query = statement.query
    return error
