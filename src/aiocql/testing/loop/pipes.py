"""Transports in memory: `connect_pipe` joins two protocols without a socket, in the loop's own time.

What is written is not copied until the other side takes it, as Python 3.12 and uvloop hold it: a writer that
changes its buffer afterwards is found out.
"""

from __future__ import annotations

import asyncio
import collections
from typing import Any

__all__ = ["PipeTransport", "connect_pipe"]

_HIGH = 64 * 1024


def connect_pipe(
    client: asyncio.BaseProtocol,
    server: asyncio.BaseProtocol,
    *,
    latency: float = 0.0,
    client_name: tuple[str, int] = ("127.0.0.1", 40000),
    server_name: tuple[str, int] = ("127.0.0.1", 9042),
) -> tuple[PipeTransport, PipeTransport]:
    """Join two protocols; both see `connection_made` at the loop's next turn. `latency`: seconds each way."""
    loop = asyncio.get_running_loop()
    ours = PipeTransport(loop, client, latency, client_name, server_name)
    theirs = PipeTransport(loop, server, latency, server_name, client_name)
    ours.peer, theirs.peer = theirs, ours
    loop.call_soon(theirs.begin)
    loop.call_soon(ours.begin)
    return ours, theirs


class PipeTransport(asyncio.Transport):
    """One end of a pipe. `get_write_buffer_size` is what the other end has not yet taken."""

    peer: PipeTransport

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        protocol: asyncio.BaseProtocol,
        latency: float,
        sockname: tuple[str, int],
        peername: tuple[str, int],
    ) -> None:
        super().__init__({"sockname": sockname, "peername": peername})
        self._loop = loop
        self._protocol = protocol
        self._latency = latency
        self._incoming: collections.deque[memoryview | None] = collections.deque()
        self._made = self._reading = self._closing = self._lost = False
        self._wrote_eof = False
        self._unsent = 0
        self._full = False
        self._high, self._low = _HIGH, _HIGH // 4

    def begin(self) -> None:
        """Tell the protocol of its connection."""
        self._made = self._reading = True
        self._protocol.connection_made(self)
        self._drain()

    # --- writing ---

    def write(self, data: bytes | bytearray | memoryview[Any]) -> None:
        if self._closing or not data:
            return
        if self._wrote_eof:
            raise RuntimeError("Cannot call write() after write_eof()")
        view = memoryview(data)
        self._unsent += view.nbytes
        self._send(view)
        if self._unsent > self._high and not self._full:
            self._full = True
            self._protocol.pause_writing()

    def _send(self, item: memoryview | None) -> None:
        if self._latency > 0:
            self._loop.call_later(self._latency, self.peer.arrive, item)
        else:
            self._loop.call_soon(self.peer.arrive, item)

    def write_eof(self) -> None:
        if not self._closing and not self._wrote_eof:
            self._wrote_eof = True
            self._send(None)

    def can_write_eof(self) -> bool:
        return True

    def taken(self, size: int) -> None:
        """The other end took bytes."""
        self._unsent -= size
        if self._full and self._unsent <= self._low and not self._lost:
            self._full = False
            self._protocol.resume_writing()
        if self._closing and self._unsent == 0:
            self._loop.call_soon(self.lose, None)

    def get_write_buffer_size(self) -> int:
        return self._unsent

    def get_write_buffer_limits(self) -> tuple[int, int]:
        return self._low, self._high

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        self._high = high if high is not None else 4 * low if low is not None else _HIGH
        self._low = low if low is not None else self._high // 4

    # --- reading ---

    def arrive(self, item: memoryview | None) -> None:
        """Bytes, or the end (None), are here."""
        if self._lost:
            if item is not None:
                # As a closed socket answers to bytes: with an RST.
                self.peer.lose(ConnectionResetError(104, "Connection reset by peer"))
            return
        self._incoming.append(item)
        if self._closing:
            self._refuse_incoming()
        self._drain()

    def _drain(self) -> None:
        while self._incoming and self._reading and not self._closing:
            item = self._incoming.popleft()
            if item is not None:
                self._give(item)
                self.peer.taken(item.nbytes)
            elif not self._eof():
                self.close()

    def _eof(self) -> bool:
        assert isinstance(self._protocol, asyncio.Protocol | asyncio.BufferedProtocol)
        return bool(self._protocol.eof_received())

    def _give(self, data: memoryview) -> None:
        protocol = self._protocol
        if not isinstance(protocol, asyncio.BufferedProtocol):
            assert isinstance(protocol, asyncio.Protocol)
            protocol.data_received(bytes(data))
            return
        data = data.cast("B")
        while data and not self._closing:
            buffer = memoryview(protocol.get_buffer(len(data)))
            size = min(len(buffer), len(data))
            buffer[:size] = data[:size]
            buffer.release()
            data = data[size:]
            protocol.buffer_updated(size)

    def pause_reading(self) -> None:
        self._reading = False

    def resume_reading(self) -> None:
        if not self._reading:
            self._reading = True
            self._loop.call_soon(self._drain)

    def is_reading(self) -> bool:
        return self._reading and not self._closing

    # --- ending ---

    def is_closing(self) -> bool:
        return self._closing

    def close(self) -> None:
        if self._closing:
            return
        self.write_eof()
        self._closing = True
        self._refuse_incoming()
        if self._unsent == 0:
            self._loop.call_soon(self.lose, None)

    def _refuse_incoming(self) -> None:
        """Nobody reads any more what came; the other end need not wait for it."""
        size = sum(item.nbytes for item in self._incoming if item is not None)
        self._incoming.clear()
        if size:
            self.peer.taken(size)

    def abort(self) -> None:
        self._force_close(None)

    def _force_close(self, error: Exception | None) -> None:
        """Abort and pass the error to the protocol. asyncio's TLS calls this when a handshake failed."""
        if not self._lost:
            self._closing = True
            self._loop.call_soon(self.lose, error)
            self._loop.call_soon(self.peer.lose, ConnectionResetError(104, "Connection reset by peer"))

    def lose(self, error: Exception | None) -> None:
        """The connection is over."""
        if not self._lost:
            self._lost = self._closing = True
            self._refuse_incoming()
            if self._made:
                self._protocol.connection_lost(error)

    # --- protocol ---

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._protocol = protocol

    def get_protocol(self) -> asyncio.BaseProtocol:
        return self._protocol
