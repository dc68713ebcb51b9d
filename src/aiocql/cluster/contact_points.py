"""Contact points to addresses: a name stands for all that it resolves to."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterable
from typing import TYPE_CHECKING

from aiocql.errors import Attempt, ConnectFailed
from aiocql.metadata.host import Host

if TYPE_CHECKING:
    from aiocql.dsn import ContactPoint

__all__ = ["resolve_contact_points"]


async def resolve_contact_points(
    points: Iterable[ContactPoint], attempts: list[Attempt]
) -> AsyncIterator[Host]:
    """The hosts to ask, in order; a name that cannot be resolved is noted in `attempts`."""
    loop = asyncio.get_running_loop()
    seen: set[tuple[str, int]] = set()
    for point in points:
        port = point.port or 0
        if point.is_unix:
            yield Host(point.host, port)
            continue
        try:
            found = await loop.getaddrinfo(point.host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            failed = ConnectFailed(
                f"the name {point.host!r} cannot be resolved: {error.strerror or error}",
                hint="is it spelt right, and does it resolve on this machine?",
            )
            attempts.append(Attempt(f"{point.host}:{port}", failed))
            continue
        for *_, address in found:
            where = (str(address[0]), port)
            if where not in seen:
                seen.add(where)
                yield Host(*where)
