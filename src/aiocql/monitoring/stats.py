"""What a session, its hosts and its connections are doing and have done: frozen snapshots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aiocql.execution.throttle_stats import ThrottleStats, ThrottleTotals
from aiocql.nodes.node_counters import bucket_bounds
from aiocql.nodes.table import location

__all__ = ["ConnectionStats", "HostStats", "Latency", "RequestStats", "SessionStats"]


@dataclass(frozen=True, slots=True)
class Latency:
    """How long answers took, in seconds, since the session began. Quantiles are at most 12.5 % above the truth."""

    count: int
    mean: float
    p50: float
    p95: float
    p99: float
    p999: float
    maximum: float

    @classmethod
    def of(cls, counts: Sequence[int], total: float) -> Latency:
        """From the counts of the buckets and the sum of all latencies."""
        count = sum(counts)
        if not count:
            return cls(0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
        at = [quantile(counts, share) for share in (0.5, 0.95, 0.99, 0.999, 1.0)]
        return cls(count, total / count, *at)


_BOUNDS: list[float] = bucket_bounds()


def quantile(counts: Sequence[int], share: float) -> float:
    """Return the latency, in seconds, that `share` of all responses did not exceed; 0 without responses."""
    wanted = share * sum(counts)
    seen = 0
    for count, bound in zip(counts, _BOUNDS, strict=True):
        seen += count
        if count and seen >= wanted:
            return bound
    return 0.0


@dataclass(frozen=True, slots=True)
class ConnectionStats:
    """One connection now."""

    in_flight: int
    """Requests whose answers have not come, orphans included."""
    orphans: int
    """Stream ids held by requests that were given up."""
    limit: int
    requests: int
    responses: int
    bytes_sent: int
    bytes_received: int
    is_writable: bool
    """False while the peer does not read."""
    is_reading: bool
    """False while the application does not take what arrives."""
    read_pauses: int
    """How often reading was paused for that reason."""
    undelivered: int
    """Bytes received for requests whose tasks have not run since."""
    read_buffer: int
    """Bytes of the buffers for reading: 64 KB, more while large answers come. In v5 the one where the parts of a
    divided message are put together counts too, while it is larger than a kilobyte."""
    is_draining: bool
    """True when it takes no more requests and closes with the last answer."""
    is_encrypted: bool
    heartbeats: int
    """Heartbeats sent."""
    age: float
    """Seconds since it was opened."""


@dataclass(frozen=True, slots=True)
class HostStats:
    """One host: its pool now, its counters since the session began."""

    endpoint: str
    datacenter: str | None
    rack: str | None
    state: str
    is_reconnecting: bool
    core_connections: int
    max_connections: int
    connections: tuple[ConnectionStats, ...]
    """Those that take requests."""
    draining: tuple[ConnectionStats, ...]
    """Those that take no more and close with their last answer."""
    opening: int
    connections_opened: int
    connections_lost: int
    """Those that ended without our wanting it."""
    connect_failures: int
    waiting: int
    """Requests in the host's queue."""
    is_saturated: bool
    """True from when all connections had reached the high mark until one is down to the low mark."""
    high_in_flight: int
    """How often that began (the event HIGH_IN_FLIGHT)."""
    queue_full: int
    """How often `max_queue` was met by a request of this host after there had been room (the event QUEUE_FULL)."""
    read_buffer_full: int
    """How often reading was paused because the application did not take what arrived (READ_BUFFER_FULL)."""
    in_flight: int
    orphans: int
    requests: int
    responses: int
    errors: int
    timeouts: int
    retries: int
    speculative: int
    bytes_sent: int
    bytes_received: int
    writes: int
    """Writes to sockets: `requests / writes` is how many requests one carried."""
    latency: Latency
    latency_counts: tuple[int, ...]
    """How many answers fell into each bucket of `aiocql.nodes.node_counters.bucket_bounds()`."""
    latency_sum: float
    host_id: str | None
    release_version: str | None
    distance: str
    last_error: str | None
    """Why the host could not be reached last; None while it can."""

    @property
    def location(self) -> str:
        """Where it stands, as tables show it: ``dc1 (r1)``."""
        return location(self.datacenter, self.rack)

    @property
    def mark(self) -> str:
        """What tables say beside its connections: ``(reconn)`` while it reconnects, or that it is not used."""
        return " (reconn)" if self.is_reconnecting else " (not used)" if self.distance == "IGNORED" else ""


@dataclass(frozen=True, slots=True)
class RequestStats:
    """What became of the application's requests: each `execute`, page and batch, with all its attempts, counts once."""

    started: int
    completed: int
    failed: int
    cancelled: int
    slow: int
    """Requests that took longer than the slow query log's threshold."""
    errors: dict[str, int]
    """Failed requests by the name of their error."""
    latency: Latency
    """Of completed requests: their time in queues and all attempts included."""
    latency_counts: tuple[int, ...]
    latency_sum: float

    @property
    def active(self) -> int:
        """Requests that have not ended."""
        return self.started - self.completed - self.failed - self.cancelled


@dataclass(frozen=True, slots=True)
class SessionStats:
    """A session now. Totals are sums over its hosts."""

    cluster_name: str | None
    protocol_version: int
    keyspace: str | None
    hosts: tuple[HostStats, ...]
    waiting: int
    """Requests that wait for room, over all hosts."""
    max_waiting: int
    refused: int
    """Requests that found no place to wait (`BusyConnection`)."""
    is_queue_full: bool
    """True from when a request found no place until half of the places are free."""
    prepared_statements: int
    application: RequestStats
    throttles: tuple[ThrottleStats, ...]
    """The limits there are, in the order in which they were made."""
    throttle_totals: tuple[ThrottleTotals, ...]
    """Of the session's own limits, and of all views."""

    @property
    def open_connections(self) -> int:
        """Connections of all hosts."""
        return sum(len(host.connections) for host in self.hosts)

    @property
    def in_flight(self) -> int:
        """Requests in flight on all hosts."""
        return sum(host.in_flight for host in self.hosts)

    @property
    def requests(self) -> int:
        """Requests sent since the session began, retries included."""
        return sum(host.requests for host in self.hosts)

    @property
    def errors(self) -> int:
        """Errors that servers answered with."""
        return sum(host.errors for host in self.hosts)
