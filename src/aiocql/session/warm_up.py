"""Warm-up: connections stand and statements are prepared before traffic is let in."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from aiocql.errors import Error

if TYPE_CHECKING:
    from aiocql.cluster.cluster import Cluster
    from aiocql.metadata.host import Host
    from aiocql.pool.pool import HostPool
    from aiocql.session.session import Session

__all__ = ["WarmUp", "warm_up"]


class WarmUp(NamedTuple):
    """What a warm-up came to: the hosts that are ready, with their connections, and those that are not, with why."""

    ready: dict[Host, int]
    failed: dict[Host, Error]
    prepared: int


async def warm_up(
    session: Session[Any], cluster: Cluster, connections: int | None, statements: Iterable[str]
) -> WarmUp:
    """Opens every used host's pool to `connections` (its core by default) and prepares `statements`."""
    pools = tuple(cluster.pools.values())
    outcomes = await asyncio.gather(*(_fill(pool, connections) for pool in pools))
    ready, failed = {}, {}
    for pool, error in zip(pools, outcomes, strict=True):
        if error is None:
            ready[pool.host] = len(pool.connections)
        else:
            failed[pool.host] = error
    prepared = await asyncio.gather(*(session.prepare(each) for each in statements))
    return WarmUp(ready, failed, len(prepared))


async def _fill(pool: HostPool, connections: int | None) -> Error | None:
    """Why the host cannot be used, or None."""
    try:
        await pool.open()
        await pool.fill(connections or pool.core_size)
    except Error as error:
        return error
    return None
