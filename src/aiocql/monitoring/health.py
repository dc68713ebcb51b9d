"""Whether the cluster can be used: from what is known here, and by asking each host."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, NamedTuple

from aiocql.enums import ConsistencyLevel
from aiocql.errors import ConnectionLost, Error
from aiocql.nodes.states import HostDistance
from aiocql.protocol.constants import OP_QUERY
from aiocql.protocol.requests import QueryParameters, query_body

if TYPE_CHECKING:
    from aiocql.cluster.cluster import Cluster
    from aiocql.connection.connection import Connection
    from aiocql.nodes.host import Host
    from aiocql.pool.pool import HostPool

__all__ = ["Health", "HealthCheck", "HostHealth", "check_health", "local_health"]

QUESTION = "SELECT release_version FROM system.local"


class Health(NamedTuple):
    """What is known here of the session's health. It is true unless `status` is ``"fail"``."""

    status: str
    """``"pass"``, ``"warn"`` or ``"fail"``."""
    reason: str | None
    """Why it is not ``"pass"``."""
    hosts_up: int
    """Hosts with an open connection."""
    hosts_used: int
    """Hosts that are to have one."""
    connections: int
    down: tuple[Host, ...]
    """Hosts that are to have a connection and have none."""

    def __bool__(self) -> bool:
        return self.status != "fail"

    def as_dict(self) -> dict[str, Any]:
        """For a JSON answer: 200 if it is true, 503 if it is not."""
        found: dict[str, Any] = {
            "status": self.status,
            "hosts_up": self.hosts_up,
            "hosts_used": self.hosts_used,
        }
        found |= {"connections": self.connections, "down": [host.endpoint for host in self.down]}
        if self.reason is not None:
            found["reason"] = self.reason
        return found


class HostHealth(NamedTuple):
    """What one host said."""

    host: Host
    is_healthy: bool
    latency: float | None
    """Seconds to the answer, the slowest where several connections were asked; None where none came."""
    reason: Error | None
    """Why it is not healthy."""
    connections: int
    """Connections that were asked."""
    answered: int
    """Those that answered."""


class HealthCheck(NamedTuple):
    """All hosts that were asked. It is true if at least one is healthy."""

    healthy: tuple[HostHealth, ...]
    unhealthy: tuple[HostHealth, ...]
    ignored: tuple[Host, ...]
    """Hosts that the load balancing policy does not use: they were not asked."""

    def __bool__(self) -> bool:
        return bool(self.healthy)

    @property
    def hosts(self) -> tuple[HostHealth, ...]:
        """All that were asked."""
        return (*self.healthy, *self.unhealthy)


def local_health(cluster: Cluster, *, is_closed: bool) -> Health:
    """The session's health as far as it is known without asking."""
    used = [host for host in cluster.hosts if host.distance is not HostDistance.IGNORED]
    down = tuple(host for host in used if not host.open_connections)
    up = len(used) - len(down)
    connections = sum(host.open_connections for host in used)
    if is_closed:
        status, reason = "fail", "the session is closed"
    elif not up:
        status, reason = "fail", "no host can be reached"
    elif down:
        status, reason = "warn", f"{len(down)} of {len(used)} hosts cannot be reached"
    else:
        return Health("pass", None, up, len(used), connections, down)
    return Health(status, reason, up, len(used), connections, down)


async def check_health(cluster: Cluster, *, every_connection: bool, timeout: float) -> HealthCheck:
    """Asks all hosts side by side."""
    body = query_body(
        cluster.protocol_version or 4, QUESTION, QueryParameters(consistency=ConsistencyLevel.ONE)
    )
    used = [(host, cluster.pools[host]) for host in cluster.hosts if host in cluster.pools]
    found = await asyncio.gather(
        *(_ask_host(host, pool, body, every_connection, timeout) for host, pool in used)
    )
    return HealthCheck(
        tuple(each for each in found if each.is_healthy),
        tuple(each for each in found if not each.is_healthy),
        tuple(host for host in cluster.hosts if host not in cluster.pools),
    )


async def _ask_host(
    host: Host, pool: HostPool, body: bytes, every_connection: bool, timeout: float
) -> HostHealth:
    connections = list(pool.connections)
    if not every_connection:
        connections = connections[:1]
    if not connections:
        reason = pool.last_error or ConnectionLost("no open connection", host=host)
        return HostHealth(host, False, None, reason, 0, 0)
    answers = await asyncio.gather(*(_ask(connection, body, timeout) for connection in connections))
    times = [answer for answer in answers if isinstance(answer, float)]
    errors = [answer for answer in answers if isinstance(answer, Error)]
    return HostHealth(
        host,
        not errors,
        max(times, default=None),
        errors[0] if errors else None,
        len(connections),
        len(times),
    )


async def _ask(connection: Connection, body: bytes, timeout: float) -> float | Error:
    """Seconds to the answer over this very connection, or why there was none."""
    begun = connection.loop.time()
    try:
        await connection.request(OP_QUERY, body, timeout)
    except Error as error:
        return error
    return connection.loop.time() - begun
