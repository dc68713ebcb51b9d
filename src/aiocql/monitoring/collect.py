"""Takes the snapshot that `Session.stats()` gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiocql.monitoring.stats import ConnectionStats, HostStats, Latency, RequestStats, SessionStats

if TYPE_CHECKING:
    from aiocql.cluster.cluster import Cluster
    from aiocql.connection.connection import Connection
    from aiocql.execution.throttlers import Throttlers
    from aiocql.nodes.host import Host
    from aiocql.nodes.request_counters import RequestCounters
    from aiocql.pool.pool import HostPool

__all__ = ["take_stats"]


def take_stats(
    cluster: Cluster,
    keyspace: str | None,
    prepared: int,
    now: float,
    tally: RequestCounters,
    throttlers: Throttlers,
) -> SessionStats:
    """The session as it is at loop time `now`. Exporters call this from threads of their own."""
    throttles, totals = throttlers.stats()
    return SessionStats(
        cluster_name=cluster.snapshot.cluster_name,
        protocol_version=cluster.protocol_version or 0,
        keyspace=keyspace,
        hosts=tuple(_host(host, cluster.pools.get(host), now) for host in cluster.hosts),
        waiting=cluster.budget.waiting,
        max_waiting=cluster.budget.limit,
        refused=cluster.budget.refused,
        is_queue_full=cluster.budget.full_at is not None,
        prepared_statements=prepared,
        application=_application(tally),
        throttles=throttles,
        throttle_totals=totals,
    )


def _application(tally: RequestCounters) -> RequestStats:
    counts = tuple(tally.latency_counts())
    return RequestStats(
        started=tally.started,
        completed=tally.completed,
        failed=tally.failed,
        cancelled=tally.cancelled,
        slow=tally.slow,
        errors=dict(tally.errors),
        latency=Latency.of(counts, tally.latency_seconds_sum),
        latency_counts=counts,
        latency_sum=tally.latency_seconds_sum,
    )


def _host(host: Host, pool: HostPool | None, now: float) -> HostStats:
    load = host.load
    counts = tuple(load.latency_counts())
    # Copied in one step each: the loop's thread may open and close connections meanwhile.
    connections = tuple(_connection(each, now) for each in list(pool.connections if pool is not None else ()))
    draining = tuple(_connection(each, now) for each in list(pool.draining if pool is not None else ()))
    return HostStats(
        endpoint=host.endpoint,
        datacenter=host.datacenter,
        rack=host.rack,
        state=str(host.state),
        is_reconnecting=host.is_reconnecting,
        core_connections=pool.core_size if pool is not None else 0,
        max_connections=pool.max_size if pool is not None else 0,
        connections=connections,
        draining=draining,
        opening=pool.opening if pool is not None else 0,
        connections_opened=load.connections_opened,
        connections_lost=load.connections_lost,
        connect_failures=load.connect_failures,
        waiting=len(pool.queue) if pool is not None else 0,
        is_saturated=pool is not None and pool.is_saturated,
        high_in_flight=load.high_in_flight,
        queue_full=load.queue_full,
        read_buffer_full=load.read_buffer_full,
        in_flight=load.in_flight,
        orphans=sum(each.orphans for each in (*connections, *draining)),
        requests=load.requests,
        responses=load.responses,
        errors=load.errors,
        timeouts=load.timeouts,
        retries=load.retries,
        speculative=load.speculative,
        bytes_sent=load.bytes_sent,
        bytes_received=load.bytes_received,
        writes=load.writes,
        latency=Latency.of(counts, load.latency_seconds_sum),
        latency_counts=counts,
        latency_sum=load.latency_seconds_sum,
        host_id=str(host.host_id) if host.host_id is not None else None,
        release_version=host.release_version,
        distance=str(host.distance),
        last_error=None if pool is None or pool.last_error is None else _reason(pool.last_error),
    )


def _connection(connection: Connection, now: float) -> ConnectionStats:
    core = connection.core
    return ConnectionStats(
        in_flight=core.in_flight,
        orphans=core.orphans,
        limit=core.limit,
        requests=core.requests,
        responses=core.responses,
        bytes_sent=core.bytes_sent,
        bytes_received=core.bytes_received,
        is_writable=core.writable,
        is_reading=not core.reading_paused,
        read_pauses=connection.read_budget.pauses,
        undelivered=connection.read_budget.undelivered,
        read_buffer=core.read_buffer,
        is_draining=core.draining,
        is_encrypted=connection.is_encrypted,
        heartbeats=connection.heartbeat.sent if connection.heartbeat is not None else 0,
        age=now - connection.opened_at,
    )


def _reason(error: BaseException) -> str:
    text = str(getattr(error, "message", error)).partition("\n")[0]
    return f"{type(error).__name__}: {text}"
