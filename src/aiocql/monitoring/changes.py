"""Rates and latencies between two looks at a session (`monitoring/inspection.py`). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiocql.monitoring.stats import quantile
from aiocql.nodes.node_counters import bucket_bounds

__all__ = ["Change", "change"]

_BUCKETS = len(bucket_bounds())


class Change:
    """What happened between two looks: at the whole session, or at one host."""

    __slots__ = ("count", "errors_per_second", "p50", "p95", "p99", "per_second")

    def __init__(
        self, before: Mapping[str, Any] | None, now: Mapping[str, Any], seconds: float, done: str, failed: str
    ) -> None:
        def grown(name: str) -> float:
            return float(max(now[name] - (before[name] if before is not None else 0), 0))

        self.per_second = grown(done) / seconds if seconds > 0 else 0.0
        self.errors_per_second = grown(failed) / seconds if seconds > 0 else 0.0
        counts = [0] * _BUCKETS
        for bucket, count in now["latency_counts"]:
            counts[bucket] += count
        for bucket, count in before["latency_counts"] if before is not None else ():
            counts[bucket] -= count
        self.count = sum(counts)
        self.p50, self.p95, self.p99 = (quantile(counts, share) for share in (0.5, 0.95, 0.99))


def change(before: Mapping[str, Any] | None, now: Mapping[str, Any]) -> tuple[Change, dict[str, Change]]:
    """Of the session, and of each host by its endpoint. Without `before`: since the session began, without rates."""
    seconds = now["time"] - before["time"] if before is not None else 0.0
    hosts = {host["endpoint"]: host for host in before["hosts"]} if before is not None else {}
    whole = Change(
        before["requests"] if before is not None else None, now["requests"], seconds, "completed", "failed"
    )
    return whole, {
        host["endpoint"]: Change(hosts.get(host["endpoint"]), host, seconds, "responses", "errors")
        for host in now["hosts"]
    }
