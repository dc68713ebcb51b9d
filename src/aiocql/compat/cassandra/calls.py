"""From a statement of cassandra-driver to a call of an aiocql session: text, values, options."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from aiocql.binary.murmur3 import token
from aiocql.compat.cassandra.load_balancing import RoutedPolicy
from aiocql.compat.cassandra.placeholders import with_markers
from aiocql.compat.cassandra.profiles import NOT_SET, ExecutionProfile
from aiocql.compat.cassandra.query import (
    FETCH_SIZE_UNSET,
    BatchStatement,
    BoundStatement,
    PreparedStatement,
    SimpleStatement,
    Statement,
    bound_values,
)
from aiocql.errors import InterfaceError
from aiocql.session.session import Session
from aiocql.statements import prepared as statements

__all__ = [
    "Call",
    "batch_entries",
    "bound_statement",
    "call_options",
    "execution",
    "is_batch",
    "statement_options",
]


class Call(NamedTuple):
    """What `Session.execute` and `Session.stream` take."""

    query: str | statements.PreparedStatement
    parameters: Any
    options: dict[str, Any]


def is_batch(query: Any) -> bool:
    """Whether it is one for `Session.batch`."""
    return isinstance(query, BatchStatement)


async def execution(
    session: Session[Any], query: Any, parameters: Any, profile: ExecutionProfile, policy: Any
) -> Call:
    """Return the call for a statement of any kind but a batch. Raises InterfaceError for any other object."""
    statement, values = await _with_values(session, query, parameters)
    return Call(statement, values, statement_options(session, query, profile, policy))


def bound_statement(
    session: Session[Any], query: Any, parameters: Any
) -> tuple[statements.PreparedStatement, Any] | None:
    """Return the prepared statement and its values where the session has prepared it; None for any other query."""
    if isinstance(query, BoundStatement):
        native, values = query.prepared_statement.native, query.values
    elif isinstance(query, PreparedStatement):
        native, values = query.native, bound_values(query.native, parameters)
    else:
        return None
    return (native, values) if native.origin is session._services.executor.identity else None


async def _with_values(
    session: Session[Any], query: Any, parameters: Any
) -> tuple[str | statements.PreparedStatement, Any]:
    if isinstance(query, BoundStatement):
        return await _of_session(session, query.prepared_statement), query.values
    if isinstance(query, PreparedStatement):
        native = await _of_session(session, query)
        return native, bound_values(native, parameters)
    text = query.query_string if isinstance(query, SimpleStatement) else query
    if not isinstance(text, str):
        raise InterfaceError(f"a statement is a string or a statement object, not a {type(query).__name__}")
    if not parameters:
        return text, None
    return with_markers(text), _unquoted(parameters)


def _unquoted(parameters: Any) -> Any:
    """Return the parameters with the values that cqlengine has wrapped to be written as literals."""
    if isinstance(parameters, Mapping):
        return {name: _plain(value) for name, value in parameters.items()}
    return [_plain(value) for value in parameters]


def _plain(value: Any) -> Any:
    return value.value if type(value).__module__ == "cassandra.cqlengine.statements" else value


async def _of_session(session: Session[Any], prepared: PreparedStatement) -> statements.PreparedStatement:
    """The statement as this session has it: cassandra-driver's belong to the cluster."""
    if prepared.native.origin is session._services.executor.identity:
        return prepared.native
    return await session.prepare(prepared.query_string)


async def batch_entries(session: Session[Any], batch: BatchStatement) -> list[tuple[Any, Any]]:
    """The statements of a batch with their values."""
    entries = []
    for statement, values in batch.entries:
        text, bound = await _with_values(session, statement, values)
        entries.append((text, bound))
    return entries


def statement_options(
    session: Session[Any], query: Any, profile: ExecutionProfile, policy: Any
) -> dict[str, Any]:
    """The options of a statement, before those of its profile."""
    options = _profile_options(profile)
    if not isinstance(query, Statement):
        return options
    for name, value in (
        ("consistency_level", query.consistency_level),
        ("serial_consistency_level", query.serial_consistency_level),
        ("retry", query.retry_policy),
        ("custom_payload", _payload(query.custom_payload)),
        ("idempotent", query.is_idempotent or None),
    ):
        if value is not None:
            options[name] = value
    if isinstance(query, BatchStatement):
        return options
    if query.fetch_size is not FETCH_SIZE_UNSET:
        options["page_size"] = query.fetch_size
    if isinstance(query, SimpleStatement) and query.keyspace is not None:
        options["keyspace"] = query.keyspace
    if query.routing_key is not None:
        options.update(_route(session, query, options.get("load_balancing") or policy))
    return options


def _profile_options(profile: ExecutionProfile) -> dict[str, Any]:
    options = {"timeout": profile.request_timeout}
    for name, value in (
        ("consistency_level", profile.consistency_level),
        ("serial_consistency_level", profile.serial_consistency_level),
        ("load_balancing", profile.load_balancing_policy),
        ("retry", profile.retry_policy),
        ("speculative", profile.speculative_execution_policy),
    ):
        if value is not None:
            options[name] = value
    return options


def _route(session: Session[Any], query: Statement, policy: Any) -> dict[str, Any]:
    """A host's address means that host; anything else is a serialized partition key."""
    key = query.routing_key
    if isinstance(key, str):
        if any(key in (host.address, host.endpoint) for host in session.hosts):
            return {"host": key}
        key = key.encode()
    elif isinstance(key, list | tuple):
        key = _composite(key)
    return {"load_balancing": RoutedPolicy(policy, query.keyspace, token(key))}


def _payload(given: Mapping[Any, bytes] | None) -> dict[str, bytes] | None:
    """A custom payload; its names are taken as bytes as well."""
    if not given:
        return None
    return {name.decode() if isinstance(name, bytes) else name: value for name, value in given.items()}


def _composite(parts: Sequence[bytes]) -> bytes:
    """A partition key of several columns: each part with its length before it and a zero behind it."""
    if len(parts) == 1:
        return parts[0]
    return b"".join(len(part).to_bytes(2, "big") + part + b"\0" for part in parts)


def call_options(
    *,
    trace: bool,
    custom_payload: Mapping[Any, bytes] | None,
    timeout: Any,
    paging_state: bytes | None,
    host: Any,
    execute_as: str | None,
) -> dict[str, Any]:
    """The options that a call itself gives; they come before those of its statement."""
    options: dict[str, Any] = {}
    payload = _payload(custom_payload) or {}
    if execute_as:
        payload["ProxyExecute"] = execute_as.encode()
    for name, value in (
        ("trace", trace or None),
        ("custom_payload", payload or None),
        ("paging_state", paging_state),
        ("host", host),
    ):
        if value is not None:
            options[name] = value
    if timeout is not None and timeout is not NOT_SET:
        options["timeout"] = timeout
    return options
