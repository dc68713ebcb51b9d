"""One socket of a proxied connection."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import struct
from typing import Protocol

__all__ = ["Side", "SideOwner"]


class SideOwner(Protocol):
    """What a side tells of."""

    def side_made(self, side: Side) -> None: ...
    def side_received(self, side: Side, data: bytes) -> None: ...
    def side_ended(self, side: Side) -> None: ...
    def side_lost(self, side: Side, was_reset: bool) -> None: ...
    def side_full(self, side: Side, full: bool) -> None: ...


class Side(asyncio.Protocol):
    """Report events of the socket to the owner, and carry out the owner's commands in any state of the socket."""

    def __init__(self, owner: SideOwner, *, is_client: bool) -> None:
        self._owner = owner
        self.is_client = is_client
        self.lost = False
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.pause_reading()
        self._owner.side_made(self)

    def data_received(self, data: bytes) -> None:
        self._owner.side_received(self, data)

    def eof_received(self) -> bool:
        self._owner.side_ended(self)
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost = True
        self._owner.side_lost(self, exc is not None)

    def pause_writing(self) -> None:
        self._owner.side_full(self, True)

    def resume_writing(self) -> None:
        self._owner.side_full(self, False)

    # --- commands ---

    def _open(self) -> asyncio.Transport | None:
        transport = self._transport
        return transport if transport is not None and not transport.is_closing() else None

    def set_reading(self, reading: bool) -> None:
        """Take bytes from the socket, or leave them there."""
        transport = self._open()
        if transport is None or transport.is_reading() == reading:
            return
        if reading:
            transport.resume_reading()
        else:
            transport.pause_reading()

    def write(self, data: bytes) -> None:
        """Send."""
        transport = self._open()
        if transport is not None:
            transport.write(data)

    def write_end(self) -> None:
        """Send a FIN after what was written."""
        transport = self._open()
        if transport is not None:
            with contextlib.suppress(OSError):
                transport.write_eof()

    def close(self) -> None:
        """Close after what was written, with a FIN: the kernel sends an RST where bytes were left unread."""
        if self._transport is not None:
            self.set_reading(False)
            sock = self._socket()
            with contextlib.suppress(OSError):
                while sock is not None and os.read(sock.fileno(), 65536):
                    pass
            self._transport.close()

    def reset(self) -> None:
        """Close with an RST; what the socket did not send is lost."""
        if self._transport is not None:
            sock = self._socket()
            if sock is not None:
                with contextlib.suppress(OSError):
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._transport.abort()

    def _socket(self) -> socket.socket | None:
        """None for a transport in memory, and for one that is closed."""
        transport = self._open()
        sock: socket.socket | None = transport.get_extra_info("socket") if transport is not None else None
        return sock
