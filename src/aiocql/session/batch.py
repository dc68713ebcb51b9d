"""BATCH: several writes in one request, strings and prepared statements mixed. `statements/batch` makes the bytes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from aiocql.enums import BatchType
from aiocql.errors import ConfigurationError, InterfaceError
from aiocql.monitoring.logs.server_warnings import logger
from aiocql.statements.batch import BatchStatement
from aiocql.statements.prepared import PreparedStatement, is_select
from aiocql.statements.redaction import sanitized
from aiocql.statements.template_strings import Template, from_template, is_template

if TYPE_CHECKING:
    from aiocql.execution.dispatcher import Execution, Options
    from aiocql.session.methods import Requesting

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
    session: Requesting[Any], entries: Iterable[BatchEntry], kind: BatchKind, options: Mapping[str, Any]
) -> Execution:
    """Sends the batch; it goes where the first of its statements that has a partition key belongs.

    Nothing is awaited where all of its statements are known. Preparing the others is part of its timeout.
    """
    check_options(options)
    session.dispatcher.verify()
    resolver = session._resolver
    resolved = resolver.resolve(_NOTHING, options, skip_metadata=False) if options else resolver.usual()
    keyspace = resolved.parameters.keyspace
    batch = BatchStatement(batch_kind(kind), entries, session._identity)
    # Statements of this keyspace are looked up by their text alone.
    known = session._known if keyspace is None else {}
    left = resolved
    if (missing := batch.unresolved(known)) is not None:
        left = await _prepared(session, batch, missing, known, resolved, options)
    execution = session.dispatcher.start_batch(batch, left, keyspace or session.keyspace)
    execution.options = resolved
    warn_above = resolver.defaults["batch_size_warn_threshold"]
    if warn_above is not None and batch.byte_count > warn_above:
        _warn(batch, warn_above)
    if resolved.speculative is not None:
        session.failures.speculate(execution)
    return execution


async def _prepared(
    session: Requesting[Any],
    batch: BatchStatement,
    missing: int | None,
    known: dict[str, PreparedStatement[Any]],
    resolved: Options,
    options: Mapping[str, Any],
) -> Options:
    """Resolves what is missing from `missing` on within the batch's timeout; gives options with what is left of it."""
    timeout: float | None = resolved.given["timeout"]
    keyspace = resolved.parameters.keyspace
    begun = session.loop.time()
    while missing is not None:
        said, parameters = _entry(batch.entry(missing))
        left = None if timeout is None else max(begun + timeout - session.loop.time(), 0.001)
        statement = await _resolve(session, said, parameters is None, keyspace, left)
        batch.resolve(missing, said, parameters, statement)
        missing = batch.unresolved(known)
    # Where something had to be asked for; a timeout of its own for each batch would be a timer of its own.
    if timeout is None or (spent := session.loop.time() - begun) <= 0.001:
        return resolved
    return session.resolve(None, {**options, "timeout": max(timeout - spent, 0.001)})


async def _resolve(
    session: Requesting[Any], said: Statement, bare: bool, keyspace: str | None, timeout: float | None
) -> PreparedStatement[Any] | None:
    """What a statement is sent as: prepared where it has values (not `bare`), else None. It is one that writes."""
    statement = None
    if isinstance(said, PreparedStatement):
        session.check_statement(said)
        statement = said
    elif not bare:
        statement = await session.obtain(said, keyspace, timeout)
    if is_select(said) if isinstance(said, str) else said.is_select:
        raise InterfaceError("a batch is of INSERT, UPDATE and DELETE statements; this one reads")
    return statement


def _entry(entry: Any) -> tuple[Any, Any]:
    if is_template(entry):
        text, values = from_template(entry, None)
        return text, values or None
    if isinstance(entry, str | PreparedStatement):
        return _text(entry), None
    if isinstance(entry, tuple | list) and len(entry) == 2 and isinstance(entry[0], str | PreparedStatement):
        return _text(entry[0]), entry[1]
    raise InterfaceError(
        f"a {type(entry).__name__} in a batch", hint="a statement, or a pair of a statement and its values"
    )


def _text(said: Statement) -> Statement:
    """A text as a string of no class of its own: what is written, and looked up, is no other's doing."""
    return str.__str__(said) if isinstance(said, str) else said


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
