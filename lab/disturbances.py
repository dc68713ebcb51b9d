"""What is done to the cluster, the network and the process while the load runs: each applies, holds, heals."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiocql.testing import BlackHole, CassandraCluster, Delay, Drip, FaultProxy, Flip, Stall, Truncate
from aiocql.testing.proxy.fault_proxy import Way

__all__ = ["ALL", "QUICK", "Disturbance", "Lab"]


@dataclass
class Lab:
    """The parts that can be disturbed.

    `proxies` are in the order of the cluster's nodes; `tell` has the load do something, and waits for its end.
    """

    cluster: CassandraCluster
    proxies: list[FaultProxy]
    tell: Callable[[str], Awaitable[None]]
    random: random.Random

    def one(self) -> int:
        """The number of a node."""
        return self.random.randrange(len(self.proxies))


NODE_UP = 300.0
"""Seconds until the others see a started node."""

Disturbance = Callable[[Lab], Awaitable[str]]
"""Disturbs, heals, and says what it did."""


async def reset_connections(lab: Lab) -> str:
    """All connections to one node are reset."""
    lab.proxies[node := lab.one()].reset_all()
    return f"node {node + 1}: all connections reset"


async def cut_connections(lab: Lab) -> str:
    """All connections to one node are closed by its side."""
    lab.proxies[node := lab.one()].cut_all()
    return f"node {node + 1}: all connections closed"


def _held(fault: object, way: Way, seconds: float, what: str) -> Disturbance:
    async def disturb(lab: Lab) -> str:
        proxy = lab.proxies[node := lab.one()]
        rule = proxy.add(fault, way)  # type: ignore[arg-type]
        await asyncio.sleep(seconds)
        proxy.remove(rule)
        if isinstance(fault, BlackHole):
            proxy.reset_all()  # bytes are missing in them: no network would let such a connection live on
        return f"node {node + 1}: {what} for {seconds:g} s"

    return disturb


black_hole = _held(BlackHole(), "both", 8.0, "silence both ways")
black_hole_answers = _held(BlackHole(), "to_client", 8.0, "no answer arrives")
black_hole_requests = _held(BlackHole(), "to_server", 8.0, "no request arrives")
stall = _held(Stall(), "to_server", 6.0, "nothing is read")
delay = _held(Delay(seconds=0.25), "both", 6.0, "250 ms each way")
drip = _held(Drip(size=64, interval=0.005), "to_client", 6.0, "answers drip")


async def flip(lab: Lab) -> str:
    """One byte of each connection to a node is changed on its way to the client."""
    proxy = lab.proxies[node := lab.one()]
    for connection in list(proxy.connections):
        connection.to_client.add(Flip(at=connection.to_client.passed + lab.random.randrange(1, 200)))
    await asyncio.sleep(2.0)
    return f"node {node + 1}: a byte of every connection flipped"


async def truncate(lab: Lab) -> str:
    """A few bytes of each connection to a node are left out on their way to the client."""
    proxy = lab.proxies[node := lab.one()]
    for connection in list(proxy.connections):
        connection.to_client.add(
            Truncate(at=connection.to_client.passed + lab.random.randrange(1, 200), count=3)
        )
    await asyncio.sleep(2.0)
    return f"node {node + 1}: three bytes of every connection left out"


async def refuse_all(lab: Lab) -> str:
    """No node can be reached."""
    for proxy in lab.proxies:
        proxy.refuse()
        proxy.reset_all()
    await asyncio.sleep(4.0)
    for proxy in lab.proxies:
        await proxy.start()
    return "all nodes: connections reset, new ones refused for 4 s"


async def pause_node(lab: Lab) -> str:
    """SIGSTOP, SIGCONT."""
    node = lab.cluster.nodes[lab.one()]
    node.pause()
    await asyncio.sleep(5.0)
    node.resume()
    return f"{node.name}: paused for 5 s"


async def kill_node(lab: Lab) -> str:
    """SIGKILL, and the node started again."""
    node = lab.cluster.nodes[lab.one()]
    await node.kill()
    await asyncio.sleep(3.0)
    await node.start()
    await lab.cluster.wait_until_up(node, timeout=NODE_UP)
    return f"{node.name}: killed and started again"


async def restart_node(lab: Lab) -> str:
    """A restart in good order."""
    node = lab.cluster.nodes[lab.one()]
    await node.restart()
    await lab.cluster.wait_until_up(node, timeout=NODE_UP)
    return f"{node.name}: restarted"


async def block_loop(lab: Lab) -> str:
    """The application keeps its own event loop from running."""
    await lab.tell("block 2.5")
    return "the client's event loop blocked for 2.5 s"


async def alter_table(lab: Lab) -> str:
    """A table gets a column while prepared statements read it."""
    await lab.tell("alter")
    return "a column added to the table that is read"


async def change_schema(lab: Lab) -> str:
    """Tables come and go: each node tells every session of each change."""
    await lab.tell("tables 4")
    return "four tables created and dropped"


QUICK: tuple[Disturbance, ...] = (
    *(reset_connections, cut_connections, black_hole, black_hole_answers, black_hole_requests, stall, delay),
    *(drip, flip, truncate, refuse_all, pause_node, block_loop, alter_table, change_schema),
)
"""Those that leave the nodes running."""
ALL: tuple[Disturbance, ...] = (*QUICK, kill_node, restart_node)
