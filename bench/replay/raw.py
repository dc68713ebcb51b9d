"""A raw client that asks for what every client may ask for, so that the recordings hold it whichever client comes.

That is: each work's statement, executed with and without the skip-metadata flag, a batch, and `SELECT *` of each
system table, from which `replay` makes the answers of texts that nobody recorded.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Iterable

from bench.clients.harness import FIRST_KEY
from bench.clients.works import BATCH_SIZE, PREPARED, VALUE
from bench.replay import framing
from bench.replay.framing import Envelope, Reader

LOCAL_ONE = 0x000A
VALUES = 0x01
UNLOGGED = 1
NO_TIMESTAMP_FLAGS = {4: b"\0", 5: b"\0\0\0\0"}

SYSTEM_TABLES = (
    *("system.local", "system.peers", "system.peers_v2"),
    *(
        f"system_schema.{table}"
        for table in (
            "keyspaces",
            "tables",
            "columns",
            "types",
            "functions",
            "aggregates",
            "indexes",
            "triggers",
            "views",
        )
    ),
    *(f"system_virtual_schema.{table}" for table in ("keyspaces", "tables", "columns")),
)


class RawError(Exception):
    """The server answered with an error."""


class RawClient:
    """One connection. `request` and all that builds on it does one at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, version: int) -> None:
        self.reader, self.writer, self.version = Reader(reader), writer, version

    def send(self, opcode: int, body: bytes, *, stream: int = 0) -> None:
        envelope = Envelope(self.version, 0, stream, opcode, body)
        framing.write(self.writer, envelope, framed=self.reader.framed, direction=0)

    async def request(self, opcode: int, body: bytes) -> bytes:
        self.send(opcode, body)
        answer = await self.reader.envelope()
        if answer.opcode == framing.ERROR:
            raise RawError(answer.body[6:].decode())
        return answer.body

    async def start(self) -> None:
        await self.request(framing.OPTIONS, b"")
        await self.request(framing.STARTUP, framing.string_map({"CQL_VERSION": "3.0.0"}))
        self.reader.framed = self.version >= 5
        events = b"".join(
            struct.pack(">H", len(e)) + e for e in (b"TOPOLOGY_CHANGE", b"STATUS_CHANGE", b"SCHEMA_CHANGE")
        )
        await self.request(framing.REGISTER, struct.pack(">H", 3) + events)

    async def query(self, text: str) -> bytes:
        flags = NO_TIMESTAMP_FLAGS[self.version]
        return await self.request(
            framing.QUERY, framing.long_string(text) + struct.pack(">H", LOCAL_ONE) + flags
        )

    async def prepare(self, text: str) -> tuple[bytes, bytes]:
        """The prepared id and, in v5, the id of its result metadata; both with their lengths."""
        flags = b"\0\0\0\0" if self.version >= 5 else b""
        body = await self.request(framing.PREPARE, framing.long_string(text) + flags)
        end = 6 + struct.unpack_from(">H", body, 4)[0]
        if self.version < 5:
            return body[4:end], b""
        return body[4:end], body[end : end + 2 + struct.unpack_from(">H", body, end)[0]]

    def execute_body(
        self, prepared: tuple[bytes, bytes], values: list[bytes], *, skip_metadata: bool
    ) -> bytes:
        flags = VALUES | (framing.SKIP_METADATA if skip_metadata else 0)
        head = b"".join(prepared) + struct.pack(">H", LOCAL_ONE)
        head += struct.pack(">I", flags) if self.version >= 5 else bytes([flags])
        return head + struct.pack(">H", len(values)) + b"".join(values)

    async def execute(
        self, prepared: tuple[bytes, bytes], values: list[bytes], *, skip_metadata: bool
    ) -> bytes:
        return await self.request(
            framing.EXECUTE, self.execute_body(prepared, values, skip_metadata=skip_metadata)
        )

    async def batch(self, prepared_id: bytes, rows: list[list[bytes]]) -> None:
        body = struct.pack(">BH", UNLOGGED, len(rows))
        for values in rows:
            body += b"\x01" + prepared_id + struct.pack(">H", len(values)) + b"".join(values)
        await self.request(
            framing.BATCH, body + struct.pack(">H", LOCAL_ONE) + NO_TIMESTAMP_FLAGS[self.version]
        )


def int_value(number: int) -> bytes:
    return struct.pack(">ii", 4, number)


def text_value(text: str) -> bytes:
    return framing.long_string(text)


def _bound(work: str, i: int) -> list[bytes]:
    if work == "insert":
        return [int_value(FIRST_KEY), text_value(VALUE)]
    if work == "batch":
        return [int_value(FIRST_KEY), int_value(i), text_value(VALUE)]
    return [int_value(FIRST_KEY)]


async def ask_for_everything(host: str, port: int, version: int, works: Iterable[str]) -> None:
    """Goes through `works` and all system tables once; raises `RawError` when the server refuses one."""
    reader, writer = await asyncio.open_connection(host, port)
    client = RawClient(reader, writer, version)
    try:
        await client.start()
        for table in SYSTEM_TABLES:
            await client.query(f"SELECT * FROM {table}")
        for work in works:
            prepared = await client.prepare(PREPARED[work])
            for skip_metadata in (False, True):
                await client.execute(prepared, _bound(work, 0), skip_metadata=skip_metadata)
            if work == "batch":
                await client.batch(prepared[0], [_bound(work, i) for i in range(BATCH_SIZE)])
    finally:
        writer.close()
