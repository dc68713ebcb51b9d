"""One connection of the scripted server: an `asyncio.Protocol`, for sockets, TLS and in-memory pipes."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from typing import Protocol

from aiocql.testing.server.answers import Answer, Authenticate, AuthSuccess, RawAnswer, Ready
from aiocql.testing.server.blocks import BlockError
from aiocql.testing.server.error_answers import ErrorAnswer
from aiocql.testing.server.frames import Envelope, EnvelopeReader, Flag, FrameError, Opcode, compress_body
from aiocql.testing.server.notation import NotationError
from aiocql.testing.server.requests import ReceivedRequest, read_request
from aiocql.testing.server.segments import MAX_PAYLOAD, SegmentError, encode_segments

__all__ = ["ConnectionOwner", "ScriptedConnection"]


class ConnectionOwner(Protocol):
    """What a connection asks of its server."""

    min_version: int
    max_version: int
    max_segment_payload: int
    violations: list[str]

    def opened(self, connection: ScriptedConnection) -> None: ...
    def closed(self, connection: ScriptedConnection) -> None: ...
    def received(self, connection: ScriptedConnection, request: ReceivedRequest) -> None: ...


class ScriptedConnection(asyncio.Protocol):
    """Splits what arrives into requests, gives answers. `number` counts the server's connections from 1."""

    def __init__(self, owner: ConnectionOwner, number: int) -> None:
        self._owner = owner
        self.number = number
        self.version: int | None = None
        self.startup: dict[str, str] | None = None
        self.keyspace: str | None = None
        self.event_types: set[str] = set()
        self.auth_rounds = 0
        self.ready = False
        self.bytes_received = 0
        self.transport: asyncio.Transport | None = None
        self._reader = EnvelopeReader()
        self._segmented = False
        self._outbox: list[bytes] = []
        self._flush_handle: asyncio.Handle | None = None
        self._delayed: dict[int, asyncio.TimerHandle] = {}
        self._delayed_count = 0
        self._abort_handle: asyncio.TimerHandle | None = None

    # --- asyncio.Protocol ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._loop = asyncio.get_running_loop()
        self._owner.opened(self)

    def data_received(self, data: bytes) -> None:
        self.bytes_received += len(data)
        self._reader.feed(data)
        while self.is_open and (envelope := self._next()) is not None:
            self._receive(envelope)

    def _next(self) -> Envelope | None:
        try:
            return self._reader.next()
        except (FrameError, SegmentError, BlockError) as error:
            self._violated(str(error), 0)
            return None

    def connection_lost(self, exc: Exception | None) -> None:
        if self._abort_handle is not None:
            self._abort_handle.cancel()
        for handle in self._delayed.values():
            handle.cancel()
        self._delayed.clear()
        self.transport = None
        self._owner.closed(self)

    # --- requests ---

    @property
    def is_open(self) -> bool:
        """Whether something can still be sent."""
        return self.transport is not None and not self.transport.is_closing()

    def _receive(self, envelope: Envelope) -> None:
        if not self._owner.min_version <= envelope.version <= self._owner.max_version:
            self._refuse(envelope)
            return
        if self.version is None:
            self.version = envelope.version
        elif self.version != envelope.version:
            self._violated(f"v{envelope.version} on a connection of v{self.version}", envelope.stream)
            return
        try:
            request = read_request(envelope, self.number)
        except NotationError as error:
            self._violated(f"opcode 0x{envelope.opcode:02X}: {error}", envelope.stream)
            return
        request.current_keyspace = self.keyspace
        self._owner.received(self, request)

    def _refuse(self, envelope: Envelope) -> None:
        """What Cassandra says to a version that it does not speak, in the highest that it does."""
        versions = ", ".join(f"{n}/v{n}" for n in range(self._owner.min_version, self._owner.max_version + 1))
        head = f"Invalid or unsupported protocol version ({envelope.version})"
        text = f"{head}; supported versions are ({versions})"
        body = ErrorAnswer(0x000A, text).body(self._owner.max_version)
        refusal = Envelope(self._owner.max_version, 0, envelope.stream, Opcode.ERROR, body, response=True)
        self._post(refusal.encode())

    def _violated(self, text: str, stream: int) -> None:
        """Send the client a protocol error and close the connection, as a server does."""
        self._owner.violations.append(f"connection {self.number}: {text}")
        self.send(ErrorAnswer(0x000A, text, close="after"), stream)

    # --- answers ---

    def answer(self, answer: Answer, request: ReceivedRequest) -> None:
        """Give the answer to a request, now or after its delay."""
        stream = request.stream if answer.stream is None else answer.stream
        if answer.delay <= 0:
            self.send(answer, stream)
            return
        number = self._delayed_count = self._delayed_count + 1
        self._delayed[number] = self._loop.call_later(
            answer.delay, self._send_delayed, number, answer, stream
        )

    def _send_delayed(self, number: int, answer: Answer, stream: int) -> None:
        del self._delayed[number]
        self.send(answer, stream)

    def send(self, answer: Answer, stream: int) -> None:
        """Send a message now, whether it was asked for or not."""
        if not self.is_open:
            return
        if answer.close == "reset":
            self.reset()
        elif answer.close == "before":
            self.close()
        else:
            for _ in range(answer.copies):
                self._write(answer, stream)
            self._switch(answer)
            if answer.close == "after":
                self.close()

    def _write(self, answer: Answer, stream: int) -> None:
        if isinstance(answer, RawAnswer) and answer.level == "wire":
            self.send_bytes(answer.data)
            return
        data = self._envelope(answer, stream)
        if answer.cut is None:
            self._post(data)
            return
        self.flush()
        self.send_bytes(self._framed([data])[: answer.cut])
        self.close()

    def _envelope(self, answer: Answer, stream: int) -> bytes:
        if isinstance(answer, RawAnswer) and answer.level == "envelope":
            return answer.data
        version = self.version or self._owner.max_version
        flags, body = answer.flags(), answer.body(version)
        compression = self._reader.compression
        if compression and not self._segmented and self.ready and body:
            flags, body = flags | Flag.COMPRESSED, compress_body(body, compression)
        header_version = version if answer.version is None else answer.version
        return Envelope(header_version, flags, stream, answer.code(), body, response=True).encode()

    def _switch(self, answer: Answer) -> None:
        """What an answer of the handshake changes about the connection."""
        if isinstance(answer, Ready | AuthSuccess):
            self.ready = True
        if isinstance(answer, Ready | Authenticate) and answer.copies and self.startup is not None:
            self._reader.compression = self.startup.get("COMPRESSION")
            if (self.version or 0) >= 5 and not self._segmented:
                self.flush()
                self._segmented = True
                self._reader.use_segments()

    # --- bytes ---

    def _post(self, envelope: bytes) -> None:
        self._outbox.append(envelope)
        if self._flush_handle is None:
            self._flush_handle = self._loop.call_soon(self.flush)

    def flush(self) -> None:
        """Send what this turn of the loop has collected."""
        if self._flush_handle is not None:
            self._flush_handle.cancel()
            self._flush_handle = None
        if self._outbox:
            data = self._framed(self._outbox)
            self._outbox = []
            self.send_bytes(data)

    def _framed(self, envelopes: list[bytes]) -> bytes:
        """Envelopes as they go onto the wire: in v5 as many in one self-contained segment as it holds."""
        if not self._segmented:
            return b"".join(envelopes)
        groups: list[bytes] = []
        limit = min(self._owner.max_segment_payload, MAX_PAYLOAD)
        for envelope in envelopes:
            if groups and len(groups[-1]) + len(envelope) <= limit:
                groups[-1] += envelope
            else:
                groups.append(envelope)
        lz4 = self._reader.compression == "lz4"
        return b"".join(encode_segments(group, lz4=lz4, max_payload=limit) for group in groups)

    def send_bytes(self, data: bytes) -> None:
        """Put bytes on the wire as they are."""
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(data)

    # --- the connection ---

    def pause_reading(self) -> None:
        """Take nothing more from the client, until its writes stall."""
        if self.transport is not None and self.transport.is_reading():
            self.transport.pause_reading()

    def resume_reading(self) -> None:
        """Read again."""
        if self.is_open and self.transport is not None and not self.transport.is_reading():
            self.transport.resume_reading()

    def close(self) -> None:
        """Close after what was sent; without it, if the client does not take it within a second."""
        self.flush()
        if self.transport is not None:
            self.transport.close()
            if self._abort_handle is None:
                self._abort_handle = self._loop.call_later(1.0, self.transport.abort)

    def reset(self) -> None:
        """Close with an RST; what was not sent is lost."""
        if self.transport is None:
            return
        sock = self.transport.get_extra_info("socket")
        if sock is not None:
            with contextlib.suppress(OSError):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()
