"""What a session does with one statement: prepare, bind, send, wait. `bulk_methods` has what it does with many.

`execute` is one thin coroutine over a future. Other rooms decide where a request goes (execution, policies), what
happens when it fails (execution) and how many connections there are (pool).
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar, overload

from aiocql.execution.call_options import ExecuteOptions, check_defaults
from aiocql.results.result import Result
from aiocql.results.result_base import ResultFactory
from aiocql.session.calls import Call, begin, prepare_call, prepared_call
from aiocql.statements.prepared import PreparedStatement
from aiocql.statements.template_strings import Template

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Unpack
    from uuid import UUID

    from aiocql.execution.dispatcher import Execution
    from aiocql.execution.throttling import Throttler
    from aiocql.monitoring.tracing import QueryTrace
    from aiocql.nodes.host import Host
    from aiocql.rows.row import Row
    from aiocql.session.services import Services

__all__ = ["RequestMethods"]

T = TypeVar("T")

if TYPE_CHECKING:
    from typing_extensions import TypeVar as TypeVarWithDefault

    RowT = TypeVarWithDefault("RowT", default=Row)
else:
    RowT = TypeVar("RowT")

_NOTHING: dict[str, Any] = {}


class RequestMethods(Generic[RowT]):
    """The methods that send statements, under the limit `throttle` if there is one.

    Generic in what rows are made into where a call does not say: `Row`, or what `connect(into=...)` said.
    """

    def __init__(self, services: Services, throttle: Throttler | None) -> None:
        executor = services.executor
        self._services = services
        self._throttle = throttle
        self._known = services.statements.current
        self._result: Callable[..., Result[Any]] = ResultFactory(self, Result).make
        self._start: Callable[[PreparedStatement[Any], Any], Execution] = executor.start_as_prepared
        if throttle is not None:
            self._start = lambda statement, values: executor.start_as_prepared(statement, values, throttle)

    @property
    def keyspace(self) -> str | None:
        """The keyspace of unqualified table names."""
        return self._services.keyspace

    def find_host(self, wanted: Any) -> Host:
        """Return the host with this name: a `Host`, an address, `(address, port)`, an endpoint or a host id.

        Raises:
            InterfaceError: no host, or more than one, has this name; the hint lists the hosts.
        """
        return self._services.cluster.find_host(wanted)

    @property
    def protocol_version(self) -> int:
        """The native protocol version of all connections."""
        return self._services.executor.version

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
            if not isinstance(query, PreparedStatement):
                return await self._execute_call(query, parameters, options)
            statement = query
        if options:
            call = prepared_call(self._services, statement, parameters, options)
            execution = begin(self._services, call, call.paging_state, self._throttle)
        else:
            execution = self._start(statement, parameters)
        try:
            return self._result(execution, await execution, parameters)
        except asyncio.CancelledError:
            execution.abandon()
            raise

    async def _execute_call(self, query: Any, parameters: Any, options: dict[str, Any]) -> Result[Any]:
        """Execute what is no known statement: preparing it is part of the request, and of its timeout."""
        call = await prepare_call(self._services, query, parameters, options)
        execution = begin(self._services, call, call.paging_state, self._throttle)
        return self._result(execution, await self._wait(execution), call.values)

    @staticmethod
    async def _wait(execution: Execution) -> Any:
        """Return the response; a cancelled waiter gives the request up, wherever it is."""
        try:
            return await execution
        except asyncio.CancelledError:
            execution.abandon()
            raise

    async def _next_page(self, execution: Execution, parameters: Any, state: bytes) -> Result[Any]:
        """Return the page that begins at `state`, of the same statement with the same options."""
        call = Call(execution.statement, parameters, execution.options, execution.options, None)
        again = begin(self._services, call, state, self._throttle)
        return self._result(again, await self._wait(again), parameters, state)

    # --- prepared statements ----------------------------------------------------------------------------------

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
        services = self._services
        timeout = services.resolver.timeout(_NOTHING, given)
        statement = await services.preparer.obtain(query, given.get("keyspace"), timeout)
        return statement if not given else services.factory.with_defaults(statement, given)

    async def trace(self, trace_id: UUID, *, host: Any = None, timeout: float = 10.0) -> QueryTrace:
        """What the servers wrote down of a traced request; waits until it is complete.

        `host` is the one that coordinated it: it has the trace first. Raises OperationTimedOut after `timeout`
        seconds, and what `execute` raises.
        """
        from aiocql.monitoring.tracing import fetch_trace

        found = self.find_host(host) if host is not None else None
        return await fetch_trace(self.execute, self._services.loop.time, trace_id, found, timeout)
