"""Contact points to addresses: a name stands for all that it resolves to, asked anew each time."""

from __future__ import annotations

import asyncio
import socket
import threading
from typing import TYPE_CHECKING, Any

from aiocql.errors import Attempt, ConnectFailed
from aiocql.nodes.host import Host

if TYPE_CHECKING:
    from aiocql.options.dsn import ContactPoint

__all__ = ["lookup", "resolve_contact_point"]


async def resolve_contact_point(
    point: ContactPoint, attempts: list[Attempt], timeout: float = 5.0
) -> list[Host]:
    """The hosts that a contact point stands for, in order.

    None, and the reason in `attempts`, for a name that cannot be resolved within `timeout` seconds.
    """
    port = point.port or 0
    if point.is_unix:
        return [Host(point.host, port)]
    try:
        async with asyncio.timeout(timeout):
            return [Host(address, port) for address in await lookup(point.host, port)]
    except (OSError, UnicodeError) as error:
        attempts.append(Attempt(f"{point.host}:{port}", _unresolved(point.host, error, timeout)))
        return []


def _unresolved(name: str, error: Exception, timeout: float) -> ConnectFailed:
    # TimeoutError is an OSError; one of our own has no errno.
    if isinstance(error, TimeoutError) and error.errno is None:
        reason = f"no answer within {timeout:g} s"
    else:
        reason = getattr(error, "strerror", None) or str(error)
    return ConnectFailed(
        f"the name {name!r} cannot be resolved: {reason}",
        hint="is it spelt right, and does it resolve on this machine?",
    )


async def lookup(name: str, port: int) -> list[str]:
    """All addresses of a name, each once; an address stands for itself. Raises OSError."""
    if _is_address(name):
        return [name]
    loop = asyncio.get_running_loop()
    if type(loop).getaddrinfo is asyncio.BaseEventLoop.getaddrinfo:
        found = await _in_a_thread(name, port)
    else:
        # A loop that has a resolver of its own (uvloop, that of the tests) is asked itself.
        found = await loop.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def _is_address(name: str) -> bool:
    from ipaddress import ip_address

    try:
        ip_address(name)
    except ValueError:
        return False
    return True


async def _in_a_thread(name: str, port: int) -> list[Any]:
    """getaddrinfo, in a thread of its own.

    It can hang for minutes: in the loop's default executor it would hold up other work there and the end of the
    program, which waits for that executor's threads. Nobody waits for this one.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[list[Any]] = loop.create_future()

    def tell(result: list[Any] | None, error: Exception | None) -> None:
        if future.done():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result or [])

    def run() -> None:
        try:
            outcome: tuple[list[Any] | None, Exception | None] = (
                socket.getaddrinfo(name, port, type=socket.SOCK_STREAM),
                None,
            )
        except (OSError, UnicodeError) as error:
            outcome = (None, error)
        try:
            loop.call_soon_threadsafe(tell, *outcome)
        except RuntimeError:
            # The loop was closed meanwhile: nobody waits.
            return

    threading.Thread(target=run, name=f"aiocql lookup {name}", daemon=True).start()
    return await future
