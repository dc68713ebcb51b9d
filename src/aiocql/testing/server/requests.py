"""Requests as the scripted server sees them: every body of v3-v5 decoded in plain Python."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiocql.testing.server.cql_types import TypeLike
from aiocql.testing.server.frames import Envelope, Flag, Opcode
from aiocql.testing.server.notation import NotationError, Reader, Unset
from aiocql.testing.server.values import decode_value

__all__ = ["BatchedStatement", "QueryOptions", "ReceivedRequest", "read_request"]

Value = bytes | Unset | None


@dataclass(slots=True)
class QueryOptions:
    """The <query_parameters> of QUERY and EXECUTE, and the tail of BATCH (v5, section 4.1.4)."""

    consistency: int = 1
    flags: int = 0
    values: list[Value] = field(default_factory=list)
    names: list[str] | None = None
    skip_metadata: bool = False
    page_size: int | None = None
    paging_state: bytes | None = None
    serial_consistency: int | None = None
    timestamp: int | None = None
    keyspace: str | None = None
    now_in_seconds: int | None = None


@dataclass(slots=True)
class BatchedStatement:
    """One statement of a BATCH: its text (found by the id when it was prepared) and values."""

    query: str | None
    prepared_id: bytes | None
    values: list[Value]


@dataclass(slots=True)
class ReceivedRequest:
    """One request that arrived. What its opcode does not carry stays at its default.

    `node` is the server that it arrived at, as address:port. `connection` counts that server's connections
    from 1. `query` is the text of QUERY and PREPARE, and of EXECUTE when the id is known. `bind` is what the
    primed statement says of its variables.
    """

    connection: int
    version: int
    flags: int
    stream: int
    opcode: Opcode
    body: bytes
    query: str | None = None
    options: QueryOptions = field(default_factory=QueryOptions)
    prepared_id: bytes | None = None
    result_metadata_id: bytes | None = None
    batch_type: int | None = None
    statements: list[BatchedStatement] = field(default_factory=list)
    startup: dict[str, str] = field(default_factory=dict)
    event_types: list[str] = field(default_factory=list)
    token: bytes | None = None
    payload: dict[str, bytes | None] | None = None
    current_keyspace: str | None = None
    bind: Sequence[tuple[str, TypeLike]] = ()
    node: str = ""

    @property
    def tracing(self) -> bool:
        """Whether the client asked for tracing."""
        return bool(self.flags & Flag.TRACING)

    @property
    def values(self) -> list[Value]:
        """The bound values as bytes."""
        return self.options.values

    @property
    def bound(self) -> dict[str, Any]:
        """The bound values by name, decoded with the primed statement's `bind`; `UNSET` stays itself."""
        names = self.options.names or [name for name, _ in self.bind]
        types = dict(self.bind)
        pairs = zip(names, self.options.values, strict=False)
        return {name: _decode(types.get(name), value) for name, value in pairs}


def _decode(of: TypeLike | None, value: Value) -> Any:
    return value if of is None or isinstance(value, Unset) else decode_value(of, value)


def read_request(envelope: Envelope, connection: int) -> ReceivedRequest:
    """Decode a request. Raises `NotationError` where the body breaks the rules of its version."""
    if envelope.response:
        raise NotationError("a request with the direction bit of a response")
    if envelope.opcode not in _READERS:
        raise NotationError(f"opcode 0x{envelope.opcode:02X} is not a request")
    request = ReceivedRequest(
        connection, envelope.version, envelope.flags, envelope.stream, Opcode(envelope.opcode), envelope.body
    )
    reader = Reader(envelope.body)
    if envelope.flags & Flag.PAYLOAD:
        if envelope.version < 4:
            raise NotationError("a custom payload before v4")
        request.payload = reader.bytes_map()
    _READERS[request.opcode](request, reader)
    reader.end()
    return request


def _startup(request: ReceivedRequest, reader: Reader) -> None:
    request.startup = reader.string_map()


def _options(request: ReceivedRequest, reader: Reader) -> None:
    pass


