"""The session: statements in, results out.

`execute` is one thin coroutine over a future. Everything that is decided on the way is decided elsewhere: where a
request goes (dispatcher, policies), what becomes of it when it fails (failures), how many connections there are (pool).
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from aiocql.connection.timeouts import Timeouts
from aiocql.errors import InterfaceError, SessionClosed
from aiocql.rows import row_decoder
from aiocql.session.dispatcher import Dispatcher, Execution, Options
from aiocql.session.failures import Failures
from aiocql.session.options import ExecuteOptions, OptionResolver
from aiocql.session.prepare_cache import PrepareCache
from aiocql.session.result import Result
from aiocql.statements import PreparedStatement, is_select
from aiocql.wire.constants import OP_PREPARE, OP_QUERY
from aiocql.wire.requests import prepare_body, query_body

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Unpack

    from aiocql.cluster.cluster import Cluster
    from aiocql.metadata.host import Host
    from aiocql.metadata.host_states import HostDistance
    from aiocql.metadata.snapshot import ClusterSnapshot
    from aiocql.observe.stats import SessionStats
    from aiocql.session.warm_up import WarmUp
    from aiocql.types.registry import CodecRegistry
    from aiocql.wire.core import Core
    from aiocql.wire.request import Request
    from aiocql.wire.responses import Prepared, Response, RowsResult, SchemaChange

__all__ = ["Session"]

_NOTHING: dict[str, Any] = {}


class Session:
    """A cluster that requests can be sent to. `aiocql.connect` makes one; one for a process is the rule."""

    def __init__(
        self, cluster: Cluster, defaults: dict[str, Any], registry: CodecRegistry, *, cache_size: int
    ) -> None:
        self.loop = asyncio.get_running_loop()
        self._cluster = cluster
        self._registry = registry
        self._defaults = defaults
        self._timeouts = Timeouts(self.loop)
        self.failures = Failures(self)
        self.dispatcher = Dispatcher(self.loop, self.failures, self._timeouts.arm)
        self.failures.dispatcher = self.dispatcher
        self._resolver = OptionResolver(defaults, self._timeouts, self._find_host, self._shape_of)
        self._statements = PrepareCache(cache_size, self._prepare)
        self._statements.use(cluster.keyspace)
        queue_deadlines = self._timeouts.attempt(cluster.settings.options.pool.queue_timeout)
        if queue_deadlines is not None:
            cluster.budget.watch = lambda request: self._timeouts.watch_attempt(request, queue_deadlines)
        self._known = self._statements.current
        self._query_options: Options | None = None

    # --- requests ---------------------------------------------------------------------------------------------

    async def execute(
        self,
        query: str | PreparedStatement,
        parameters: Any = None,
        **options: Unpack[ExecuteOptions],
    ) -> Result[Any]:
        """Runs one statement and gives its (first page of) rows.

        A string with `parameters` is prepared and cached by itself; one without is sent as it is. `parameters` is a
        sequence in the order of the markers, or a mapping by their names. Options are those of `ExecuteOptions`.

        Raises the server's errors, EncodeError for values that do not fit, OperationTimedOut after the request's
        timeout, NoHostAvailable, BusyConnection, SessionClosed.
        """
        if isinstance(query, PreparedStatement):
            statement = query
        elif parameters is None:
            return await self._query(query, options)
        else:
            found = self._known.get(query)
            statement = found if found is not None else await self._obtain(query)
        if options:
            resolved = self._resolver.resolve(statement.defaults, options, skip_metadata=True)
            paging_state = options.get("paging_state")
        else:
            resolved, paging_state = statement.options, None
        execution = self.dispatcher.start(statement, parameters, resolved, paging_state)
        try:
            return Result(self, execution, await execution.future, parameters)
        except asyncio.CancelledError:
            execution.abandon()
            raise

    async def _query(self, query: str, given: Mapping[str, Any]) -> Result[Any]:
        """A statement without values: not worth preparing."""
        if given or self._query_options is None:
            options = self._resolver.resolve(_NOTHING, given, skip_metadata=False)
            if not given:
                self._query_options = options
        else:
            options = self._query_options
        return await self._run_query(query, options, given.get("paging_state"))

    async def _run_query(self, query: str, options: Options, paging_state: bytes | None) -> Result[Any]:
        parameters = options.parameters
        if paging_state is not None:
            parameters = parameters.replace(paging_state=paging_state)
        if options.client_timestamps:
            parameters = parameters.replace(timestamp=self.dispatcher.next_timestamp())
        body = query_body(self.protocol_version, query, parameters)
        idempotent = is_select(query) if options.idempotent < 0 else bool(options.idempotent)
        execution = self.dispatcher.start_body(
            _Text(query), OP_QUERY, body, options, idempotent, self._cluster.keyspace
        )
        return Result(self, execution, await self.wait(execution), None)

    async def wait(self, execution: Execution) -> Response:
        """The answer; a cancelled waiter gives the request up, wherever it is."""
        try:
            return await execution.future  # type: ignore[no-any-return]
        except asyncio.CancelledError:
            execution.abandon()
            raise

    async def next_page(self, execution: Execution, parameters: Any, state: bytes) -> Result[Any]:
        """The page that begins at `state`, of the same statement with the same options."""
        if isinstance(execution.statement, _Text):
            return await self._run_query(execution.statement.query, execution.options, state)
        again = self.dispatcher.start(execution.statement, parameters, execution.options, state)
        return Result(self, again, await self.wait(again), parameters)

    # --- prepared statements ----------------------------------------------------------------------------------

    async def prepare(self, query: str, **defaults: Unpack[ExecuteOptions]) -> PreparedStatement:
        """Prepares a statement; `defaults` hold for each of its executions.

        The same text is prepared once, however many tasks ask for it. Raises what `execute` raises.
        """
        if not isinstance(query, str):
            raise InterfaceError(f"prepare() takes the text of a statement, not a {type(query).__name__}")
        statement = await self._obtain(query)
        return statement if not defaults else self._with_defaults(statement, dict(defaults))

    async def _obtain(self, query: str) -> PreparedStatement:
        self.dispatcher.verify()
        return await self._statements.obtain(query, self._cluster.keyspace)

    async def _prepare(self, query: str, keyspace: str | None) -> PreparedStatement:
        options = self._resolver.resolve(_NOTHING, _NOTHING, skip_metadata=False)
        body = prepare_body(self.protocol_version, query, None)
        execution = self.dispatcher.start_body(_Text(query), OP_PREPARE, body, options, True, keyspace)
        prepared: Any = await self.wait(execution)
        return self._statement(query, prepared, keyspace)

    def _statement(self, query: str, prepared: Prepared, keyspace: str | None) -> PreparedStatement:
        codecs = tuple(
            self._registry.column_codec(column.keyspace, column.table, column.name, column.type)
            for column in prepared.bind_columns
        )
        metadata = prepared.result_metadata
        decoder = self._shape_of(None)(metadata) if len(metadata) else None
        statement = PreparedStatement(query, prepared, codecs, decoder, keyspace)
        statement.options = self._resolver.resolve(_NOTHING, _NOTHING, skip_metadata=decoder is not None)
        return statement

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

    def keyspace_was_set(self, keyspace: str) -> None:
        """A USE was executed as a statement: it holds for the whole session."""
        if keyspace != self._cluster.keyspace:
            self._cluster.keyspace = keyspace
            self._statements.use(keyspace)
            self._cluster.keyspace_changed(keyspace)

    async def set_keyspace(self, keyspace: str) -> None:
        """Unqualified table names are in `keyspace` from now on, on every connection.

        Raises InvalidRequest where there is no such keyspace; nothing has changed then.
        """
        self.dispatcher.verify()
        await self._cluster.set_keyspace(keyspace)
        self._statements.use(keyspace)

    def result_metadata_changed(self, execution: Execution, response: RowsResult) -> None:
        """The columns of a prepared statement's rows are others since its table was altered (protocol v5)."""
        statement = execution.statement
        if isinstance(statement, PreparedStatement):
            statement.decoder = response.decoder
            statement.result_metadata_id = response.new_metadata_id

    def schema_was_changed(self, execution: Execution, response: SchemaChange) -> None:
        """A statement changed the schema: its result is given when all hosts have the change."""
        self._cluster.schema_changed(response, lambda: execution.set_result(response), execution.core.owner)

    def _with_defaults(self, statement: PreparedStatement, defaults: dict[str, Any]) -> PreparedStatement:
        own = statement.copy()
        own.defaults = defaults
        own.options = self._resolver.resolve(defaults, _NOTHING, skip_metadata=statement.decoder is not None)
        if defaults.get("into") is not None:
            own.decoder = self._shape_of(defaults["into"])(statement.result_metadata)
        return own

    def _find_host(self, wanted: Any) -> Host:
        return self._cluster.find_host(wanted)

    def _shape_of(self, into: Any) -> Any:
        """Makes row decoders for results whose rows become `into`."""
        registry = self._registry
        return lambda metadata: row_decoder(metadata, registry, into)

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
        if self.dispatcher.closed is None:
            self.dispatcher.closed = _session_closed
        await self._statements.close()
        await self._cluster.close()
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


class _Text:
    """A statement that is only text, for errors and histories."""

    __slots__ = ("query",)
    is_lwt = False

    def __init__(self, query: str) -> None:
        self.query = query


def _session_closed() -> SessionClosed:
    return SessionClosed(
        "the session is closed", hint="a session serves until close() or the end of its `async with`"
    )
