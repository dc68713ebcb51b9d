"""The one door through which tests reach what a session keeps to itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncio

    from aiocql.cluster.cluster import Cluster
    from aiocql.cluster.host_pools import HostPools
    from aiocql.execution.executor import RequestExecutor
    from aiocql.nodes.host import Host
    from aiocql.pool.pool import HostPool
    from aiocql.session.services import Services

__all__ = ["cluster", "executor", "host_pools", "loop", "pools", "services"]


def services(session: Any) -> Services:
    """Return the parts of a session."""
    parts: Services = session._services
    return parts


def loop(session: Any) -> asyncio.AbstractEventLoop:
    """Return the event loop that the session belongs to."""
    return services(session).loop


def cluster(session: Any) -> Cluster:
    """Return the cluster as the session sees it."""
    return services(session).cluster


def host_pools(session: Any) -> HostPools:
    """Return what creates and closes the pools."""
    return cluster(session)._pools


def pools(session: Any) -> dict[Host, HostPool]:
    """Return the pool of each host."""
    return cluster(session).pools


def executor(session: Any) -> RequestExecutor:
    """Return what executes the requests of the session."""
    return services(session).executor
