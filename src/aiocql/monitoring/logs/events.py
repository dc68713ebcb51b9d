"""Cluster events as log records, by area: `aiocql.pool` for hosts and their connections, `aiocql.cluster` for the rest.

Each record has fields beside its text: `event`, and where they apply `host`, `datacenter`, `keyspace`, `active`,
`error`. Nothing is printed unless the application configures logging: the package gives the logger `aiocql` a handler
that does nothing.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from aiocql.cluster.events import EventKind
from aiocql.logs import get_logger
from aiocql.printable import printable

if TYPE_CHECKING:
    from aiocql.cluster.events import ClusterEvent

__all__ = ["log_event"]

POOL = get_logger("aiocql.pool")
CLUSTER = get_logger("aiocql.cluster")

_AREAS = {
    EventKind.HOST_DOWN: (POOL, logging.WARNING),
    EventKind.HOST_UP: (POOL, logging.INFO),
    EventKind.CONNECT_FAILED: (POOL, logging.INFO),
    EventKind.HIGH_IN_FLIGHT: (POOL, logging.INFO),
    EventKind.QUEUE_FULL: (POOL, logging.WARNING),
    EventKind.READ_BUFFER_FULL: (POOL, logging.WARNING),
}


def log_event(event: ClusterEvent) -> None:
    """Writes one record."""
    logger, level = _AREAS.get(event.kind, (CLUSTER, logging.INFO))
    if not logger.isEnabledFor(level):
        return
    fields: dict[str, object] = {"event": str(event.kind)}
    words = [str(event.kind) if event.active else f"{event.kind} ended"]
    if event.host is not None:
        fields |= {
            "host": printable(event.host.endpoint),
            "datacenter": event.host.datacenter and printable(event.host.datacenter),
        }
        words.append(event.host.endpoint)
    if event.keyspace is not None:
        fields["keyspace"] = printable(event.keyspace)
        words.append(event.keyspace)
    if not event.active:
        fields["active"] = False
    if event.error is not None:
        text = printable(str(getattr(event.error, "message", event.error)).partition("\n")[0])
        fields["error"] = f"{type(event.error).__name__}: {text}"
        words.append(f"({fields['error']})")
    logger.log(level, "%s", " ".join(words), extra=fields)
