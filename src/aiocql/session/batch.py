"""BATCH: several writes in one request, strings and prepared statements mixed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from aiocql.enums import BatchType
from aiocql.errors import ConfigurationError, EncodeError, InterfaceError
from aiocql.observe.statement_text import sanitized
from aiocql.session.templates import Template, from_template, is_template
from aiocql.session.warnings import logger
from aiocql.statements import PreparedStatement, is_lwt, is_select
from aiocql.wire.constants import OP_BATCH
from aiocql.wire.requests import batch_body

if TYPE_CHECKING:
    from aiocql.session.dispatcher import Execution, Options
    from aiocql.session.requesting import Requesting

__all__ = ["BatchEntry", "BatchKind", "BatchStatement", "begin_batch", "collect"]

if TYPE_CHECKING:
    Statement: TypeAlias = str | PreparedStatement[Any]
else:
    Statement: TypeAlias = str | PreparedStatement
Parameters: TypeAlias = Sequence[Any] | Mapping[str, Any] | None
BatchEntry: TypeAlias = Statement | Template | tuple[Statement, Parameters]
"""A statement, alone or with its values."""
BatchKind: TypeAlias = BatchType | Literal["logged", "unlogged", "counter"]

MAX_STATEMENTS = 65535

_NOT_FOR_BATCHES = ("page_size", "paging_state", "into")


class BatchStatement:
    """What a batch is for errors, histories, spans and preparing again. Its text has each kind of statement once."""

    __slots__ = ("bound", "is_lwt", "is_select", "prepared_statements", "query", "size", "texts")

    def __init__(self, kind: BatchType, texts: Sequence[str], prepared: Iterable[PreparedStatement]) -> None:
        unique = tuple(dict.fromkeys(texts))
        self.size = len(texts)
        self.texts = unique
        self.query = f"BEGIN {kind.name} BATCH {'; '.join(unique[:10])}{'; ...' if len(unique) > 10 else ''}"
        self.prepared_statements = tuple(dict.fromkeys(prepared))
        self.bound = {each.id: each.columns for each in self.prepared_statements}
        self.is_lwt = any(map(is_lwt, unique))
        self.is_select = False


def batch_kind(kind: BatchKind) -> BatchType:
    """The kind, from its name as well."""
    if isinstance(kind, str) and kind.upper() in BatchType.__members__:
        return BatchType[kind.upper()]
    if isinstance(kind, BatchType):
        return kind
    raise ConfigurationError(f"batch_type: {kind!r}", hint='"logged", "unlogged" or "counter"')


async def collect(
    session: Requesting[Any], entries: Iterable[BatchEntry], keyspace: str | None, timeout: float | None
) -> list[tuple[Statement, Any]]:
    """Statements with their values; strings that have some are prepared, each once, all within `timeout` seconds."""
    end = None if timeout is None else session.loop.time() + timeout
    collected: list[tuple[Statement, Any]] = []
    known: dict[tuple[Statement, bool], Statement] = {}
    for entry in entries:
        said, parameters = _entry(entry)
        # A batch says the same few statements again and again: each is looked at once.
        bare = parameters is None
        statement = known.get((said, bare))
        if statement is None:
            left = None if end is None else max(end - session.loop.time(), 0.001)
            statement = known[said, bare] = await _resolve(session, said, bare, keyspace, left)
        collected.append((statement, parameters))
        if len(collected) > MAX_STATEMENTS:
            raise EncodeError(
                f"more than {MAX_STATEMENTS} statements in a batch", hint="make several batches"
            )
    return collected


async def _resolve(
    session: Requesting[Any], statement: Statement, bare: bool, keyspace: str | None, timeout: float | None
) -> Statement:
    """The statement as it is sent: prepared where it has values (not `bare`), and one that writes."""
    if isinstance(statement, PreparedStatement):
        session.check_statement(statement)
    elif not bare:
        statement = await session.obtain(statement, keyspace, timeout)
    if is_select(statement if isinstance(statement, str) else statement.query):
        raise InterfaceError("a batch is of INSERT, UPDATE and DELETE statements; this one reads")
    return statement


def _entry(entry: Any) -> tuple[Any, Any]:
    if is_template(entry):
        text, values = from_template(entry, None)
        return text, values or None
    if isinstance(entry, str | PreparedStatement):
        return entry, None
    if isinstance(entry, tuple | list) and len(entry) == 2 and isinstance(entry[0], str | PreparedStatement):
        return entry[0], entry[1]
    raise InterfaceError(
        f"a {type(entry).__name__} in a batch", hint="a statement, or a pair of a statement and its values"
    )


def begin_batch(
    session: Requesting[Any],
    entries: Sequence[tuple[Statement, Any]],
    kind: BatchType,
    options: Options,
    warn_above: int | None,
) -> Execution:
    """Sends the batch; it goes where the first of its statements that has a partition key belongs."""
    encoded: list[tuple[str | bytes, int, bytes]] = []
    token: int | None = None
    keyspace = options.parameters.keyspace or session.keyspace
    size = 0
    for statement, parameters in entries:
        if isinstance(statement, str):
            encoded.append((statement, 0, b""))
            size += len(statement)
            continue
        values, found = statement.encode(() if parameters is None else parameters)
        encoded.append((statement.id, len(statement.columns), values))
        size += len(values)
        if token is None and found is not None:
            token, keyspace = found, statement.keyspace
    prepared = [statement for statement, _ in entries if isinstance(statement, PreparedStatement)]
    batch = BatchStatement(
        kind, [each if isinstance(each, str) else each.query for each, _ in entries], prepared
    )
    if warn_above is not None and size > warn_above:
        logger.warning(
            "a batch of %d statements has about %d bytes, more than batch_size_warn_threshold (%d): servers warn of "
            "such batches, and refuse larger ones [%.200s]",
            len(entries),
            size,
            warn_above,
            sanitized(batch.query),
        )
    parameters = options.parameters
    if options.client_timestamps:
        parameters = parameters.replace(timestamp=session.dispatcher.next_timestamp())
    body = batch_body(session.protocol_version, kind, encoded, parameters)
    return session.dispatcher.start_body(
        batch, OP_BATCH, body, options, _is_idempotent(entries, kind, options), keyspace, token
    )


def _is_idempotent(entries: Sequence[tuple[Statement, Any]], kind: BatchType, options: Options) -> bool:
    """What was said for the batch; else whether all of its statements were prepared as idempotent ones."""
    if options.idempotent >= 0:
        return bool(options.idempotent)
    return kind is not BatchType.COUNTER and all(
        isinstance(statement, PreparedStatement) and statement.defaults.get("idempotent") is True
        for statement, _ in entries
    )


def check_options(options: Mapping[str, Any]) -> None:
    """Raises ConfigurationError for options that have no meaning for a batch."""
    for name in _NOT_FOR_BATCHES:
        if name in options:
            raise ConfigurationError(f"{name} is not for batches: they give no rows")
