"""Spans of requests, made when they have ended, with the times at which they began and ended."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.trace import SpanKind, Status, StatusCode

from aiocql._version import __version__
from aiocql.errors import ConfigurationError, ServerError
from aiocql.exporters.opentelemetry.scope import SCHEMA, SCOPE
from aiocql.statements.batch import BatchStatement
from aiocql.statements.redaction import sanitized, summary

if TYPE_CHECKING:
    import asyncio

    from opentelemetry.trace import TracerProvider

    from aiocql.session.face import SessionFace

__all__ = ["BATCH", "SpanMaker", "trace_session"]

BATCH = 32
"""Spans that are made one after the other. Making one takes several times as long where its code is in no cache."""
LONGEST_WAIT = 1.0
"""Seconds that a span waits for others."""


def trace_session(
    session: SessionFace[Any], *, sample: float = 1.0, tracer_provider: TracerProvider | None = None
) -> SpanMaker:
    """Makes a span of each request that is part of a trace, and of a share `sample` of all others.

    One request out of 1 / `sample` is taken, evenly. A span is made when its request has ended, with the times at
    which it began and ended; so one that is never ended costs nothing. Of a share, spans without a parent are made
    some at a time, at most a second later: `flush()` of what comes back makes them now, `stop()` does too and ends it.
    """
    if not isinstance(sample, int | float) or isinstance(sample, bool) or not 0 <= sample <= 1:
        raise ConfigurationError(f"sample: {sample!r} is no share from 0 to 1")
    session = session._whole
    tracer = trace.get_tracer(SCOPE, __version__, tracer_provider, SCHEMA)
    maker = SpanMaker(session, tracer, batch=1 if sample == 1 else BATCH)
    session._services.executor.sample_rate = float(sample)
    # A set context variable means that there may be a parent; reading it is all that an unsampled request costs.
    session._services.executor.parent_context = getattr(
        otel_context._RUNTIME_CONTEXT, "_current_context", None
    )
    session._services.executor.observer = maker
    return maker


class SpanMaker:
    """Hears of requests that begin and end, and makes their spans."""

    def __init__(self, session: SessionFace[Any], tracer: trace.Tracer, *, batch: int = 1) -> None:
        self._session = session
        self._tracer = tracer
        self._batch = batch
        self._waiting: list[_Ended] = []
        self._timer: asyncio.TimerHandle | None = None
        self._known: dict[Any, tuple[str, dict[str, Any]]] = {}

    def stop(self) -> None:
        """No more spans."""
        if self._session._services.executor.observer is self:
            self._session._services.executor.observer = None
        self.flush()

    def flush(self) -> None:
        """Makes the spans of all requests that have ended."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        waiting, self._waiting = self._waiting, []
        clock = _wall_clock()
        for ended in waiting:
            self._make(ended, clock)

    def ended(self, ended: _Ended) -> None:
        """A request has ended: its span is made now, or with the next ones."""
        if ended.parent or self._batch == 1:
            self._make(ended, _wall_clock())
            return
        self._waiting.append(ended)
        if len(self._waiting) >= self._batch:
            self.flush()
        elif self._timer is None:
            self._timer = self._session._services.loop.call_later(LONGEST_WAIT, self.flush)

    def began(self, execution: Any) -> None:
        """A request was begun that is to have a span."""
        if execution.tally is not None:
            execution.observer = _Span(self, otel_context.get_current())

    def _make(self, ended: _Ended, clock: float) -> None:
        """Makes the span of a request that has ended. `clock` is what the wall clock has more than the loop's."""
        name, known = self._described(ended)
        attributes = dict(known)
        host = ended.host
        if host is not None:
            attributes["server.address"] = attributes["network.peer.address"] = host.address
            attributes["server.port"] = attributes["network.peer.port"] = host.port
            attributes["cassandra.coordinator.dc"] = host.datacenter or ""
            attributes["cassandra.coordinator.id"] = str(host.host_id or "")
        if ended.cancelled:
            attributes["aiocql.cancelled"] = True
        if ended.error is not None:
            attributes["error.type"] = ended.error
            if ended.code is not None:
                attributes["db.response.status_code"] = str(ended.code)
        if ended.speculative:
            attributes["cassandra.speculative_execution.count"] = ended.speculative
        if ended.attempts > 1:
            attributes["aiocql.attempts"] = ended.attempts
        began = int((clock + ended.began) * 1e9)
        span = self._tracer.start_span(
            name, context=ended.parent, kind=SpanKind.CLIENT, attributes=attributes, start_time=began
        )
        # A cancelled request has not failed (nor do the counters say so): no error.type, no status.
        if ended.error is not None and span.is_recording():
            span.set_status(Status(StatusCode.ERROR, sanitized(ended.error)))
        span.end(max(int((clock + ended.ended) * 1e9), began))

    def _described(self, ended: _Ended) -> tuple[str, dict[str, Any]]:
        """Name and attributes that every request of a statement has."""
        query = getattr(ended.statement, "query", None)
        texts = getattr(ended.statement, "texts", None)
        if texts is not None and len(texts) > 10:
            # The text of such a batch does not have all of them, and the next one is another.
            return self._describe(ended, query)
        what = query if texts is None else (texts, ended.statement.size, query)
        key = (what, ended.opcode, ended.keyspace, ended.options.consistency, ended.idempotent)
        if len(self._known) > 1000:
            self._known.clear()
        found = self._known.get(key) if query is not None else None
        if found is None:
            found = self._describe(ended, query)
            self._known[key] = found
        return found

    @staticmethod
    def _describe(ended: _Ended, query: str | None) -> tuple[str, dict[str, Any]]:
        size = 1
        if isinstance(ended.statement, BatchStatement):
            size = ended.statement.size
            operation, keyspace, table = _of_batch(ended.statement)
            query = ended.statement.texts[0] if size == 1 else query
        else:
            operation, keyspace, table = summary(query) if query is not None else ("BATCH", None, None)
        options = ended.options
        keyspace = keyspace or ended.keyspace
        target = f"{keyspace}.{table}" if keyspace and table else table or keyspace
        name = f"{operation} {target}" if target else operation
        attributes: dict[str, Any] = {
            "db.system.name": "cassandra",
            "db.operation.name": operation,
            "db.query.summary": name,
            "cassandra.consistency.level": options.consistency.name.lower(),
            "cassandra.query.idempotent": bool(ended.idempotent),
        }
        if options.parameters.page_size is not None:
            attributes["cassandra.page.size"] = options.parameters.page_size
        if keyspace is not None:
            attributes["db.namespace"] = keyspace
        if table is not None:
            attributes["db.collection.name"] = table
        if query is not None:
            attributes["db.query.text"] = sanitized(query)
        if size > 1:
            attributes["db.operation.batch.size"] = size
        return name, attributes


