"""The session: a cluster, and all that concerns its requests together. What is done with statements: `requesting`."""

from __future__ import annotations

import asyncio
import time
import warnings
from typing import TYPE_CHECKING, Any, Self

from aiocql.errors import Error, SessionClosed
from aiocql.execution.call_options import OptionResolver
from aiocql.execution.dispatcher import Dispatcher, Execution
from aiocql.execution.failures import Failures
from aiocql.execution.throttlers import SESSION, Throttlers
from aiocql.execution.timeouts import Timeouts
from aiocql.monitoring.logs.events import log_event
from aiocql.options.checks import check_seconds
from aiocql.options.profile import check_profile
from aiocql.results.result import Result
from aiocql.results.result_base import Answers
from aiocql.rows.factories import Shapes
from aiocql.session.bulk_methods import ManyRequests
from aiocql.session.closing import close_socket, drain
from aiocql.session.cluster_view import Watching
from aiocql.session.keyspace import KeyspaceChanges, check_keyspace_name
from aiocql.session.methods import RowT
from aiocql.session.preparing import Preparer
from aiocql.statements.cache import PrepareCache
from aiocql.statements.prepared import PreparedStatement

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable, Mapping
    from pathlib import Path

    from aiocql.cluster.cluster import Cluster
    from aiocql.execution.profiles import Profiles
    from aiocql.metadata.schema_change import Change
    from aiocql.metadata.snapshot import ClusterSnapshot
    from aiocql.monitoring.health import Health, HealthCheck
    from aiocql.monitoring.stats import SessionStats
    from aiocql.nodes.states import HostDistance
    from aiocql.options.profile import ExecutionProfile
    from aiocql.protocol.core import Core
    from aiocql.protocol.metadata import Column
    from aiocql.protocol.request import Request
    from aiocql.protocol.responses import Prepared, RowsResult, SchemaChange, SetKeyspace
    from aiocql.session.limited import RateLimitedSession
    from aiocql.session.warm_up import WarmUp
    from aiocql.types.codec import Codec
    from aiocql.types.registry import CodecRegistry

__all__ = ["Session"]

DRAIN_TIMEOUT = 5.0


