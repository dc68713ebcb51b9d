"""`ResponseFuture`: a request that is under way, with callbacks, and the pages of its result."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from aiocql.compat.cassandra.calls import (
    batch_entries,
    bound_statement,
    execution,
    is_batch,
    statement_options,
)
from aiocql.compat.cassandra.errors import translated
from aiocql.compat.cassandra.query import QueryTrace, TraceUnavailable
from aiocql.compat.cassandra.result_set import ResultSet
from aiocql.compat.cassandra.rows import apply_factory, shape_for
from aiocql.compat.cassandra.trace import query_trace
from aiocql.errors import Error
from aiocql.session.calls import begin, prepared_call
from aiocql.sync.call import run
from aiocql.sync.surroundings import check_caller

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aiocql.compat.cassandra.profiles import ExecutionProfile
    from aiocql.execution.dispatcher import Execution
    from aiocql.results.result import Result

__all__ = ["ResponseFuture"]

_callbacks_lock = threading.Lock()

Callback = tuple["Callable[..., Any]", tuple[Any, ...], dict[str, Any]]


class ResponseFuture:
    """The response to a request of `Session.execute_async`.

    Callbacks run in the driver's thread. They may send other requests with `execute_async`, and must not wait.
    """

    def __init__(
        self,
        session: Any,
        query: Any,
        parameters: Any,
        profile: ExecutionProfile,
        options: dict[str, Any],
    ) -> None:
        self.session = session
        self.query = query
        self.row_factory = profile.row_factory
        self._native: Any = session._native
        self._parameters = parameters
        self._profile = profile
        self._options = options
        self._values: Any = None
        self._execution: Execution | None = None
        self._result: Result[Any] | None = None
        self._rows: Any = None
        self._error: BaseException | None = None
        self._ended = False
        self._finished = threading.Lock()
        self._finished.acquire()
        self._callbacks: list[Callback] = []
        self._errbacks: list[Callback] = []

    # --- sending, in the loop ---------------------------------------------------------------------------------

    def begin(self) -> None:
        """Send the request; a statement that must be prepared first is sent by a task."""
        try:
            execution = self._send()
        except Exception as error:
            self.set_exception(error)
            return
        if execution is None:
            self.session._background.spawn(self._run())
        else:
            self._execution = execution
            execution.future = self

    def _send(self) -> Execution | None:
        bound = bound_statement(self._native, self.query, self._parameters)
        if bound is None:
            return None
        statement, self._values = bound
        options = self._all_options(
            statement_options(self._native, self.query, self._profile, self.session._policy)
        )
        services = self._native._services
        call = prepared_call(services, statement, self._values, options)
        if call.options.speculative is not None:
            return None
        return begin(services, call, call.paging_state, self._native._throttle)

    def _all_options(self, options: dict[str, Any]) -> dict[str, Any]:
        session = self.session
        if "page_size" not in options and not is_batch(self.query):
            options["page_size"] = session.default_fetch_size
        if not is_batch(self.query):
            options["into"] = shape_for(self.row_factory)
        if not session.use_client_timestamp:
            options["timestamp"] = None
        elif session.cluster.timestamp_generator is not None:
            options["timestamp"] = session.cluster.timestamp_generator()
        return {**options, **self._options}

    async def _run(self) -> None:
        native, query = self._native, self.query
        try:
            if is_batch(query):
                options = self._all_options(
                    statement_options(native, query, self._profile, self.session._policy)
                )
                entries = await batch_entries(native, query)
                self._succeed(await native.batch(entries, batch_type=query.batch_type, **options))
            else:
                call = await execution(native, query, self._parameters, self._profile, self.session._policy)
                options = self._all_options(call.options)
                self._succeed(await native.execute(call.query, call.parameters, **options))
        except BaseException as error:
            self.set_exception(error)
            if not isinstance(error, Exception):
                raise

    # --- the end, in the loop: the methods of a future that the core calls -----------------------------------

    def done(self) -> bool:
        """Return whether the page is there, or failed."""
        return self._ended

    def cancelled(self) -> bool:
        """Return False: a request cannot be cancelled here."""
        return False

    def set_result(self, response: Any) -> None:
        """Take the response."""
        try:
            result = self._native._result(self._execution, response, self._values)
            self._succeed(result)
        except Exception as error:
            self.set_exception(error)

    def _succeed(self, result: Result[Any]) -> None:
        self._result = result
        names = self._names = tuple(column.name for column in result.columns)
        self._end(apply_factory(self.row_factory, names, result.rows) if names else None, None)

    def set_exception(self, error: BaseException) -> None:
        """Take the error."""
        self._end(None, translated(error))

    def _end(self, rows: Any, error: BaseException | None) -> None:
        with _callbacks_lock:
            if self._ended:
                return
            self._ended, self._rows, self._error = True, rows, error
            waiting = self._errbacks if error is not None else self._callbacks
            waiting = list(waiting)
        self._finished.release()
        for function, args, kwargs in waiting:
            self.session._call_back(function, rows if error is None else error, args, kwargs)

    # --- what an application uses -----------------------------------------------------------------------------

    def result(self) -> ResultSet:
        """Wait for the response and return it, or raise the request's error."""
        if not self._ended:
            check_caller()
        with self._finished:
            pass
        if self._error is not None:
            raise self._error
        return ResultSet(self, self._rows)

    def add_callback(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> ResponseFuture:
        """Call ``fn(rows, *args, **kwargs)`` when the response, or another page, is there."""
        self._add(self._callbacks, (fn, args, kwargs), failed=False)
        return self

    def add_errback(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> ResponseFuture:
        """Call ``fn(error, *args, **kwargs)`` when the request fails."""
        self._add(self._errbacks, (fn, args, kwargs), failed=True)
        return self

    def add_callbacks(
        self,
        callback: Callable[..., Any],
        errback: Callable[..., Any],
        callback_args: Sequence[Any] = (),
        callback_kwargs: dict[str, Any] | None = None,
        errback_args: Sequence[Any] = (),
        errback_kwargs: dict[str, Any] | None = None,
    ) -> None:
        """Add a callback and an errback."""
        self.add_callback(callback, *callback_args, **(callback_kwargs or {}))
        self.add_errback(errback, *errback_args, **(errback_kwargs or {}))

    def clear_callbacks(self) -> None:
        """Forget all callbacks and errbacks."""
        with _callbacks_lock:
            self._callbacks.clear()
            self._errbacks.clear()

    def _add(self, waiting: list[Callback], callback: Callback, *, failed: bool) -> None:
        with _callbacks_lock:
            waiting.append(callback)
            now = self._ended and failed == (self._error is not None)
        if now:
            function, args, kwargs = callback
            function(self._error if failed else self._rows, *args, **kwargs)

    # --- pages ------------------------------------------------------------------------------------------------

    @property
    def has_more_pages(self) -> bool:
        """Whether there is a page after this one."""
        return self._result is not None and self._result.has_more_pages

    def start_fetching_next_page(self) -> None:
        """Ask for the next page; callbacks run again, and `result` waits again."""
        if not self.has_more_pages:
            raise QueryExhausted()
        assert self._result is not None
        with _callbacks_lock:
            self._finished = threading.Lock()
            self._finished.acquire()
            self._ended = False
        self._options = {**self._options, "paging_state": self._result.paging_state}
        self._execution = None
        self.session._background.post(self)

    # --- what is known of the request -------------------------------------------------------------------------

    @property
    def warnings(self) -> Sequence[str]:
        """The server's warnings."""
        return self._result.warnings if self._result is not None else ()

    @property
    def custom_payload(self) -> dict[str, bytes | None] | None:
        """What the server's query handler added."""
        return self._result.custom_payload if self._result is not None else None

    @property
    def coordinator_host(self) -> Any:
        """The host that answered, or that was asked last."""
        if self._result is not None:
            return self._result.coordinator
        return getattr(self._error, "host", None)

    @property
    def attempted_hosts(self) -> list[Any]:
        """All hosts that were asked."""
        tried = self._result.attempts if self._result is not None else getattr(self._error, "attempts", ())
        last = [self.coordinator_host] if self.coordinator_host is not None else []
        return [attempt.host for attempt in tried] + last

    @property
    def is_schema_agreed(self) -> bool:
        """Whether all hosts have the same schema: a change is answered when they agree, or its wait has ended."""
        return True

    def get_query_trace(self, max_wait: float | None = None, query_cl: Any = None) -> QueryTrace | None:
        """Return the trace of a request with ``trace=True``; None without a trace."""
        result = self._result
        if result is None or result.trace_id is None:
            return None
        native, wait = self._native, 10.0 if max_wait is None else max_wait
        try:
            trace = run(
                self.session._background,
                lambda: native.trace(result.trace_id, host=result.coordinator, timeout=wait),
            )
        except Error as error:
            raise TraceUnavailable(str(error)) from error
        return query_trace(trace)

    def get_all_query_traces(
        self, max_wait_per: float | None = None, query_cl: Any = None
    ) -> list[QueryTrace]:
        """Return the traces of all pages that were fetched; aiocql keeps that of the last one."""
        trace = self.get_query_trace(max_wait_per)
        return [] if trace is None else [trace]

    def __repr__(self) -> str:
        state = "failed" if self._error is not None else "done" if self._ended else "under way"
        return f"<ResponseFuture: {state}>"


class QueryExhausted(Exception):
    """There is no page after this one."""
