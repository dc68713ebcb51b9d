"""Traces as cassandra-driver has them."""

from __future__ import annotations

import datetime as _dt
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from aiocql.compat.cassandra.util import datetime_from_uuid1
from aiocql.monitoring import tracing

__all__ = ["QueryTrace", "TraceEvent", "TraceUnavailable", "query_trace"]


class TraceUnavailable(Exception):
    """The trace could not be read."""


@dataclass(frozen=True)
class TraceEvent:
    """One step of a request."""

    description: str
    datetime: _dt.datetime
    source: str
    source_elapsed: _dt.timedelta | None
    thread_name: str | None

    def __str__(self) -> str:
        return f"{self.description} on {self.source}[{self.thread_name}] at {self.datetime}"


@dataclass(frozen=True)
class QueryTrace:
    """What the servers did for a request."""

    trace_id: UUID
    request_type: str | None
    duration: _dt.timedelta
    client: str | None
    coordinator: str | None
    parameters: dict[str, str]
    started_at: Any
    events: list[TraceEvent]

    def __str__(self) -> str:
        return f"{self.request_type} [{self.trace_id}] coordinator: {self.coordinator}, duration: {self.duration}"


def query_trace(trace: tracing.QueryTrace) -> QueryTrace:
    """In cassandra-driver's form."""
    return QueryTrace(
        trace.trace_id,
        trace.request,
        _dt.timedelta(microseconds=trace.duration),
        trace.client,
        trace.coordinator,
        trace.parameters,
        trace.started_at,
        [_event(event) for event in trace.events],
    )


def _event(event: tracing.TraceEvent) -> TraceEvent:
    elapsed = event.source_elapsed
    return TraceEvent(
        event.activity,
        datetime_from_uuid1(event.event_id),
        event.source,
        None if elapsed is None else _dt.timedelta(microseconds=elapsed),
        event.thread,
    )
