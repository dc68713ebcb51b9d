"""A virtual-time loop with a network in memory: servers, clients, TLS and names without a socket or a thread.

`loop.create_server` and `loop.create_connection` meet in `loop.network`, so that scripted servers, proxies and
drivers run in it as they are, each time in the same order.
"""

from __future__ import annotations

import asyncio
import socket
import ssl as ssl_module
from asyncio import sslproto
from collections.abc import Callable, Sequence
from typing import Any

from aiocql.testing.loop.pipes import connect_pipe
from aiocql.testing.loop.virtual_time import VirtualTimeLoop

__all__ = ["MemoryLoop", "MemoryNetwork"]


class MemoryNetwork:
    """Who listens where. `names` resolve as they say; connects to an address in `silent` are never answered.

    `latency`: seconds each way on connections made from now on.
    """

    def __init__(self) -> None:
        self.listeners: dict[tuple[str, int], MemoryServer] = {}
        self.names: dict[str, list[str]] = {"localhost": ["127.0.0.1"]}
        self.silent: set[str] = set()
        self.latency = 0.0
        self._next_port = 30000

    def free_port(self) -> int:
        """A port that nobody had."""
        self._next_port += 1
        return self._next_port


class _Name:
    """What stands for the socket of a server."""

    def __init__(self, name: tuple[str, int]) -> None:
        self._name = name

    def getsockname(self) -> tuple[str, int]:
        return self._name


class MemoryServer:
    """What `create_server` gives: the part of `asyncio.Server` that servers use."""

    def __init__(
        self,
        network: MemoryNetwork,
        factory: Callable[[], asyncio.BaseProtocol],
        name: tuple[str, int],
        ssl: ssl_module.SSLContext | None,
    ) -> None:
        self.factory = factory
        self.name = name
        self.ssl = ssl
        self.sockets = (_Name(name),)
        self._network = network
        network.listeners[name] = self

    def close(self) -> None:
        if self.is_serving():
            del self._network.listeners[self.name]

    def is_serving(self) -> bool:
        return self._network.listeners.get(self.name) is self

    async def wait_closed(self) -> None:
        pass


class MemoryLoop(VirtualTimeLoop):
    """A `VirtualTimeLoop` whose connections by host and port are pipes in memory."""

    def __init__(self, *, patience: float = 0.0, time_limit: float = 1e5) -> None:
        super().__init__(patience=patience, time_limit=time_limit)
        self.network = MemoryNetwork()

    async def getaddrinfo(self, host: Any, port: Any, **_: Any) -> list[Any]:
        """Numeric addresses, and what `network.names` knows."""
        found = [
            (family, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (address, int(port)))
            for address in self._addresses(str(host))
            for family in [socket.AF_INET6 if ":" in address else socket.AF_INET]
        ]
        await asyncio.sleep(0)
        if not found:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return found

    def _addresses(self, host: str) -> Sequence[str]:
        numeric = ":" in host or host.replace(".", "").isdigit()
        return [host] if numeric else self.network.names.get(host, ())

    async def create_server(  # type: ignore[override]
        self,
        protocol_factory: Callable[[], asyncio.BaseProtocol],
        host: Any = None,
        port: Any = 0,
        *,
        ssl: ssl_module.SSLContext | None = None,
        **_: Any,
    ) -> MemoryServer:
        """Listen in memory."""
        await asyncio.sleep(0)
        name = (str(host), int(port) or self.network.free_port())
        if name in self.network.listeners:
            raise OSError(98, f"error while attempting to bind on address {name}: address already in use")
        return MemoryServer(self.network, protocol_factory, name, ssl)

    async def create_connection(  # type: ignore[override]
        self,
        protocol_factory: Callable[[], asyncio.BaseProtocol],
        host: Any = None,
        port: Any = None,
        *,
        ssl: ssl_module.SSLContext | bool | None = None,
        server_hostname: str | None = None,
        **_: Any,
    ) -> tuple[asyncio.Transport, asyncio.BaseProtocol]:
        """Connect in memory: the first address of the name that somebody listens at."""
        infos = await self.getaddrinfo(host, port)
        listener = await self._reach([info[4] for info in infos])
        protocol = protocol_factory()
        wire, made = self._client_side(protocol, ssl, host if server_hostname is None else server_hostname)
        transport, _theirs = connect_pipe(
            wire,
            _server_side(self, listener),
            latency=self.network.latency,
            client_name=("127.0.0.1", self.network.free_port()),
            server_name=listener.name,
        )
        try:
            await made
        except BaseException:
            transport.abort()
            raise
        return (wire._app_transport if isinstance(wire, sslproto.SSLProtocol) else transport), protocol

    async def _reach(self, names: Sequence[tuple[str, int]]) -> MemoryServer:
        for name in names:
            if name[0] in self.network.silent:
                await self.create_future()
            await asyncio.sleep(2 * self.network.latency)
            listener = self.network.listeners.get(name)
            if listener is not None:
                return listener
        raise ConnectionRefusedError(111, f"Connect call failed {names[-1]}")

    def _client_side(
        self, protocol: asyncio.BaseProtocol, ssl: ssl_module.SSLContext | bool | None, hostname: str
    ) -> tuple[asyncio.BaseProtocol, asyncio.Future[None]]:
        made: asyncio.Future[None] = self.create_future()
        if ssl is None or ssl is False:
            self.call_soon(lambda: self.call_soon(_set, made))
            return protocol, made
        context = ssl_module.create_default_context() if ssl is True else ssl
        return sslproto.SSLProtocol(self, protocol, context, made, False, hostname), made


def _set(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


def _server_side(loop: asyncio.AbstractEventLoop, listener: MemoryServer) -> asyncio.BaseProtocol:
    protocol = listener.factory()
    if listener.ssl is None:
        return protocol
    waiter = loop.create_future()
    # A failed handshake is the client's to see.
    waiter.add_done_callback(lambda done: done.cancelled() or done.exception())
    return sslproto.SSLProtocol(loop, protocol, listener.ssl, waiter, True)
