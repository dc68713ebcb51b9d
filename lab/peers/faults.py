"""The two faults that the clients are compared by, on a real cluster behind proxies whose addresses it advertises."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiocql.testing import BlackHole, CassandraCluster, CassandraNode, FaultProxy
from lab.peers.figures import Blow, used_again

__all__ = ["Ring", "half_open", "proxy_address", "rolling_restart"]

CALM = 8.0
"""Seconds of load before the first blow, over which it is measured what a node usually sends."""
LOOK = 60.0
"""Seconds after which a node that is not used yet is waited for no longer."""
AFTERWARDS = 10.0


def proxy_address(address: str) -> str:
    """Where the proxy of a node listens, and what the node tells clients of itself: 127.1.N.1 gives 127.1.N.101."""
    network, _, last = address.rpartition(".")
    return f"{network}.{int(last) + 100}"


@dataclass(frozen=True)
class Ring:
    """The nodes with their proxies."""

    cluster: CassandraCluster
    proxies: list[FaultProxy]
    silence: float
    """Seconds for which a node says nothing."""

    def sent(self, index: int) -> int:
        """Bytes that a node sent over the connections that are open now."""
        return sum(connection.to_client.delivered for connection in self.proxies[index].connections)

    async def rate(self, index: int, seconds: float) -> float:
        """Bytes a second that a node sends on connections that stay."""
        before = self.sent(index)
        await asyncio.sleep(seconds)
        return max(self.sent(index) - before, 0) / seconds

    async def until_used(self, index: int, usual: float) -> float | None:
        """When the node sends again what it used to send; None when it does not for a minute."""
        end = time.monotonic() + LOOK
        while (now := time.monotonic()) < end:
            moment = used_again([(now, await self.rate(index, 1.0))], usual)
            if moment is not None:
                return moment
        return None


Fault = Callable[[Ring], Awaitable[list[Blow]]]


async def rolling_restart(ring: Ring) -> list[Blow]:
    """Each node is restarted in good order, the next one when the one before is used again."""
    usual = [await ring.rate(index, CALM / len(ring.proxies)) for index in range(len(ring.proxies))]
    blows = [await _restart(ring, index, usual[index]) for index in range(len(ring.proxies))]
    await asyncio.sleep(AFTERWARDS)
    return blows


async def _restart(ring: Ring, index: int, usual: float) -> Blow:
    node, proxy = ring.cluster.nodes[index], ring.proxies[index]
    begun = time.monotonic()
    await _stop(node, proxy)
    await node.start()
    await proxy.start()
    await ring.cluster.wait_until_up(node)
    healed = time.monotonic()
    return Blow(node.name, begun, healed, await ring.until_used(index, usual))


async def _stop(node: CassandraNode, proxy: FaultProxy) -> None:
    """While the node is down, connections to it are refused, as they would be without a proxy."""
    stopping = asyncio.create_task(node.stop())
    while not stopping.done():
        if not await _answers(node):
            proxy.refuse()
            break
        await asyncio.sleep(0.1)
    await stopping
    proxy.refuse()


async def _answers(node: CassandraNode) -> bool:
    """Whether the node takes connections."""
    try:
        _, writer = await asyncio.open_connection(node.address, node.port)
    except OSError:
        return False
    writer.close()
    return True


async def half_open(ring: Ring) -> list[Blow]:
    """One node falls silent without a FIN or an RST, on every connection; then those of before are reset."""
    index = 1
    usual = await ring.rate(index, CALM)
    begun, proxy = time.monotonic(), ring.proxies[index]
    rule = proxy.add(BlackHole(), "both")
    await asyncio.sleep(ring.silence)
    proxy.remove(rule)
    proxy.reset_all()
    healed = time.monotonic()
    blow = Blow(ring.cluster.nodes[index].name, begun, healed, await ring.until_used(index, usual))
    await asyncio.sleep(AFTERWARDS)
    return [blow]
