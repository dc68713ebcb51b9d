"""The end of a session: what is in flight may finish, for a while; then everything ends."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aiocql.cluster.cluster import Cluster
    from aiocql.connection.connection import Connection
    from aiocql.execution.throttling import Throttler

__all__ = ["close_socket", "drain"]

FIRST_LOOK = 0.001
LONGEST_LOOK = 0.05


async def drain(cluster: Cluster, timeout: float, throttlers: Iterable[Throttler] = ()) -> None:
    """Waits until nothing is in flight, for at most `timeout` seconds.

    It looks again and again: a request may be retried, prepared again or moved to another host on the way, so that no
    single connection could tell.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + timeout
    step = FIRST_LOOK
    while (cluster.pending or _held_back(throttlers)) and loop.time() < end:
        await asyncio.sleep(min(step, max(end - loop.time(), 0)))
        step = min(step * 2, LONGEST_LOOK)


def _held_back(throttlers: Iterable[Throttler]) -> int:
    """Requests that wait for their turn by a limit."""
    return sum(throttler.throttle.waiting for throttler in throttlers)


def close_socket(connection: Connection) -> None:
    """Close the socket of a connection whose event loop is closed; the transport would need the loop for it."""
    transport = connection.transport
    shown = transport.get_extra_info("socket") if transport is not None else None
    if shown is None or shown.fileno() < 0:
        return
    sock = socket.socket(fileno=os.dup(shown.fileno()))
    with sock, contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
    # asyncio keeps the socket itself under this name, and closes it in a finalizer, with a warning.
    inner = getattr(shown, "_sock", None)
    if inner is not None:
        inner.close()
    for each in (transport, getattr(getattr(transport, "_ssl_protocol", None), "_transport", None)):
        if getattr(each, "_sock", None) is not None:
            each._sock = None  # type: ignore[union-attr]
