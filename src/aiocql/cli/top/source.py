"""Where `aiocql top` looks: at a session of its own, or at the live view that another process serves."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, Protocol

from aiocql.errors import ConnectFailed, InterfaceError

if TYPE_CHECKING:
    from aiocql.session.session import Session

__all__ = ["Attached", "Own", "Source"]

TIMEOUT = 5.0
MAX_ANSWER = 16 * 1024 * 1024


class Source(Protocol):
    """Gives what `Session.inspect` gives."""

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
    """Another process: `place` is the path of its UNIX socket, or the URL of its live view."""

    def __init__(self, place: str) -> None:
        self.place = place

    async def look(self) -> dict[str, Any]:
        """Asks the process. Raises ConnectFailed where it does not answer."""
        try:
            async with asyncio.timeout(TIMEOUT):
                status, body = await self._get()
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            raise ConnectFailed(
                f"{self.place}: {error or 'no answer'}",
                hint="does the process serve a live view there: await LiveView(session).serve_unix(path)?",
            ) from None
        try:
            found: dict[str, Any] = json.loads(body)
            if status != 200 or found["format"] != 1:
                raise ValueError
        except (ValueError, KeyError, TypeError):
            raise InterfaceError(
                f"{self.place} is no live view of aiocql that this version understands"
            ) from None
        return found

    async def _get(self) -> tuple[int, bytes]:
        reader, writer, host, path = await self._connect()
        try:
            writer.write(
                f"GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n".encode("latin-1")
            )
            answer = await reader.read(MAX_ANSWER)
            while chunk := await reader.read(MAX_ANSWER - len(answer)):
                answer += chunk
        finally:
            writer.close()
        head, _, body = answer.partition(b"\r\n\r\n")
        words = head.split(None, 2)
        return (int(words[1]) if len(words) > 1 and words[1].isdigit() else 0), body

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter, str, str]:
        if not self.place.startswith(("http://", "https://")):
            reader, writer = await asyncio.open_unix_connection(self.place)
            return reader, writer, "localhost", "/data"
        from urllib.parse import urlsplit

        url = urlsplit(self.place)
        secure = url.scheme == "https"
        reader, writer = await asyncio.open_connection(
            url.hostname, url.port or (443 if secure else 80), ssl=True if secure else None
        )
        return reader, writer, url.netloc, f"{url.path.rstrip('/')}/data"
