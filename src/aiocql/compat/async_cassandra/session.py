"""async-cassandra's session."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from copy import copy
from typing import TYPE_CHECKING, Any, Protocol

from aiocql.compat.async_cassandra.base import AsyncContextManageable
from aiocql.compat.async_cassandra.constants import DEFAULT_REQUEST_TIMEOUT
from aiocql.compat.async_cassandra.counting import CountedRequest, RequestRecorder
from aiocql.compat.async_cassandra.exceptions import ConnectionError
from aiocql.compat.async_cassandra.failures import raise_as_there
from aiocql.compat.async_cassandra.result import AsyncResultHandler, AsyncResultSet
from aiocql.compat.async_cassandra.streaming import (
    STREAM_FAILED,
    AsyncStreamingResultSet,
    StreamConfig,
    StreamingResultHandler,
)
from aiocql.compat.cassandra.calls import batch_entries, call_options, execution, is_batch, statement_options
from aiocql.compat.cassandra.policies import DefaultLoadBalancingPolicy
from aiocql.compat.cassandra.profiles import EXEC_PROFILE_DEFAULT, ExecutionProfile
from aiocql.compat.cassandra.query import BatchStatement, PreparedStatement
from aiocql.compat.cassandra.rows import RowFactory, shape_for

if TYPE_CHECKING:
    from aiocql.compat.async_cassandra.metrics import MetricsMiddleware
    from aiocql.compat.cassandra.metadata import Metadata
    from aiocql.nodes.host import Host
    from aiocql.session.session import Session

__all__ = ["AsyncCassandraSession"]


class SessionCluster(Protocol):
    """What a session needs of the `AsyncCluster` that created it."""

    load_balancing_policy: Any
    timestamp_generator: Callable[[], int] | None

    @property
    def metadata(self) -> Metadata:
        """Hosts and schema."""
        ...

    def execution_profile(self, name: Any) -> ExecutionProfile:
        """Return the profile of this name."""
        ...

    async def connect(
        self, keyspace: str | None = None, timeout: float | None = None
    ) -> AsyncCassandraSession:
        """Connect another session."""
        ...


class AsyncCassandraSession(AsyncContextManageable):
    """A session of aiocql with async-cassandra's methods. `AsyncCluster.connect` makes one.

    Every finished request is reported to `metrics`.
    """

    def __init__(
        self,
        session: Session[Any],
        metrics: MetricsMiddleware | None = None,
        *,
        cluster: SessionCluster | None = None,
    ) -> None:
        self._session = session
        self._cluster = cluster
        self._default: ExecutionProfile | None = None if cluster else ExecutionProfile()
        self._recorder = RequestRecorder(session._services.loop, metrics)
        self._closed = False

    @classmethod
    async def create(cls, cluster: SessionCluster, keyspace: str | None = None) -> AsyncCassandraSession:
        """Connects; the same as ``cluster.connect(keyspace)``."""
        return await cluster.connect(keyspace)

    # --- what it is -------------------------------------------------------------------------------------------

    @property
    def cluster(self) -> SessionCluster:
        """The cluster that made it. Raises AttributeError where none did."""
        if self._cluster is None:
            raise AttributeError("this session was not made by an AsyncCluster")
        return self._cluster

    @property
    def hosts(self) -> Sequence[Host]:
        """All hosts of the cluster."""
        return self._session.hosts

    @property
    def keyspace(self) -> str | None:
        """The keyspace of unqualified table names."""
        return self._session.keyspace

    @property
    def is_closed(self) -> bool:
        """Whether `close` was called."""
        return self._closed

    @property
    def default_timeout(self) -> Any:
        """Seconds for a page of a request that says nothing; None for no limit."""
        return self._profile(EXEC_PROFILE_DEFAULT).request_timeout

    @default_timeout.setter
    def default_timeout(self, seconds: float | None) -> None:
        self._default_with().request_timeout = seconds

    @property
    def row_factory(self) -> RowFactory:
        """What rows are made into: `named_tuple_factory`, `dict_factory`, or a function of names and rows."""
        return self._profile(EXEC_PROFILE_DEFAULT).row_factory

    @row_factory.setter
    def row_factory(self, factory: RowFactory) -> None:
        self._default_with().row_factory = factory

    def _profile(self, profile: Any) -> ExecutionProfile:
        if isinstance(profile, ExecutionProfile):
            return profile
        if profile is EXEC_PROFILE_DEFAULT and self._default is not None:
            return self._default
        return self.cluster.execution_profile(profile)

    def _default_with(self) -> ExecutionProfile:
        """This session's own default profile, to be changed."""
        if self._default is None:
            self._default = copy(self._profile(EXEC_PROFILE_DEFAULT))
        return self._default

    @property
    def _policy(self) -> Any:
        """Which hosts requests go to."""
        return self._cluster.load_balancing_policy if self._cluster else DefaultLoadBalancingPolicy()

    def _options(self, **given: Any) -> dict[str, Any]:
        """The options of a call, and the timestamp that the cluster's generator gives it."""
        options = call_options(**given)
        generator = self._cluster.timestamp_generator if self._cluster else None
        if generator is not None:
            options["timestamp"] = generator()
        return options

    # --- requests ---------------------------------------------------------------------------------------------

    async def execute(
        self,
        query: Any,
        parameters: Any = None,
        trace: bool = False,
        custom_payload: Any = None,
        timeout: Any = None,
        execution_profile: Any = EXEC_PROFILE_DEFAULT,
        paging_state: bytes | None = None,
        host: Any = None,
        execute_as: str | None = None,
    ) -> AsyncResultSet:
        """Runs a statement and reads all its rows; `timeout` is seconds for each page.

        Raises cassandra-driver's exceptions, QueryError for what those do not cover (values that do not fit, say),
        ConnectionError where the session is closed.
        """
        request = self._request(query, parameters)
        try:
            with request.waiting("Query execution failed"):
                profile = self._profile(execution_profile)
                options = self._options(
                    trace=trace,
                    custom_payload=custom_payload,
                    timeout=timeout,
                    paging_state=paging_state,
                    host=host,
                    execute_as=execute_as,
                )
                result = await self._execute(query, parameters, profile, options)
                request.size = len(result)
        finally:
            request.end()
        return result

    async def _execute(
        self, query: Any, parameters: Any, profile: ExecutionProfile, options: dict[str, Any]
    ) -> AsyncResultSet:
        if is_batch(query):
            said = {**statement_options(self._session, query, profile, None), **options}
            said.pop("paging_state", None)
            entries = await batch_entries(self._session, query)
            answer = self._session.batch(entries, batch_type=query.batch_type, **said)
            return await AsyncResultHandler(answer).get_result()
        call = await execution(self._session, query, parameters, profile, self._policy)
        said = {**call.options, "into": shape_for(profile.row_factory), **options}
        rows = self._session.execute(call.query, call.parameters, **said)
        return await AsyncResultHandler(rows, profile.row_factory).get_result()

    async def execute_stream(
        self,
        query: Any,
        parameters: Any = None,
        stream_config: StreamConfig | None = None,
        trace: bool = False,
        custom_payload: Any = None,
        timeout: Any = None,
        execution_profile: Any = EXEC_PROFILE_DEFAULT,
        paging_state: bytes | None = None,
        host: Any = None,
        execute_as: str | None = None,
    ) -> AsyncStreamingResultSet:
        """A statement's rows page by page. What `execute` raises is raised where they are read.

        It counts as one request: sent when its first page is asked for, completed or failed when it ends.
        """
        request = self._request(query, parameters)
        try:
            # What is wrong with the statement itself, or with preparing it, is raised here.
            with request.waiting(STREAM_FAILED, sends=False):
                profile = self._profile(execution_profile)
                options = self._options(
                    trace=trace,
                    custom_payload=custom_payload,
                    timeout=timeout,
                    paging_state=paging_state,
                    host=host,
                    execute_as=execute_as,
                )
                if stream_config is not None:
                    options["page_size"] = stream_config.fetch_size
                    if stream_config.timeout_seconds:
                        options["timeout"] = stream_config.timeout_seconds
                call = await execution(self._session, query, parameters, profile, self._policy)
                said = {**call.options, "into": shape_for(profile.row_factory), **options}
                rows = self._session.stream(call.query, call.parameters, **said)
        except BaseException:
            request.end()
            raise
        handler = StreamingResultHandler(rows, stream_config, profile.row_factory, request)
        return await handler.get_streaming_result()

    async def execute_batch(
        self,
        batch_statement: BatchStatement,
        trace: bool = False,
        custom_payload: Any = None,
        timeout: Any = None,
        execution_profile: Any = EXEC_PROFILE_DEFAULT,
    ) -> AsyncResultSet:
        """Runs the statements of a batch in one request."""
        return await self.execute(
            batch_statement,
            trace=trace,
            custom_payload=custom_payload,
            timeout=timeout,
            execution_profile=execution_profile,
        )

    async def prepare(
        self, query: str, custom_payload: Any = None, timeout: float | None = None
    ) -> PreparedStatement:
        """Prepares a statement, within `timeout` seconds (120 by default). Raises what `execute` raises.

        Every call asks a server, as there: what was prepared before is not taken for true.
        """
        self._verify()
        seconds = DEFAULT_REQUEST_TIMEOUT if timeout is None else timeout
        try:
            native = await self._session._services.preparer.prepare_again(query, seconds)
        except Exception as error:
            raise_as_there(error, "Statement preparation failed")
        return PreparedStatement(native)

    async def set_keyspace(self, keyspace: str) -> None:
        """Unqualified table names are in this keyspace from now on. Raises ValueError for what is no name."""
        if not keyspace or not all(c.isalnum() or c == "_" for c in keyspace):
            raise ValueError(
                f"Invalid keyspace name: {keyspace!r}: letters, digits and underscores make a name"
            )
        await self.execute(f"USE {keyspace}")

    # --- counting ---------------------------------------------------------------------------------------------

    def _verify(self) -> None:
        if self._closed or self._session.is_closed:
            raise ConnectionError("Session is closed")

    def _request(self, query: Any, parameters: Any) -> CountedRequest:
        """One that is to be sent. Raises ConnectionError where the session is closed."""
        self._verify()
        return CountedRequest(self._recorder, query, parameters)

    @property
    def requests_sent(self) -> int:
        """Requests sent so far; those in flight included."""
        return self._recorder.sent

    @property
    def requests_completed(self) -> int:
        """Requests that succeeded."""
        return self._recorder.completed

    @property
    def requests_failed(self) -> int:
        """Requests that failed or were cancelled."""
        return self._recorder.failed

    @property
    def _metrics(self) -> MetricsMiddleware | None:
        """The name that applications of async-cassandra assign their metrics to."""
        return self._recorder.metrics

    @_metrics.setter
    def _metrics(self, metrics: MetricsMiddleware | None) -> None:
        self._recorder.metrics = metrics

    # --- the end ----------------------------------------------------------------------------------------------

    async def close(self) -> None:
        """Lets requests in flight finish and closes all connections; can be called again, and from another loop."""
        self._closed = True
        loop = self._session._services.loop
        if loop is not asyncio.get_running_loop() and loop.is_running():
            await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self._session.close(), loop))
        else:
            await self._session.close()
        await self._recorder.drain()