class Session(Watching, ManyRequests[RowT]):
    """A cluster that requests can be sent to. `aiocql.connect` makes one; one for a process is the rule."""

    def __init__(
        self, cluster: Cluster, profiles: Profiles, registry: CodecRegistry, *, cache_size: int
    ) -> None:
        self.loop = asyncio.get_running_loop()
        self._identity = object()
        self._result = Answers(self, Result).make
        self._cluster = cluster
        self._timeouts = Timeouts(self.loop)
        prepare_deadlines = self._timeouts.attempt(cluster.settings.options.connect_timeout)
        assert prepare_deadlines is not None
        self.failures = Failures(
            self, lambda request: self._timeouts.watch_attempt(request, prepare_deadlines)
        )
        self.dispatcher = Dispatcher(self.loop, self.failures, self._timeouts.arm)
        self.dispatcher.identity = self._identity
        self.failures.dispatcher = self.dispatcher
        self._resolver = OptionResolver(
            profiles,
            self._timeouts,
            find_host=self.find_host,
            shape_of=Shapes(registry),
            version=lambda: self.dispatcher.version,
        )
        self._preparer = Preparer(self, self._resolver, registry, self._identity)
        self._statements = PrepareCache(cache_size, self._preparer.prepare)
        self._codecs = registry
        registry.on_change = self._statements.clear
        self._statements.use(cluster.keyspace)
        queue_deadlines = self._timeouts.attempt(cluster.settings.options.pool.queue_timeout)
        if queue_deadlines is not None:
            cluster.budget.watch = lambda request: self._timeouts.watch_attempt(request, queue_deadlines)
        self._known = self._statements.current
        self._keyspaces = KeyspaceChanges(
            cluster, self._statements, self._spawn, lambda: self.failures.closing
        )
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing: asyncio.Task[None] | None = None
        cluster.events.listen(log_event)
        self._throttlers = Throttlers(self.loop, self.failures)
        self.began_ns = time.time_ns()
        """When its counters began, in nanoseconds since the epoch: for exporters that have to say so."""
        self.made_at: str | None = None
        """Where `connect` was called: for the warning about a session that nobody closed."""

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
    def codecs(self) -> CodecRegistry:
        """This session's own codecs: what is registered here holds from the next statement on."""
        return self._codecs

    @property
    def keyspace(self) -> str | None:
        """The keyspace of unqualified table names."""
        return self._cluster.keyspace

    def statement_was_reprepared(self, statement: PreparedStatement, prepared: Prepared, before: int) -> None:
        """Take what a host responded to a PREPARE that was sent after the schema change `before`."""
        self._preparer.was_reprepared(statement, prepared, before)

    @property
    def last_schema_change(self) -> int:
        """The number of the latest change of the schema that the session heard of."""
        return self._preparer.changes.last

    def is_schema_unsettled(self, statement: PreparedStatement) -> bool:
        """Return whether a change that this session made, and that concerns the statement, is not everywhere yet."""
        return self._preparer.changes.is_unsettled(statement)

    def codecs_of(self, columns: Iterable[Column]) -> tuple[Codec, ...]:
        """Return the codec of each column."""
        return self._preparer.codecs_of(columns)

    def schema_change_announced(self, change: Change) -> None:
        """Have what a change concerns prepared again before it is used."""
        self._preparer.schema_changed(change)
        if change.keyspace in (None, self.keyspace):
            self._cluster.restore_keyspace()

    def result_metadata_changed(self, execution: Execution, response: RowsResult) -> None:
        """The columns of a prepared statement's rows are others since its table was altered."""
        if isinstance(execution.statement, PreparedStatement) and response.metadata is not None:
            self._preparer.update(execution.statement, response.metadata, response.new_metadata_id)

    def keyspace_was_set(self, execution: Execution, response: SetKeyspace) -> None:
        """A USE was executed as a statement: its result is given when it holds for the whole session."""
        execution.core.owner.keyspace = response.keyspace
        if response.keyspace == self._cluster.keyspace:
            execution.set_result(response)
            return
        task = self._spawn(self._follow_use(execution, response))
        # Not in the task itself: one that is cancelled before its first step runs no line of its own.
        task.add_done_callback(
            lambda ended: self.failures.fail_closed(execution) if ended.cancelled() else None
        )

    async def _follow_use(self, execution: Execution, response: SetKeyspace) -> None:
        connection = execution.core.owner
        try:
            await self._keyspaces.make(response.keyspace, connection)
        except Error as error:
            connection.replace()
            self.failures.give_up(execution, error)
        else:
            execution.set_result(response)

    async def set_keyspace(self, keyspace: str) -> None:
        """Unqualified table names are in `keyspace` from now on, on every connection.

        Raises InvalidRequest where there is no such keyspace, and InterfaceError for what is no name; nothing has
        changed then. A change that was begun goes
        on to its end though the task that waits for it is cancelled.
        """
        self.dispatcher.verify()
        check_keyspace_name(keyspace)
        await self._keyspaces.make(keyspace)

    def schema_was_changed(self, execution: Execution, response: SchemaChange) -> None:
        """A statement changed the schema: its result is given when all hosts have the change."""
        changes = self._preparer.changes
        changes.begin(response)
        self._preparer.schema_changed(response)

        def settled() -> None:
            changes.end(response)
            restoring = self._cluster.restore_keyspace() if response.keyspace == self.keyspace else None
            if restoring is None:
                execution.set_result(response)
            else:
                restoring.add_done_callback(lambda _: execution.set_result(response))

        self._cluster.schema_changed(response, settled, execution.core.owner)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = self.loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    # --- execution profiles ------------------------------------------------------------------------------------

    @property
    def profiles(self) -> Mapping[str, ExecutionProfile]:
        """The execution profiles by name, as they were given."""
        return self._resolver.profiles.by_name

    def set_profile(self, name: str, profile: ExecutionProfile | Mapping[str, Any]) -> None:
        """Makes an execution profile or replaces it, for all requests from now on; those under way are not touched.

        The one named ``"default"`` is that of requests that name none. Raises ConfigurationError.
        """
        self.dispatcher.verify()
        self._resolver.set_profile(name, check_profile(name, profile))
        self._preparer.options_changed()
        self._cluster.use_policies(self._resolver.profiles.policies())

    # --- getting ready ----------------------------------------------------------------------------------------

    async def warm_up(self, connections: int | None = None, *, statements: Iterable[str] = ()) -> WarmUp:
        """Opens the pools of all hosts and prepares `statements` at each, so that the first requests find all ready.

        `connections` for each host (a remote one has its pool's maximum at most), its pool's core by default. A host
        that is down is tried once, at once; it does not stop it and is reported. Raises ConfigurationError for more
        connections than `PoolOptions.max_local`, and what a statement raises that no host prepares.
        """
        from aiocql.session.warm_up import warm_up

        self.dispatcher.verify()
        return await warm_up(self, self._cluster, connections, statements)

    # --- what it does and has done ----------------------------------------------------------------------------

    def stats(self) -> SessionStats:
        """Hosts, connections, queues, counters and latencies now: a frozen snapshot."""
        from aiocql.monitoring.collect import take_stats

        return take_stats(
            self._cluster,
            self.keyspace,
            len(self._statements),
            self.loop.time(),
            self.dispatcher.tally,
            self._throttlers,
        )

    def inspect(self) -> dict[str, Any]:
        """The session now as plain data, for JSON: what `aiocql top`, the live page and reports show.

        Counters, latencies and states of all hosts and connections; no statement, value or secret.
        """
        from aiocql.monitoring.inspection import inspect_session

        return inspect_session(self)

    def report(self, path: str | Path) -> Path:
        """Writes what `inspect` has as an HTML page of its own to `path`, and gives its place."""
        from aiocql.monitoring.report.report import write_report

        return write_report(self, path)

    def log_slow_queries(self, threshold: float | None) -> None:
        """Notes requests that take `threshold` seconds or more in the log `aiocql.slow`; None: none any more.

        A record has the time, the host, the number of attempts, the outcome, and the statement without its literals.
        """
        from aiocql.monitoring.logs.slow_queries import log_slow_queries

        check_seconds("threshold", threshold, optional=True)
        log_slow_queries(self.dispatcher.tally, threshold)

    def health(self) -> Health:
        """Whether requests can be served, from what is known here: nothing is sent. For a liveness probe.

        `status` is ``"pass"``; ``"warn"`` while a host that is used is down; ``"fail"`` when none is left or the
        session is closed. It is true unless it fails.
        """
        from aiocql.monitoring.health import local_health

        return local_health(self._cluster, is_closed=self.is_closed)

    async def check_health(self, *, every_connection: bool = False, timeout: float = 5.0) -> HealthCheck:
        """Asks every host, each over its own connection: which answer, how fast, what is wrong with the others.

        `every_connection` asks over all connections of each host. `timeout` is in seconds, for all of it. Nothing is
        raised for a host that does not answer. Hosts that the load balancing policy ignores have no connection to be
        asked over; they are listed apart.
        """
        from aiocql.monitoring.health import check_health

        self.dispatcher.verify()
        return await check_health(self._cluster, every_connection=every_connection, timeout=timeout)

    def rate_limited(
        self,
        max_concurrent: int | None = None,
        *,
        requests_per_second: float | None = None,
        burst: float | None = None,
        max_queue: int = 10_000,
        name: str | None = None,
    ) -> RateLimitedSession[RowT]:
        """This session with a limit: at most `max_concurrent` requests at once, `requests_per_second`, or both.

        Without either, 1,000 at once. `max_queue` requests may wait, first come, first served; one more raises
        RequestThrottled. `burst` is how many may begin at once after a pause (default: a tenth of a second's worth).
        Each call makes a limit of its own, which statistics show by its `name`. Raises ConfigurationError.
        """
        from aiocql.session.limited import limited

        return limited(
            self,
            lambda: self.dispatcher.throttle,
            max_concurrent,
            requests_per_second,
            burst,
            max_queue,
            name,
        )

    def throttle(self, max_concurrent: int | None, requests_per_second: float | None, max_queue: int) -> None:
        """A limit for all requests of the session, in place of the one before; `connect` sets it."""
        if max_concurrent is None and requests_per_second is None:
            self.dispatcher.throttle = None
        else:
            self.dispatcher.throttle = self._throttlers.make(
                SESSION, max_concurrent, requests_per_second, None, max_queue
            )

    def set_core_connections_per_host(self, distance: HostDistance, connections: int) -> None:
        """Another minimum of connections for each host of a distance, at once. Raises ConfigurationError."""
        self.dispatcher.verify()
        self._cluster.resize_pools(distance, core=connections)

    def set_max_connections_per_host(self, distance: HostDistance, connections: int) -> None:
        """Another maximum of connections for each host of a distance, at once. Raises ConfigurationError."""
        self.dispatcher.verify()
        self._cluster.resize_pools(distance, maximum=connections)

    # --- the end ----------------------------------------------------------------------------------------------

    @property
    def is_closed(self) -> bool:
        """Whether `close` was called."""
        return self.dispatcher.closed is not None

    async def close(self, *, drain_timeout: float = DRAIN_TIMEOUT) -> None:
        """Takes no more requests, lets those in flight finish for `drain_timeout` seconds, and closes everything.

        What is not answered by then gets SessionClosed. Can be called again, also while it closes: each call returns
        when all is closed. A call that is cancelled ends the waiting for what is in flight; the connections then close
        by themselves. Where the event loop of the session is closed already, its sockets are closed at once.
        """
        if self.loop.is_closed():
            self._close_sockets()
            return
        self.dispatcher.verify_place()
        self.dispatcher.closed = _session_closed
        try:
            if self._closing is None:
                await drain(self._cluster, drain_timeout, self._throttlers)
        finally:
            self.failures.closing = True
            if self._closing is None:
                self._closing = self.loop.create_task(self._end(), name="aiocql close")
        await asyncio.shield(self._closing)

    def _close_sockets(self) -> None:
        """Nothing can be awaited on a loop that is closed, and no transport can close its socket."""
        self.dispatcher.closed = _session_closed
        self.failures.closing = True
        for connection in self._cluster.connections():
            close_socket(connection)

    async def _end(self) -> None:
        """Everything that is in flight fails, every connection is closed, no timer and no task stays."""
        await self._cluster.close()
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for throttler in tuple(self._throttlers):
            throttler.close()
        for request in self._timeouts.close():
            # Nothing that could still happen would end these.
            self.failures.fail_closed(request)  # type: ignore[arg-type]
        await self._statements.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        await self.close(drain_timeout=DRAIN_TIMEOUT if kind is None else 0.0)

    def __del__(self) -> None:
        if getattr(self, "made_at", None) is not None and self.dispatcher.closed is None:
            warnings.warn(
                f"a session was never closed: made at {self.made_at}; use `async with`, or await close()",
                ResourceWarning,
                stacklevel=2,
                source=self,
            )

    def __repr__(self) -> str:
        up = sum(host.is_up for host in self.hosts)
        name = self.metadata.cluster_name
        state = "closed" if self.is_closed else f"{up}/{len(self.hosts)} hosts up"
        return f"<Session {name!r} {state}>"


def _session_closed() -> SessionClosed:
    return SessionClosed(
        "the session is closed", hint="a session serves until close() or the end of its `async with`"
    )
