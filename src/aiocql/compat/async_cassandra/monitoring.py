"""async-cassandra's monitoring. Each host is asked itself, connections are counted, and counters count."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from aiocql.compat.async_cassandra.rate_limited import RateLimitedSession
from aiocql.compat.async_cassandra.session import AsyncCassandraSession
from aiocql.logs import get_logger
from aiocql.nodes.states import HostDistance

if TYPE_CHECKING:
    from aiocql.nodes.host import Host

__all__ = [
    "HOST_STATUS_DOWN",
    "HOST_STATUS_UNKNOWN",
    "HOST_STATUS_UP",
    "ClusterMetrics",
    "ConnectionMonitor",
    "HostMetrics",
    "RateLimitedSession",
    "create_monitored_session",
]

logger = get_logger("aiocql.compat")

HOST_STATUS_UP = "up"
HOST_STATUS_DOWN = "down"
HOST_STATUS_UNKNOWN = "unknown"

PROBE = "SELECT now() FROM system.local"


@dataclass
class HostMetrics:
    """One host. `connection_count` is how many are open; `latency_ms` is that of a query to this host."""

    address: str
    datacenter: str | None
    rack: str | None
    status: str
    release_version: str | None
    connection_count: int
    latency_ms: float | None = None
    last_error: str | None = None
    last_check: datetime | None = None


@dataclass
class ClusterMetrics:
    """All hosts at one time."""

    timestamp: datetime
    cluster_name: str | None
    protocol_version: int
    hosts: list[HostMetrics]
    total_connections: int
    healthy_hosts: int
    unhealthy_hosts: int
    app_metrics: dict[str, Any] = field(default_factory=dict)


Callback = Callable[[ClusterMetrics], Any]


class ConnectionMonitor:
    """Looks at a session's hosts, once or again and again. It never raises into the application."""

    def __init__(self, session: AsyncCassandraSession) -> None:
        self.session = session
        self._started = datetime.now(UTC)
        self._last_check: str | None = None
        self._task: asyncio.Task[None] | None = None
        self._callbacks: list[Callback] = []

    @property
    def metrics(self) -> dict[str, Any]:
        """What the session has done: requests sent, completed and failed; when it was last looked at."""
        return {
            "requests_sent": self.session.requests_sent,
            "requests_completed": self.session.requests_completed,
            "requests_failed": self.session.requests_failed,
            "last_health_check": self._last_check,
            "monitoring_started": self._started,
        }

    def add_callback(self, callback: Callback) -> None:
        """A function or coroutine function to be called with the metrics of each round."""
        self._callbacks.append(callback)

    # --- once -------------------------------------------------------------------------------------------------

    async def check_host_health(self, host: Host) -> HostMetrics:
        """Asks this host, and no other. One that is up and does not answer is `unknown`, with the reason.

        Without a reason `unknown` is a host that the load balancing policy ignores, one of another datacenter say: the
        driver has no connection to it and cannot tell.
        """
        metrics = HostMetrics(
            address=host.address,
            datacenter=host.datacenter,
            rack=host.rack,
            status=HOST_STATUS_UP if host.is_up else HOST_STATUS_DOWN,
            release_version=host.release_version,
            connection_count=host.open_connections,
        )
        if _is_ignored(host):
            metrics.status = HOST_STATUS_UNKNOWN
            return metrics
        if not host.is_up:
            return metrics
        session = self.session._session
        begun = session._services.loop.time()
        try:
            # Not through the session's own methods: its counters are for the application's requests.
            await session.execute(PROBE, host=host)
        except Exception as error:
            metrics.status = HOST_STATUS_UNKNOWN
            metrics.last_error = str(error)
            logger.warning("%s does not answer: %s", host.endpoint, error)
        else:
            metrics.latency_ms = (session._services.loop.time() - begun) * 1000
        metrics.connection_count = host.open_connections
        metrics.last_check = datetime.now(UTC)
        return metrics

    async def get_cluster_metrics(self) -> ClusterMetrics:
        """Asks all hosts at once. Those that the load balancing policy ignores are neither healthy nor unhealthy."""
        session = self.session._session
        looked_at = session.hosts
        hosts = list(await asyncio.gather(*map(self.check_host_health, looked_at)))
        healthy = sum(host.status == HOST_STATUS_UP for host in hosts)
        ailing = sum(
            not _is_ignored(host) and found.status != HOST_STATUS_UP
            for host, found in zip(looked_at, hosts, strict=True)
        )
        return ClusterMetrics(
            timestamp=datetime.now(UTC),
            cluster_name=session.metadata.cluster_name,
            protocol_version=session.protocol_version,
            hosts=hosts,
            total_connections=sum(host.connection_count for host in hosts),
            healthy_hosts=healthy,
            unhealthy_hosts=ailing,
            app_metrics=self.metrics,
        )

    async def warmup_connections(self) -> None:
        """Opens the connections of all hosts; one that is down is logged and left."""
        warmed = await self.session._session.warm_up()
        for host, error in warmed.failed.items():
            logger.warning("%s has no connection: %s", host.endpoint, error)
        logger.info("%d hosts are warm, %d are not", len(warmed.ready), len(warmed.failed))

    def get_connection_summary(self) -> dict[str, Any]:
        """How many hosts there are, are up, down and ignored, and what a connection holds; asks nobody."""
        session = self.session._session
        hosts = session.hosts
        used = [host for host in hosts if not _is_ignored(host)]
        connections = sum(host.open_connections for host in hosts)
        return {
            "total_hosts": len(hosts),
            "up_hosts": sum(host.is_up for host in used),
            "down_hosts": sum(not host.is_up for host in used),
            "ignored_hosts": len(hosts) - len(used),
            "protocol_version": session.protocol_version,
            "max_requests_per_connection": 32768,
            "open_connections": connections,
            "note": f"{connections} connections are open; aiocql opens more where a host is busy",
        }

    # --- again and again --------------------------------------------------------------------------------------

    async def start_monitoring(self, interval: float = 60) -> None:
        """Looks every `interval` seconds, from now on, until `stop_monitoring`."""
        if self._task is not None and not self._task.done():
            logger.warning("monitoring runs already")
            return
        self._task = asyncio.create_task(self._monitor(interval), name="aiocql monitoring")

    async def stop_monitoring(self) -> None:
        """Stops looking; can be called again."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait([task])

    async def _monitor(self, interval: float) -> None:
        while True:
            try:
                metrics = await self.get_cluster_metrics()
                self._last_check = metrics.timestamp.isoformat()
                if metrics.unhealthy_hosts:
                    logger.warning("ALERT: %d hosts are unhealthy", metrics.unhealthy_hosts)
                for callback in tuple(self._callbacks):
                    await _call(callback, metrics)
            except Exception as error:
                logger.error("monitoring failed: %s: %s", type(error).__name__, error)
            await asyncio.sleep(interval)


def _is_ignored(host: Host) -> bool:
    return host.distance is HostDistance.IGNORED


async def _call(callback: Callback, metrics: ClusterMetrics) -> None:
    try:
        found = callback(metrics)
        if inspect.isawaitable(found):
            await found
    except Exception as error:
        logger.error("a monitoring callback raised %s: %s", type(error).__name__, error)


async def create_monitored_session(
    contact_points: Sequence[Any],
    keyspace: str | None = None,
    max_concurrent: int | None = None,
    warmup: bool = True,
) -> tuple[RateLimitedSession | AsyncCassandraSession, ConnectionMonitor]:
    """A session, limited to `max_concurrent` requests where that is given, and its monitor."""
    from aiocql.compat.async_cassandra.cluster import AsyncCluster

    session = await AsyncCluster(contact_points).connect(keyspace)
    monitor = ConnectionMonitor(session)
    if warmup:
        await monitor.warmup_connections()
    if max_concurrent:
        return RateLimitedSession(session, max_concurrent), monitor
    return session, monitor
