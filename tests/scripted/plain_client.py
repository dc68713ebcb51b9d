"""A client of a few lines: sends envelopes, gives those that come, in v5 segments where the version has them."""

from __future__ import annotations

import asyncio
import struct
from types import TracebackType
from typing import Self

from aiocql.testing import Opcode, ScriptedServer
from aiocql.testing.server.frames import Envelope, EnvelopeReader
from aiocql.testing.server.notation import (
    Reader,
    write_long_string,
    write_short,
    write_short_bytes,
    write_string_map,
)
from aiocql.testing.server.segments import encode_segments


class PlainClient:
    def __init__(self, version: int = 5, compression: str | None = None) -> None:
        self.version = version
        self.compression = compression
        self.segmented = False
        self.reader = EnvelopeReader()
        self.received = 0

    async def connect(self, server: ScriptedServer) -> Self:
        self.stream, self.writer = await asyncio.open_connection(server.address, server.port)
        return self

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: TracebackType | object) -> None:
        self.writer.close()

    def send(self, opcode: int, body: bytes = b"", *, stream: int = 0, flags: int = 0) -> None:
        self.send_envelopes(Envelope(self.version, flags, stream, opcode, body))

    def send_envelopes(self, *envelopes: Envelope, max_payload: int = 131071) -> None:
        data = b"".join(envelope.encode() for envelope in envelopes)
        lz4 = self.compression == "lz4"
        framed = encode_segments(data, lz4=lz4, max_payload=max_payload) if self.segmented else data
        self.writer.write(framed)

    async def receive(self) -> Envelope:
        """The next envelope. Raises EOFError, or the error of the connection, when there is none."""
        while (envelope := self.reader.next()) is None:
            data = await self.stream.read(65536)
            if not data:
                raise EOFError
            self.received += len(data)
            self.reader.feed(data)
        return envelope

    async def ask(self, opcode: int, body: bytes = b"", *, stream: int = 0, flags: int = 0) -> Envelope:
        self.send(opcode, body, stream=stream, flags=flags)
        return await self.receive()

    async def start(self) -> Envelope:
        options = {"CQL_VERSION": "3.0.0"}
        if self.compression is not None:
            options["COMPRESSION"] = self.compression
        answer = await self.ask(Opcode.STARTUP, write_string_map(options))
        if answer.opcode in (Opcode.READY, Opcode.AUTHENTICATE):
            self.reader.compression = self.compression
            if self.version >= 5:
                self.segmented = True
                self.reader.use_segments()
        return answer

    def query(self, text: str, *, stream: int = 0, flags: int = 0) -> None:
        self.send(Opcode.QUERY, self.query_body(text), stream=stream, flags=flags)

    def query_body(self, text: str) -> bytes:
        return write_long_string(text) + write_short(1) + (bytes(4) if self.version >= 5 else bytes(1))

    def prepare_body(self, text: str) -> bytes:
        return write_long_string(text) + (bytes(4) if self.version >= 5 else b"")

    def execute_body(self, prepared_id: bytes, *values: bytes) -> bytes:
        body = write_short_bytes(prepared_id) + (write_short_bytes(b"") if self.version >= 5 else b"")
        body += write_short(1) + (struct.pack(">i", 1) if self.version >= 5 else b"\1")
        return body + write_short(len(values)) + b"".join(struct.pack(">i", len(v)) + v for v in values)


async def connected(server: ScriptedServer, version: int = 5, compression: str | None = None) -> PlainClient:
    """A client whose handshake is done."""
    client = await PlainClient(version, compression).connect(server)
    assert (await client.start()).opcode == Opcode.READY
    return client


def error_of(answer: Envelope) -> tuple[int, str]:
    """Code and text of an ERROR."""
    assert answer.opcode == Opcode.ERROR
    reader = Reader(answer.body)
    return reader.int_(), reader.string()