def _auth_response(request: ReceivedRequest, reader: Reader) -> None:
    request.token = reader.bytes_()


def _register(request: ReceivedRequest, reader: Reader) -> None:
    request.event_types = reader.string_list()


def _query(request: ReceivedRequest, reader: Reader) -> None:
    request.query = reader.long_string()
    request.options = _query_options(reader, request.version)


def _prepare(request: ReceivedRequest, reader: Reader) -> None:
    request.query = reader.long_string()
    if request.version >= 5:
        request.options.flags = reader.int_()
        if request.options.flags & ~0x01:
            raise NotationError(f"flags 0x{request.options.flags:X} of PREPARE")
        if request.options.flags & 0x01:
            request.options.keyspace = reader.string()


def _execute(request: ReceivedRequest, reader: Reader) -> None:
    request.prepared_id = reader.short_bytes()
    if request.version >= 5:
        request.result_metadata_id = reader.short_bytes()
    request.options = _query_options(reader, request.version)


def _batch(request: ReceivedRequest, reader: Reader) -> None:
    request.batch_type = reader.byte()
    if request.batch_type > 2:
        raise NotationError(f"batch type {request.batch_type}")
    for _ in range(reader.short()):
        kind = reader.byte()
        if kind not in (0, 1):
            raise NotationError(f"kind {kind} of a batched statement")
        query = reader.long_string() if kind == 0 else None
        prepared_id = reader.short_bytes() if kind == 1 else None
        values = [_value(reader, request.version) for _ in range(reader.short())]
        request.statements.append(BatchedStatement(query, prepared_id, values))
    options = request.options = QueryOptions(consistency=reader.short())
    options.flags = _flags(reader, request.version)
    if options.flags & 0x4F:
        raise NotationError(f"flags 0x{options.flags:X} of BATCH")
    _tail(options, reader, request.version)


def _query_options(reader: Reader, version: int) -> QueryOptions:
    options = QueryOptions(consistency=reader.short())
    options.flags = _flags(reader, version)
    if options.flags & 0x01:
        _values(options, reader, version)
    elif options.flags & 0x40:
        raise NotationError("the flag for names without the flag for values")
    options.skip_metadata = bool(options.flags & 0x02)
    options.page_size = reader.int_() if options.flags & 0x04 else None
    options.paging_state = reader.bytes_() if options.flags & 0x08 else None
    _tail(options, reader, version)
    return options


def _flags(reader: Reader, version: int) -> int:
    flags = reader.int_() if version >= 5 else reader.byte()
    if flags & ~(0x1FF if version >= 5 else 0x7F):
        raise NotationError(f"flags 0x{flags:X} in v{version}")
    return flags


def _values(options: QueryOptions, reader: Reader, version: int) -> None:
    named = bool(options.flags & 0x40)
    options.names = [] if named else None
    for _ in range(reader.short()):
        if options.names is not None:
            options.names.append(reader.string())
        options.values.append(_value(reader, version))


def _value(reader: Reader, version: int) -> Value:
    value = reader.value()
    if isinstance(value, Unset) and version < 4:
        raise NotationError("an unset value before v4")
    return value


def _tail(options: QueryOptions, reader: Reader, version: int) -> None:
    if options.flags & 0x10:
        options.serial_consistency = reader.short()
    if options.flags & 0x20:
        options.timestamp = reader.long()
    if version >= 5 and options.flags & 0x80:
        options.keyspace = reader.string()
    if version >= 5 and options.flags & 0x100:
        options.now_in_seconds = reader.int_()


_READERS: dict[int, Callable[[ReceivedRequest, Reader], None]] = {
    Opcode.STARTUP: _startup,
    Opcode.OPTIONS: _options,
    Opcode.AUTH_RESPONSE: _auth_response,
    Opcode.REGISTER: _register,
    Opcode.QUERY: _query,
    Opcode.PREPARE: _prepare,
    Opcode.EXECUTE: _execute,
    Opcode.BATCH: _batch,
}
