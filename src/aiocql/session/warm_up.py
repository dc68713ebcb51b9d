"""Warm-up: connections stand and statements are prepared before traffic is let in."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from aiocql.errors import ConfigurationError, Error
from aiocql.protocol.constants import OP_PREPARE
from aiocql.protocol.requests import prepare_body

if TYPE_CHECKING:
    from aiocql.cluster.cluster import Cluster
    from aiocql.nodes.host import Host
    from aiocql.pool.pool import HostPool
    from aiocql.statements.prepared import PreparedStatement

__all__ = ["WarmUp", "warm_up"]


class WarmUp(NamedTuple):
    """What a warm-up came to: the hosts that are ready, with their connections, and those that are not, with why."""

    ready: dict[Host, int]
    failed: dict[Host, Error]
    """Hosts that no connection could be opened to."""
    prepared: int
    """How many statements were prepared."""
    unprepared: dict[Host, Error]
    """Ready hosts that would not prepare a statement that another did: it is asked again by its first request there."""


async def warm_up(
    cluster: Cluster,
    prepare: Callable[[str], Awaitable[PreparedStatement[Any]]],
    connections: int | None,
    statements: Iterable[str],
) -> WarmUp:
    """Opens every used host's pool to `connections` (its core by default) and prepares `statements` at each."""
    largest = cluster.settings.options.pool.max_local
    if connections is not None and not 1 <= connections <= largest:
        raise ConfigurationError(
            f"connections is {connections}: a pool has 1 to {largest} (PoolOptions(max_local=...) sets the most)"
        )
    pools = tuple(cluster.pools.values())
    outcomes = await asyncio.gather(*(_fill(pool, connections) for pool in pools))
    ready, failed = {}, {}
    for pool, error in zip(pools, outcomes, strict=True):
        if error is None:
            ready[pool.host] = len(pool.connections)
        else:
            failed[pool.host] = error
    prepared = await asyncio.gather(*(prepare(each) for each in statements))
    warm = [(pool, each) for pool in pools if pool.host in ready for each in prepared]
    refused = await asyncio.gather(*(_prepare(cluster, pool, each) for pool, each in warm))
    unprepared = {
        pool.host: error for (pool, _), error in zip(warm, refused, strict=True) if error is not None
    }
    return WarmUp(ready, failed, len(prepared), unprepared)


async def _fill(pool: HostPool, connections: int | None) -> Error | None:
    """Why the host cannot be used, or None."""
    try:
        await pool.open()
        await pool.fill(connections or pool.core_size)
    except Error as error:
        return error
    return None


async def _prepare(cluster: Cluster, pool: HostPool, statement: PreparedStatement) -> Error | None:
    """Has the host know a statement that another prepared; why it would not, or None."""
    version = cluster.protocol_version or 4
    body = prepare_body(version, statement.query, statement.prepared_keyspace if version >= 5 else None)
    try:
        for connection in pool.connections[:1]:
            await connection.request(OP_PREPARE, body, cluster.settings.options.connect_timeout)
    except Error as error:
        return error
    return None
