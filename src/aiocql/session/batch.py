"""BATCH: several writes in one request, strings and prepared statements mixed. `statements/batch` makes the bytes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from aiocql.enums import BatchType
from aiocql.errors import ConfigurationError, InterfaceError
from aiocql.execution.deadline import Deadline
from aiocql.monitoring.logs.server_warnings import logger
from aiocql.statements.batch import BatchStatement
from aiocql.statements.prepared import PreparedStatement, is_select
from aiocql.statements.redaction import sanitized
from aiocql.statements.template_strings import Template, from_template, is_template

if TYPE_CHECKING:
    from aiocql.execution.dispatcher import Execution
    from aiocql.execution.throttling import Throttler
    from aiocql.session.services import Services

__all__ = ["BatchEntry", "BatchKind", "begin_batch"]

if TYPE_CHECKING:
    Statement: TypeAlias = str | PreparedStatement[Any]
else:
    Statement: TypeAlias = str | PreparedStatement
Parameters: TypeAlias = Sequence[Any] | Mapping[str, Any] | None
BatchEntry: TypeAlias = Statement | Template | tuple[Statement, Parameters]
"""A statement, alone or with its values."""
BatchKind: TypeAlias = BatchType | Literal["logged", "unlogged", "counter"]

_NOT_FOR_BATCHES = ("page_size", "paging_state", "into")
_NOTHING: dict[str, Any] = {}


def batch_kind(kind: BatchKind) -> BatchType:
    """The kind, from its name as well."""
    if isinstance(kind, BatchType):
        return kind
    if isinstance(kind, str) and kind.upper() in BatchType.__members__:
        return BatchType[kind.upper()]
    raise ConfigurationError(f"batch_type: {kind!r}", hint='"logged", "unlogged" or "counter"')


async def begin_batch(
    services: Services,
    entries: Iterable[BatchEntry],
    kind: BatchKind,
    options: Mapping[str, Any],
    throttle: Throttler | None,
) -> Execution:
    """Send the batch; it goes where the first of its statements that has a partition key belongs.

    Nothing is awaited where all of its statements are known. Preparing the others is part of its timeout.
    """
    check_options(options)
    executor, resolver = services.executor, services.resolver
    executor.verify()
    resolved = resolver.resolve(_NOTHING, options, skip_metadata=False) if options else resolver.usual()
    keyspace = resolved.parameters.keyspace
    batch = BatchStatement(batch_kind(kind), entries, executor.identity)
    # Statements of this keyspace are looked up by their text alone.
    known = services.statements.current if keyspace is None else {}
    now = resolved
    if (missing := batch.unresolved(known)) is not None:
        deadline = Deadline(resolved.timeout, services.loop.time)
        await _resolve_all(services, batch, missing, known, keyspace, deadline)
        now = resolver.within(resolved, deadline)
    execution = executor.start_batch(batch, now, keyspace or services.keyspace, throttle)
    execution.options = resolved
    warn_above = resolver.defaults["batch_size_warn_threshold"]
    if warn_above is not None and batch.byte_count > warn_above:
        _warn(batch, warn_above)
    if resolved.speculative is not None:
        executor.speculate(execution)
    return execution


async def _resolve_all(
    services: Services,
    batch: BatchStatement,
    missing: int | None,
    known: dict[str, PreparedStatement[Any]],
    keyspace: str | None,
    deadline: Deadline,
) -> None:
    """Resolve the entries from `missing` on, within the batch's timeout."""
    while missing is not None:
        said, parameters = _statement(*batch.entry(missing))
        statement = await _resolve(services, said, parameters is None, keyspace, deadline)
        batch.resolve(missing, said, parameters, statement)
        missing = batch.unresolved(known)


async def _resolve(
    services: Services, said: Statement, bare: bool, keyspace: str | None, deadline: Deadline
) -> PreparedStatement[Any] | None:
    """Return the prepared statement of an entry that has values, None for a `bare` text.

    Raises InterfaceError for a statement that reads.
    """
    statement = None
    if isinstance(said, PreparedStatement):
        services.check_origin(said)
        statement = said
    elif not bare:
        statement = await services.preparer.obtain(said, keyspace, deadline.left())
    if is_select(said) if isinstance(said, str) else said.is_select:
        raise InterfaceError("a batch is of INSERT, UPDATE and DELETE statements; this one reads")
    return statement


def _statement(said: Any, values: Any) -> tuple[Statement, Any]:
    """Return the statement and the values of an entry that the batch cannot write as it is."""
    if values is None and is_template(said):
        text, bound = from_template(said, None)
        return text, bound or None
    if isinstance(said, str):
        # A plain `str`: a subclass could override hashing or encoding.
        return str.__str__(said), values
    if isinstance(said, PreparedStatement):
        return said, values
    raise InterfaceError(
        f"a {type(said).__name__} in a batch", hint="a statement, or a pair of a statement and its values"
    )


def _warn(batch: BatchStatement, warn_above: int) -> None:
    logger.warning(
        "a batch of %d statements has about %d bytes, more than batch_size_warn_threshold (%d): servers warn of "
        "such batches, and refuse larger ones [%.200s]",
        batch.size,
        batch.byte_count,
        warn_above,
        sanitized(batch.query),
    )


def check_options(options: Mapping[str, Any]) -> None:
    """Raises ConfigurationError for options that have no meaning for a batch."""
    for name in _NOT_FOR_BATCHES:
        if name in options:
            raise ConfigurationError(f"{name} is not for batches: they give no rows")
