"""Traces: what the servers did for one request, as they wrote it down in `system_traces`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, NamedTuple

from aiocql.enums import ConsistencyLevel
from aiocql.errors import OperationTimedOut

if TYPE_CHECKING:
    import datetime
    from collections.abc import Awaitable, Callable
    from uuid import UUID

    from aiocql.nodes.host import Host

__all__ = ["QueryTrace", "TraceEvent", "fetch_trace"]

SESSION = "SELECT * FROM system_traces.sessions WHERE session_id = ?"
EVENTS = "SELECT * FROM system_traces.events WHERE session_id = ?"

FIRST_WAIT = 0.005
LONGEST_WAIT = 0.5


class TraceEvent(NamedTuple):
    """One step: what was done, on which node (`source`), in which of its threads, how many microseconds after the
    request came to that node."""

    event_id: UUID
    activity: str
    source: str
    source_elapsed: int | None
    thread: str | None


class QueryTrace(NamedTuple):
    """One traced request. `duration` is in microseconds; `parameters` has the query as the server saw it."""

    trace_id: UUID
    request: str | None
    command: str | None
    client: str | None
    coordinator: str | None
    started_at: datetime.datetime | None
    duration: int
    parameters: dict[str, str]
    events: tuple[TraceEvent, ...]


async def fetch_trace(
    execute: Callable[..., Awaitable[Any]],
    time: Callable[[], float],
    trace_id: UUID,
    host: Host | None,
    timeout: float,
) -> QueryTrace:
    """Ask until the trace is complete: servers write it after they have answered.

    `execute` is that of a session, `time` the clock of its loop.

    Raises OperationTimedOut where it is not complete in `timeout` seconds, and what `execute` raises.
    """
    options: dict[str, Any] = {
        "consistency_level": ConsistencyLevel.ONE,
        "idempotent": True,
        "into": dict,
    }
    if host is not None:
        options["host"] = host
    end = time() + timeout
    wait = FIRST_WAIT
    while True:
        left = end - time()
        if left <= 0:
            raise OperationTimedOut(
                f"the trace {trace_id} is not complete after {timeout:g} s",
                host=host,
                hint="is the server busy, or the replication of system_traces too small?",
            )
        found = (await execute(SESSION, [trace_id], timeout=left, **options)).one()
        if found is not None and found["duration"] is not None:
            events = await (await execute(EVENTS, [trace_id], timeout=left, **options)).all()
            return _trace(trace_id, found, events)
        await asyncio.sleep(min(wait, max(end - time(), 0)))
        wait = min(wait * 2, LONGEST_WAIT)


def _trace(trace_id: UUID, found: dict[str, Any], events: list[dict[str, Any]]) -> QueryTrace:
    return QueryTrace(
        trace_id,
        found.get("request"),
        found.get("command"),
        _text(found.get("client")),
        _text(found.get("coordinator")),
        found.get("started_at"),
        found["duration"],
        dict(found.get("parameters") or {}),
        tuple(
            TraceEvent(
                event["event_id"],
                event["activity"],
                _text(event["source"]) or "",
                event.get("source_elapsed"),
                event.get("thread"),
            )
            for event in events
        ),
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)
