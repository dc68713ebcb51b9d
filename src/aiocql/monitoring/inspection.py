"""What a session looks like now, as plain data: for `aiocql top` and the HTML page, here or in another process.

Counters only grow: the difference of two snapshots contains the rates and latencies of the time between them. The data
contains no value, no statement and no secret.
"""

from __future__ import annotations

import dataclasses
import os
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aiocql.monitoring.health import Health
    from aiocql.monitoring.stats import HostStats, SessionStats

__all__ = ["FORMAT", "inspect_session"]

FORMAT = 1
"""The version of the form of what is given."""

_TAKEN_APART = {"connections", "draining", "latency", "latency_counts", "latency_sum"}


def inspect_session(stats: SessionStats, health: Health, application: str | None) -> dict[str, Any]:
    """Return the session as plain data that JSON can hold; `application` is its name."""
    requests = stats.application
    return {
        "format": FORMAT,
        "time": time.time(),
        "pid": os.getpid(),
        "application": application,
        "cluster_name": stats.cluster_name,
        "protocol_version": stats.protocol_version,
        "keyspace": stats.keyspace,
        "health": health.as_dict(),
        "requests": {
            "started": requests.started,
            "completed": requests.completed,
            "failed": requests.failed,
            "cancelled": requests.cancelled,
            "active": requests.active,
            "slow": requests.slow,
            "errors": requests.errors,
            "latency_counts": sparse(requests.latency_counts),
            "latency_sum": requests.latency_sum,
        },
        "waiting": stats.waiting,
        "max_waiting": stats.max_waiting,
        "refused": stats.refused,
        "prepared_statements": stats.prepared_statements,
        "throttles": [dataclasses.asdict(throttle) for throttle in stats.throttles],
        "hosts": [_host(host) for host in sorted(stats.hosts, key=lambda host: host.endpoint)],
    }


def _host(host: HostStats) -> dict[str, Any]:
    fields = (field.name for field in dataclasses.fields(host))
    found = {name: getattr(host, name) for name in fields if name not in _TAKEN_APART}
    for which in ("connections", "draining"):
        found[which] = [dataclasses.asdict(connection) for connection in getattr(host, which)]
    found["latency_counts"] = sparse(host.latency_counts)
    found["latency_sum"] = host.latency_sum
    found["location"], found["mark"] = host.location, host.mark
    return found


def sparse(counts: Sequence[int]) -> list[list[int]]:
    """The buckets that hold something, each as its number and its count."""
    return [[i, count] for i, count in enumerate(counts) if count]
