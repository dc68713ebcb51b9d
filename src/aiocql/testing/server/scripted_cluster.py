"""Scripted servers as one cluster: each knows the others, and tells clients when one comes, goes or moves.

::

    async with ScriptedCluster(3, first_address="127.0.50.1") as cluster:
        prime = cluster.prime("SELECT v FROM t", columns=[("v", "int")], rows=[(1,)])
        ...  # a driver connects to cluster.contact_point
        await cluster.stop_node(1)
"""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Sequence
from typing import Any, Self

from aiocql.testing.server.answers import SchemaChangeEvent, StatusChange, TopologyChange
from aiocql.testing.server.priming import AnswerSource, Prime, When
from aiocql.testing.server.requests import ReceivedRequest
from aiocql.testing.server.scripted_server import ScriptedServer
from aiocql.testing.server.system_tables import ClusterView, Node

__all__ = ["ScriptedCluster", "even_tokens"]


def even_tokens(nodes: int, per_node: int) -> list[list[str]]:
    """Murmur3 tokens that share the ring evenly: those of each node, interleaved."""
    total = nodes * per_node
    ring = [str(-(2**63) + position * 2**64 // total) for position in range(total)]
    return [ring[index::nodes] for index in range(nodes)]


class ScriptedCluster:
    """`nodes` scripted servers.

    With `first_address` node i listens at the i-th address from there, all at one port (`port`, 0 for a free one),
    as a real cluster does; without it all are at 127.0.0.1 with ports of their own. `datacenters` and `racks` name
    each node's (the last ones repeat). Other parameters are those of every `ScriptedServer`.
    """

    def __init__(
        self,
        nodes: int = 3,
        *,
        first_address: str | None = None,
        port: int = 0,
        datacenters: Sequence[str] = ("datacenter1",),
        racks: Sequence[str] = ("rack1",),
        tokens_per_node: int = 1,
        name: str = "Scripted Cluster",
        **server: Any,
    ) -> None:
        self.view = ClusterView(name=name)
        self.first_address = first_address
        self.port = port
        self._server = server
        self._primes: list[Prime] = []
        self._next_address = 0
        self.nodes: list[ScriptedServer] = []
        for index, tokens in enumerate(even_tokens(nodes, tokens_per_node)):
            datacenter = datacenters[min(index, len(datacenters) - 1)]
            self._make(datacenter, racks[min(index, len(racks) - 1)], tokens)

    def _make(self, datacenter: str, rack: str, tokens: Sequence[str]) -> ScriptedServer:
        address = "127.0.0.1"
        if self.first_address is not None:
            address = str(ipaddress.ip_address(self.first_address) + self._next_address)
            self._next_address += 1
        node = Node(address, self.port, datacenter, rack, tokens=tokens)
        server = ScriptedServer(address, node=node, view=self.view, **self._server)
        for prime in reversed(self._primes):
            server.add_prime(prime)
        self.nodes.append(server)
        return server

    # --- life ---

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def contact_point(self) -> tuple[str, int]:
        """Address and port of the first node."""
        return self.nodes[0].address, self.nodes[0].port

    async def start(self) -> None:
        """Start every node that does not run."""
        try:
            for server in self.nodes:
                if not server.is_running:
                    await self._start(server)
        except OSError:
            await self.stop()
            raise

    async def _start(self, server: ScriptedServer) -> None:
        if self.first_address is not None and server.port == 0:
            server.port = self.port
        await server.start()
        if self.first_address is not None and self.port == 0:
            self.port = server.port

    async def stop(self, *, reset: bool = False) -> None:
        """Stop every node; `start` brings them back at the same addresses."""
        await asyncio.gather(*(server.stop(reset=reset) for server in self.nodes))

    # --- nodes come and go; `announce` tells it to the clients of the others ---

    async def stop_node(self, index: int, *, reset: bool = False, announce: bool = True) -> None:
        """One node goes down."""
        server = self.nodes[index]
        await server.stop(reset=reset)
        if announce:
            self.push(StatusChange("DOWN", server.address, server.port))

    async def start_node(self, index: int, *, announce: bool = True) -> None:
        """One node comes back, knowing no prepared statement."""
        server = self.nodes[index]
        server.forget_prepared()
        await self._start(server)
        if announce:
            self.push(StatusChange("UP", server.address, server.port))

    async def move_node(
        self, index: int, address: str | None = None, port: int = 0, *, announce: bool = True
    ) -> None:
        """One node restarts at another address or port; its host id stays."""
        server = self.nodes[index]
        await self.stop_node(index, announce=announce)
        server.address = server.node.address = address or server.address
        server.port = port
        await self.start_node(index, announce=announce)

    async def add_node(
        self,
        datacenter: str = "datacenter1",
        rack: str = "rack1",
        tokens: Sequence[str] | None = None,
        *,
        announce: bool = True,
    ) -> ScriptedServer:
        """One more node joins; without `tokens` it takes half of the widest range."""
        server = self._make(datacenter, rack, tokens or [self._free_token()])
        await self._start(server)
        if announce:
            self.push(TopologyChange("NEW_NODE", server.address, server.port))
            self.push(StatusChange("UP", server.address, server.port))
        return server

    def _free_token(self) -> str:
        taken = sorted(int(token) for node in self.view.nodes for token in node.tokens)
        if not taken:
            return "0"
        ends = [*taken[1:], taken[0] + 2**64]
        width, start = max((end - start, start) for start, end in zip(taken, ends, strict=True))
        middle = start + width // 2
        return str(middle - 2**64 if middle >= 2**63 else middle)

    async def remove_node(self, index: int, *, announce: bool = True) -> ScriptedServer:
        """One node leaves for good."""
        server = self.nodes.pop(index)
        await server.stop()
        self.view.nodes.remove(server.node)
        if announce:
            self.push(TopologyChange("REMOVED_NODE", server.address, server.port))
        return server

    def push(self, event: StatusChange | TopologyChange | SchemaChangeEvent) -> int:
        """Send an event from every node to the connections that registered for it; gives their number."""
        return sum(server.push(event) for server in self.nodes)

    # --- scripting and watching ---

    def prime(self, when: When, answer: AnswerSource | None = None, **how: Any) -> Prime:
        """Prime every node, those to come too, with one shared `Prime`: its counts are the cluster's."""
        prime = Prime(when, answer, **how)
        self._primes.insert(0, prime)
        for server in self.nodes:
            server.add_prime(prime)
        return prime

    def unprime(self, prime: Prime) -> None:
        """Take a shared prime away."""
        self._primes.remove(prime)
        for server in self.nodes:
            server.unprime(prime)

    @property
    def requests(self) -> list[ReceivedRequest]:
        """What arrived at all nodes, node after node."""
        return [request for server in self.nodes for request in server.requests]

    @property
    def violations(self) -> list[str]:
        """What clients did against the protocol, at all nodes."""
        return [violation for server in self.nodes for violation in server.violations]
