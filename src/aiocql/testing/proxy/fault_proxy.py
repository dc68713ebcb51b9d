"""A TCP proxy that breaks connections at any byte: cut, reset, half-open, stall, delay, drip, flip, truncate.

::

    async with FaultProxy(server.address, server.port) as proxy:
        proxy.add(Reset(at=100), "to_client", connection=2)     # the second connection, after 100 bytes of answers
        ...  # a driver connects to proxy.address, proxy.port
        proxy.add(BlackHole(), "both")                          # now, on every connection, present and to come
        proxy.clear()                                           # healed
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Self

from aiocql.testing.changes import Changes
from aiocql.testing.proxy.direction import Direction
from aiocql.testing.proxy.faults import Fault
from aiocql.testing.proxy.side import Side

__all__ = ["FaultProxy", "ProxyConnection", "Rule", "Way"]

Way = Literal["to_server", "to_client", "both"]
Which = int | Callable[[int], bool] | None


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """A fault, which way it works, and on which connections: None for all, a number from 1, or a function of it."""

    fault: Fault
    way: Way
    connection: Which = None

    def applies_to(self, number: int) -> bool:
        """Whether the connection of that number is meant."""
        if callable(self.connection):
            return self.connection(number)
        return self.connection in (None, number)


class FaultProxy:
    """Listens at `address` and `port` (0: a free one) and connects to the target for each client.

    `connections` are the open ones; `connection_count` counts all. `target` may be changed live.
    """

    def __init__(
        self, target_address: str, target_port: int, *, address: str = "127.0.0.1", port: int = 0
    ) -> None:
        self.target = (target_address, target_port)
        self.address = address
        self.port = port
        self.connection_count = 0
        self.connections: list[ProxyConnection] = []
        self.rules: list[Rule] = []
        self._listener: asyncio.Server | None = None
        self.changes = Changes()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Listen; at the same port as before, if it ran before."""
        loop = asyncio.get_running_loop()
        self._listener = await loop.create_server(self._accept, self.address, self.port)
        self.port = self._listener.sockets[0].getsockname()[1]

    def refuse(self) -> None:
        """Stop listening: new connections are refused, those there are go on. `start` listens again."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    async def stop(self) -> None:
        """Stop listening and reset every connection."""
        self.refuse()
        self.reset_all()
        await self.until(lambda: not self.connections)

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until the condition holds; it is looked at whenever bytes pass, or a connection comes or ends."""
        await self.changes.until(condition)

    def add(self, fault: Fault, way: Way = "both", *, connection: Which = None) -> Rule:
        """Add a fault to the connections meant, those there are and those to come."""
        rule = Rule(fault, way, connection)
        self.rules.append(rule)
        for other in list(self.connections):
            other.add(rule)
        return rule

    def remove(self, rule: Rule) -> None:
        """Take one fault away; what it held back is let go."""
        self.rules.remove(rule)
        for connection in list(self.connections):
            connection.remove(rule)

    def clear(self) -> None:
        """Take all faults away."""
        for rule in list(self.rules):
            self.remove(rule)

    def cut_all(self) -> None:
        """Close all open connections, both sides."""
        for connection in list(self.connections):
            connection.finish("cut")

    def reset_all(self) -> None:
        """Reset all open connections, both sides."""
        for connection in list(self.connections):
            connection.finish("reset")

    def _accept(self) -> Side:
        self.connection_count += 1
        connection = ProxyConnection(self, self.connection_count)
        self.connections.append(connection)
        for rule in self.rules:
            connection.add(rule)
        return connection.client

    def ended(self, connection: ProxyConnection) -> None:
        """Both sides of a connection are gone."""
        self.connections.remove(connection)
        self.changes.changed()


class ProxyConnection:
    """A client's connection and the one to the server that is made for it.

    `to_server` and `to_client` are its directions: faults may be added to them, `passed` counts their bytes.
    """

    def __init__(self, proxy: FaultProxy, number: int) -> None:
        self._proxy = proxy
        self.number = number
        self.client = Side(self, is_client=True)
        self._server: Side | None = None
        self.to_server = Direction(self.finish)
        self.to_client = Direction(self.finish)
        self._connecting: asyncio.Task[None] | None = None

    def add(self, rule: Rule) -> None:
        """Add the rule's fault, if it is meant for this connection."""
        if rule.applies_to(self.number):
            if rule.way in ("to_server", "both"):
                self.to_server.add(rule.fault)
            if rule.way in ("to_client", "both"):
                self.to_client.add(rule.fault)

    def remove(self, rule: Rule) -> None:
        """Take the rule's fault away."""
        self.to_server.remove(rule.fault)
        self.to_client.remove(rule.fault)

    def finish(self, how: Literal["cut", "reset"]) -> None:
        """Close or reset both sides now."""
        self.to_server.stop()
        self.to_client.stop()
        if self._connecting is not None:
            self._connecting.cancel()
        for side in self._sides():
            if how == "cut":
                side.close()
            else:
                side.reset()

    def _sides(self) -> list[Side]:
        return [self.client] if self._server is None else [self.client, self._server]

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            await loop.create_connection(lambda: Side(self, is_client=False), *self._proxy.target)
        except OSError:
            self._connecting = None
            self.finish("reset")

    # --- SideOwner ---

    def side_made(self, side: Side) -> None:
        """A socket is connected: the client's first, then the server's."""
        if side.is_client:
            self._connecting = asyncio.get_running_loop().create_task(self._connect())
        elif self.client.lost:
            side.reset()
        else:
            self._server = side
            self.to_server.start(self.client, side)
            self.to_client.start(side, self.client)
        self._proxy.changes.changed()

    def _from(self, side: Side) -> Direction:
        return self.to_server if side.is_client else self.to_client

    def side_received(self, side: Side, data: bytes) -> None:
        """Bytes came."""
        self._from(side).feed(data)
        self._proxy.changes.changed()

    def side_ended(self, side: Side) -> None:
        """A FIN came; after the second one the connection is closed."""
        self._from(side).feed_end("end")
        self._proxy.changes.changed()
        if self.to_server.source_over and self.to_client.source_over:
            self.finish("cut")

    def side_full(self, side: Side, full: bool) -> None:
        """A side takes no more for now, or again."""
        (self.to_client if side.is_client else self.to_server).sink_full(full)

    def side_lost(self, side: Side, was_reset: bool) -> None:
        """A side is gone, by an RST perhaps, which the other side is to see as one."""
        if was_reset:
            self._from(side).feed_end("reset")
        if all(other.lost for other in self._sides()) and self in self._proxy.connections:
            self.finish("reset")
            self._proxy.ended(self)
