"""Does a node answer? A few frames of the native protocol, written by hand, so that no driver is needed.

Frames are those of protocol v4 (native_protocol_v4.spec, sections 2 and 4), which every supported server speaks.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl as ssl_module
from collections.abc import AsyncIterator
from dataclasses import dataclass

from aiocql.testing.errors import LauncherError

__all__ = ["Probe"]

_ERROR, _STARTUP, _READY, _AUTHENTICATE, _OPTIONS, _SUPPORTED = 0x00, 0x01, 0x02, 0x03, 0x05, 0x06
_QUERY, _RESULT, _AUTH_RESPONSE, _AUTH_SUCCESS = 0x07, 0x08, 0x0F, 0x10
_HEADER = 9
_MAX_BODY = 64 * 1024
_ONE = b"\x00\x01"  # consistency ONE
_NO_FLAGS = b"\x00"
_SKIP_METADATA = b"\x02"
_NO_METADATA = 0x0004

# A row is complete, and of use to a driver, once these are all there. Cassandra 4.1 refuses count(tokens).
_PEERS = (
    b"SELECT tokens, native_address, schema_version FROM system.peers_v2",
    b"SELECT tokens, rpc_address, schema_version FROM system.peers",  # Cassandra 3.11
)


@dataclass(frozen=True)
class Probe:
    """Short questions to one node. Each opens a new connection and ends within `timeout` seconds.

    A node that is not there, does not answer or is not a Cassandra is no error: the answer is then no.
    """

    address: str
    port: int
    ssl: ssl_module.SSLContext | None = None
    timeout: float = 3.0

    async def answers(self) -> bool:
        """Whether OPTIONS is answered with SUPPORTED."""
        with contextlib.suppress(OSError, TimeoutError, EOFError):
            async with self._connection() as connection:
                return (await connection.ask(_OPTIONS, b""))[0] == _SUPPORTED
        return False

    async def logs_in(self, user: str, password: str) -> bool:
        """Whether the server takes this user and password (or asks for none)."""
        with contextlib.suppress(OSError, TimeoutError, EOFError):
            async with self._connection() as connection:
                return await connection.log_in(user, password)
        return False

    async def complete_peers(self, user: str, password: str) -> int:
        """Return how many other nodes the server describes wholly: address, tokens and schema version.

        Return 0 where the server cannot be asked. Raise `LauncherError` where it refuses the question.
        """
        body = b""
        with contextlib.suppress(OSError, TimeoutError, EOFError):
            async with self._connection() as connection:
                if not await connection.log_in(user, password):
                    return 0
                for statement in _PEERS:
                    opcode, body = await connection.ask(_QUERY, _query(statement, _SKIP_METADATA))
                    if opcode == _RESULT:
                        return complete_rows(body)
        if body:
            raise LauncherError(
                f"{self.address}:{self.port} names no peers: {body[6:].decode(errors='replace')}"
            )
        return 0

    async def execute(self, statement: str, user: str, password: str) -> None:
        """Run one statement (a keyspace for a test, say). Raises `LauncherError` if it is refused or not answered."""
        where = f"{self.address}:{self.port}"
        try:
            async with self._connection() as connection:
                if not await connection.log_in(user, password):
                    raise LauncherError(f"{where} does not let user {user!r} in")
                opcode, body = await connection.ask(_QUERY, _query(statement.encode()))
        except (OSError, TimeoutError, EOFError) as error:
            raise LauncherError(f"{where} did not answer: {type(error).__name__} {error}") from None
        if opcode == _ERROR:
            raise LauncherError(f"{where} refused {statement!r}: {body[6:].decode(errors='replace')}")

    @contextlib.asynccontextmanager
    async def _connection(self) -> AsyncIterator[_Connection]:
        async with asyncio.timeout(self.timeout):
            reader, writer = await asyncio.open_connection(self.address, self.port, ssl=self.ssl)
            try:
                yield _Connection(reader, writer)
            finally:
                writer.transport.abort()


def complete_rows(body: bytes) -> int:
    """Return how many rows of a result without metadata have no null."""
    flags, columns, rows = (int.from_bytes(body[at : at + 4], "big") for at in (4, 8, 12))
    if not flags & _NO_METADATA:
        raise EOFError("the server sent metadata that it was asked to leave out")
    at, complete = 16, 0
    for _ in range(rows):
        nulls = 0
        for _ in range(columns):
            length = int.from_bytes(body[at : at + 4], "big", signed=True)
            nulls += length < 0
            at += 4 + max(length, 0)
        complete += nulls == 0
    return complete


class _Connection:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def ask(self, opcode: int, body: bytes) -> tuple[int, bytes]:
        """Send one frame and give opcode and body of the answer."""
        self._writer.write(bytes((4, 0, 0, 0, opcode)) + len(body).to_bytes(4, "big") + body)
        header = await self._reader.readexactly(_HEADER)
        length = int.from_bytes(header[5:], "big")
        if not header[0] & 0x80 or length > _MAX_BODY:
            raise EOFError("not a CQL server")
        return header[4], await self._reader.readexactly(length)

    async def log_in(self, user: str, password: str) -> bool:
        opcode, _body = await self.ask(_STARTUP, b"\x00\x01" + _string(b"CQL_VERSION") + _string(b"3.0.0"))
        if opcode == _AUTHENTICATE:
            token = b"\x00" + user.encode() + b"\x00" + password.encode()
            opcode, _body = await self.ask(_AUTH_RESPONSE, len(token).to_bytes(4, "big") + token)
        return opcode in (_READY, _AUTH_SUCCESS)


def _query(statement: bytes, flags: bytes = _NO_FLAGS) -> bytes:
    return len(statement).to_bytes(4, "big") + statement + _ONE + flags


def _string(text: bytes) -> bytes:
    return len(text).to_bytes(2, "big") + text
