"""A forked child has the parent's sockets, and the loop that watches them: here it loses them before it runs.

Both would read from one stream, and the timers of both would write to it. In the child each descriptor becomes the
null device: the parent's socket is not closed by that, nothing of it is shut down, and what a child's copy of the loop
still does with the descriptor fails there alone. (To close it would free its number for the child's next file.)
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Protocol
from weakref import WeakSet

if TYPE_CHECKING:
    import asyncio

__all__ = ["keep_from_children"]


class Connected(Protocol):
    """What has a socket, or had one."""

    transport: asyncio.Transport | None


_connections: WeakSet[Connected] = WeakSet()


def keep_from_children(connection: Connected) -> None:
    """Keep the connection's socket out of the reach of children that are forked from now on."""
    _connections.add(connection)


def _lose_all() -> None:
    null = os.open(os.devnull, os.O_RDWR)
    for connection in tuple(_connections):
        socket = connection.transport.get_extra_info("socket") if connection.transport is not None else None
        if socket is not None and (number := socket.fileno()) >= 0:
            os.dup2(null, number, inheritable=False)
    os.close(null)


os.register_at_fork(after_in_child=_lose_all)
