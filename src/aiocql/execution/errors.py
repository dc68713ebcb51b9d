"""The errors of requests: pure functions of an execution and of what happened to it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from aiocql.errors import (
    Attempt,
    ConfigurationError,
    ConnectionLost,
    Error,
    InterfaceError,
    NoHostAvailable,
    OperationTimedOut,
    SessionClosed,
)
from aiocql.nodes.states import HostDistance

if TYPE_CHECKING:
    from aiocql.enums import ConsistencyLevel
    from aiocql.nodes.host import Host

__all__ = [
    "attempt_timed_out",
    "changed_columns",
    "changed_id",
    "copy_error",
    "foreign_statement",
    "no_host_available",
    "policy_failed",
    "prepare_timed_out",
    "rebinding_failed",
    "request_closed",
    "request_timed_out",
    "session_closed",
]


def session_closed() -> SessionClosed:
    """Return the error of a call to a session that is closed."""
    return SessionClosed(
        "the session is closed", hint="a session serves until close() or the end of its `async with`"
    )


def request_closed(error: Error | None) -> SessionClosed:
    """Return the error of a request whose session was closed before the response came."""
    may = isinstance(error, ConnectionLost) and error.maybe_sent
    closed = SessionClosed(
        "the session was closed before the answer came"
        + ("; the server may have carried the request out" if may else "; the request was not carried out"),
        hint="await the requests before close(), or give it a longer drain_timeout",
    )
    closed.__cause__ = error
    return closed


def foreign_statement(statement: Any) -> InterfaceError:
    """Return the error of a statement that another session has prepared."""
    error = InterfaceError(
        "the statement was prepared by another session",
        hint="prepare it with the session that executes it",
    )
    error.query = statement.query
    return error


def no_host_available(execution: Any, hosts: Iterable[Host]) -> NoHostAvailable:
    """Return the error of a request for which no host of its plan has a connection.

    `hosts` are those of the cluster. The error lists what was tried, and why the other hosts have no connection.
    """
    attempts = list(execution.tried or ())
    if execution.options.host is not None:
        hosts = (execution.options.host,)
    noted = {attempt.host for attempt in attempts}
    hint = "are the nodes up, and is the local datacenter the right one?"
    for host in hosts:
        if host not in noted and host.pool is not None:
            reason = why_not_tried(host, execution.options.consistency)
            hint = getattr(reason, "hint", None) or hint
            attempts.append(Attempt(host, reason))
    error = NoHostAvailable(
        "no host could take the request" if attempts else "no host is known that the policy allows",
        attempts,
        hint=hint,
    )
    error.query = getattr(execution.statement, "query", None)
    return error


def why_not_tried(host: Host, level: ConsistencyLevel) -> BaseException:
    """Return why a request at a consistency level was not sent to a host that has a pool."""
    pool: Any = host.pool
    if not host.open_connections:
        return pool.last_error or ConnectionLost("no open connection")
    if host.distance is HostDistance.REMOTE and level.is_dc_local:
        return ConfigurationError(
            f"not tried: {level.name} excludes hosts of other datacenters",
            hint="allow_remote_for_local_consistency=True lets remote hosts serve LOCAL levels",
        )
    return ConfigurationError("not tried: the load balancing policy left this host out of the plan")


def policy_failed(error: BaseException) -> InterfaceError:
    """Return the error of a request about which a policy of the user raised `error`."""
    failed = InterfaceError(
        f"a {type(error).__name__} was raised while it was decided what becomes of the request",
        hint="it comes from a retry, load balancing or speculative execution policy: see the cause",
    )
    failed.__cause__ = error
    return failed


def attempt_timed_out(execution: Any) -> OperationTimedOut:
    """Return the error of an attempt without a response within `attempt_timeout`."""
    timeout = _seconds(execution.options.attempt_deadlines)
    return OperationTimedOut(f"no answer within {timeout:g} s (attempt_timeout)", host=execution.host)


def request_timed_out(execution: Any, *, is_sent: bool) -> OperationTimedOut:
    """Return the error of a request without a result within its timeout; `is_sent`: an attempt was in flight."""
    timeout = _seconds(execution.options.deadlines)
    where = "waiting for the answer" if is_sent else "not sent: waiting for a connection with room"
    if not is_sent and execution.attempts:
        where = "between two attempts"
    return OperationTimedOut(
        f"no result within {timeout:g} s ({where}; {execution.attempts} sent)",
        host=execution.host,
        hint="the server may still carry it out; is the host overloaded, or request_timeout too short?"
        if execution.attempts
        else "send fewer requests at once, or give the pool more connections",
    )


def _seconds(deadlines: Any) -> float:
    return 0.0 if deadlines is None else deadlines.timeout


# --- statements that are prepared again ---------------------------------------------------------------------------


def prepare_timed_out(host: Host) -> OperationTimedOut:
    """Return the error of a request whose statement its host did not prepare again in time."""
    return OperationTimedOut(
        "the host had forgotten the statement and did not prepare it again in time (connect_timeout)",
        host=host,
        hint="the statement itself was not carried out; is the host overloaded?",
    )


def changed_id(execution: Any) -> InterfaceError:
    """Return the error of a request whose statement has another id since it was prepared again."""
    return InterfaceError(
        "the statement's id changed when it was prepared again",
        host=execution.host,
        hint="it was prepared in another keyspace, or by a server of another version: prepare it anew",
    )


def changed_columns(execution: Any) -> InterfaceError:
    """Return the error of a request whose values were bound to columns of other types."""
    return InterfaceError(
        "the columns that the values were bound to are others by now; the statement was not carried out",
        host=execution.host,
        hint="the table was made anew: execute the statement again, with values of the new types",
    )


def rebinding_failed(execution: Any, failure: Exception) -> Error:
    """Return the error of a request whose class or codec raised `failure` for the columns of its statement."""
    if isinstance(failure, Error):
        return failure
    error = InterfaceError(
        f"a {type(failure).__name__} was raised by what the statement returns since it was prepared again",
        host=execution.host,
        hint="it comes from a class or codec of the application: see the cause",
    )
    error.__cause__ = failure
    return error


def copy_error(error: Error) -> Error:
    """Return an equal error: requests share neither hosts nor attempts nor tracebacks."""
    copy = type(error).__new__(type(error), *error.args)
    copy.args = error.args
    copy.__dict__.update(error.__dict__)
    copy.__cause__ = error.__cause__
    return copy
