"""A recording proxy: CQL clients talk to a real server through it, and each new request is kept with its answer.

It listens on the server's own address, so that a client that follows `system.local` still comes through it.
"""

from __future__ import annotations

import asyncio
import struct
from types import TracebackType
from typing import Self

from bench.replay import framing
from bench.replay.framing import ERROR, SUPPORTED, Envelope, Reader
from bench.replay.records import Record, request_key

PROTOCOL_ERROR = 0x0000000A
AUTHENTICATE = 0x03


def _refusal(version: int, highest: int, stream: int) -> Envelope:
    text = f"Invalid or unsupported protocol version ({version}); supported versions are (3/v3, 4/v4, 5/v5)".encode()
    body = struct.pack(">iH", PROTOCOL_ERROR, len(text)) + text
    return Envelope(highest, 0, stream, ERROR, body)


def _without_compression(supported: bytes) -> bytes:
    """A SUPPORTED body that offers no compression, so that no client negotiates one: replayed answers are plain."""
    count, at = struct.unpack_from(">H", supported)[0], 2
    entries: list[bytes] = []
    for _ in range(count):
        start = at
        at += 2 + struct.unpack_from(">H", supported, at)[0]
        name = supported[start:at]
        choices = at
        at += 2
        for _ in range(struct.unpack_from(">H", supported, choices)[0]):
            at += 2 + struct.unpack_from(">H", supported, at)[0]
        entries.append(name + (b"\0\0" if name[2:] == b"COMPRESSION" else supported[choices:at]))
    return struct.pack(">H", count) + b"".join(entries)


class _Pair:
    """A client's connection and the server's that it is passed on to."""

    def __init__(
        self, proxy: Recorder, client: asyncio.StreamReader, to_client: asyncio.StreamWriter
    ) -> None:
        self.proxy, self.client, self.to_client = proxy, Reader(client), to_client
        self.pending: dict[int, tuple[int, int, bytes]] = {}

    async def run(self) -> None:
        stream, self.to_server = await asyncio.open_connection(self.proxy.address, self.proxy.server_port)
        self.server = Reader(stream)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._up())
                group.create_task(self._down())
        except* (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self.to_server.close()
            self.to_client.close()

    async def _up(self) -> None:
        while True:
            request = await self.client.envelope()
            version, opcode = request.version, request.opcode
            if version > self.proxy.max_version:
                refusal = _refusal(version, self.proxy.max_version, request.stream)
                framing.write(self.to_client, refusal, framed=False, direction=0x80)
                continue
            self.pending[request.stream] = (version, opcode, request_key(version, opcode, request.body))
            framing.write(self.to_server, request, framed=self.client.framed, direction=0)
            if version >= 5 and opcode == framing.STARTUP:
                self.client.framed = True

    async def _down(self) -> None:
        while True:
            answer = await self.server.envelope()
            if answer.opcode == SUPPORTED:
                answer = answer._replace(body=_without_compression(answer.body))
            asked = self.pending.pop(answer.stream, None)
            if asked and (answer.opcode != ERROR or asked[1] in (framing.QUERY, framing.PREPARE)):
                self.proxy.keep(Record(*asked, answer.opcode, answer.flags, answer.body))
            framing.write(self.to_client, answer, framed=self.server.framed, direction=0x80)
            if answer.version >= 5 and answer.opcode in (framing.READY, AUTHENTICATE):
                self.server.framed = True


class Recorder:
    """The proxy, as an async context manager: listens on `address:port`, passes on to `address:server_port`.

    Versions above `max_version` are refused, so that clients settle on it. `records` grows with what is seen.
    """

    def __init__(self, address: str, port: int, server_port: int, max_version: int) -> None:
        self.address, self.port, self.server_port, self.max_version = address, port, server_port, max_version
        self.records: dict[tuple[int, int, bytes], Record] = {}

    def keep(self, record: Record) -> None:
        """The first answer counts; an OPTIONS is answered alike in every version."""
        self.records.setdefault((record.version, record.opcode, record.key), record)

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, self.address, self.port)
        return self

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _Pair(self, reader, writer).run()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
