"""`Session.execute` without a task: the call itself is what the request's response completes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiocql.session.calls import begin, prepared_call, simple_call
from aiocql.statements.prepared import PreparedStatement
from aiocql.sync.call import CoroutineCall

if TYPE_CHECKING:
    from aiocql.execution.dispatcher import Execution
    from aiocql.session.calls import Call
    from aiocql.sync.background import Background

__all__ = ["ExecuteCall"]


class ExecuteCall(CoroutineCall):
    """One execution of a statement.

    A statement that is prepared, or that has no values, is sent at once, and its execution gets this call in place of
    a future. Anything else runs as the session's own coroutine.
    """

    __slots__ = ("_execution", "_native", "_options", "_parameters", "_query")

    def __init__(
        self, background: Background, native: Any, query: Any, parameters: Any, options: dict[str, Any]
    ) -> None:
        CoroutineCall.__init__(self, background, self._execute)
        self._native = native
        self._query = query
        self._parameters = parameters
        self._options = options
        self._execution: Execution | None = None

    def _execute(self) -> Any:
        return self._native.execute(self._query, self._parameters, **self._options)

    def result(self) -> Any:
        """Hand the call over, wait for its end and return the result."""
        value = self.wait()
        if self._execution is None:
            return value
        return self._native._result(self._execution, value, self._parameters)

    def begin(self) -> None:
        """Send the statement, or start the coroutine that prepares and sends it."""
        if self._ended:
            return
        try:
            # Spans of a tracer find their parent in the context of the thread that calls.
            execution = self._context.run(self._send)
        except BaseException as error:
            self.set_exception(error)
        else:
            if execution is None:
                super().begin()
            else:
                self._execution = execution
                execution.future = self

    def _send(self) -> Execution | None:
        """Send what can be sent at once. None: something must be awaited first."""
        native, statement, options = self._native, self._query, self._options
        services = native._services
        if isinstance(statement, str):
            if self._parameters is None:
                return self._begin(simple_call(services, statement, options))
            if "keyspace" in options:
                return None
            statement = native._known.get(statement)
        if not isinstance(statement, PreparedStatement) or statement.options.speculative is not None:
            return None
        if not options:
            return native._start(statement, self._parameters)  # type: ignore[no-any-return]
        return self._begin(prepared_call(services, statement, self._parameters, options))

    def _begin(self, call: Call) -> Execution | None:
        if call.options.speculative is not None:
            return None
        return begin(self._native._services, call, call.paging_state, self._native._throttle)

    def give_up(self) -> None:
        """Abandon the request, wherever it is."""
        if self._execution is not None:
            self._execution.abandon()
        else:
            super().give_up()