def _of_batch(batch: BatchStatement) -> tuple[str, str | None, str | None]:
    """Operation, keyspace and table by the conventions: one statement is no batch, and what all share is said."""
    found = [summary(text) for text in batch.texts]
    operations, keyspaces, tables = ({each[i] for each in found} for i in range(3))
    [operation] = operations if len(operations) == 1 else [None]
    [keyspace] = keyspaces if len(keyspaces) == 1 else [None]
    [table] = tables if len(tables) == 1 and len(keyspaces) == 1 else [None]
    if batch.size != 1:
        operation = f"BATCH {operation}" if operation else "BATCH"
    return operation or "BATCH", keyspace, table


def _wall_clock() -> float:
    """What has to be added to the loop's time. Looked up again and again: clocks are set, and machines sleep."""
    return time.time() - time.monotonic()


class _Ended:
    """What is kept of a request that has ended until its span is made: no value and no row."""

    __slots__ = (
        *(
            "attempts",
            "began",
            "cancelled",
            "code",
            "ended",
            "error",
            "host",
            "idempotent",
            "keyspace",
            "opcode",
            "options",
        ),
        *("parent", "speculative", "statement"),
    )

    def __init__(self, execution: Any, parent: Any, result: Any, error: BaseException | None) -> None:
        self.parent = parent
        self.statement = execution.statement
        self.options = execution.options
        self.opcode: int = execution.opcode
        self.keyspace: str | None = execution.routing_keyspace
        self.idempotent: bool = execution.idempotent
        self.host = execution.host
        self.attempts: int = execution.attempts
        self.speculative: int = 0 if execution.speculation is None else execution.speculation.speculative
        self.began: float = execution.started
        self.ended: float = execution.answered
        self.error: str | None = None
        self.code: int | None = None
        self.cancelled = error is None and result is None
        if error is not None:
            self.error = type(error).__name__
            self.code = error.code if isinstance(error, ServerError) else None


class _Span:
    """What a request carries whose span is to be made."""

    __slots__ = ("_maker", "_parent")

    def __init__(self, maker: SpanMaker, parent: Any) -> None:
        self._maker = maker
        self._parent = parent

    def ended(self, execution: Any, result: Any, error: BaseException | None) -> None:
        self._maker.ended(_Ended(execution, self._parent, result, error))
