"""The source of `aiocql top`: a new session, or the live view that another process serves."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, Protocol

from aiocql.errors import ConnectFailed, InterfaceError

if TYPE_CHECKING:
    from aiocql.session.session import Session

__all__ = ["Attached", "Own", "Source"]

TIMEOUT = 5.0
MAX_RESPONSE = 16 * 1024 * 1024


class Source(Protocol):
    """Something that returns what `Session.inspect` returns."""

    async def look(self) -> dict[str, Any]: ...


class Own:
    """A session of this process. Every look asks each host, so that there are latencies to be seen."""

    def __init__(self, session: Session[Any]) -> None:
        self._session = session

    async def look(self) -> dict[str, Any]:
        """Asks the hosts, then looks."""
        await self._session.check_health(timeout=TIMEOUT)
        return self._session.inspect()


class Attached:
    """Another process: `place` is the path of its UNIX socket, or the URL of its live page."""

    def __init__(self, place: str) -> None:
        self.place = place

    async def look(self) -> dict[str, Any]:
        """Return the process's figures.

        Raises:
            ConnectFailed: the process does not respond.
            InterfaceError: the response is not one of a live view of this version.
        """
        try:
            async with asyncio.timeout(TIMEOUT):
                response = await (self._over_http() if "://" in self.place else self._over_socket())
        except (OSError, TimeoutError) as error:
            raise ConnectFailed(
                f"{self.place}: {error or 'no response'}",
                hint="does the process serve a live view there: await LiveView(session).serve_unix(path)?",
            ) from None
        except ValueError:  # a line or URL that cannot be read
            response = b""
        try:
            found: dict[str, Any] = json.loads(response)
            if found["format"] != 1:
                raise ValueError
        except (ValueError, KeyError, TypeError):
            raise InterfaceError(
                f"{self.place} is no live view of aiocql that this version understands"
            ) from None
        return found

    async def _over_socket(self) -> bytes:
        reader, writer = await asyncio.open_unix_connection(self.place, limit=MAX_RESPONSE)
        try:
            writer.write(b'{"get": "inspect"}\n')
            return await reader.readline()
        finally:
            writer.close()

    async def _over_http(self) -> bytes:
        return await asyncio.to_thread(_fetch, f"{self.place.rstrip('/')}/data")


def _fetch(url: str) -> bytes:
    """Return what a URL responds with, or nothing for an error status.

    No proxy is used: the process is on this machine, or on a network that this one reaches.
    """
    from urllib.error import HTTPError
    from urllib.request import ProxyHandler, build_opener

    try:
        with build_opener(ProxyHandler({})).open(url, timeout=TIMEOUT) as response:
            found: bytes = response.read(MAX_RESPONSE)
            return found
    except HTTPError as error:
        error.close()
        return b""
