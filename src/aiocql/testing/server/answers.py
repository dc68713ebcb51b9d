"""Answers of the scripted server: what they say (`Rows`, `Void`, ...) and how they are given (`Answer`)."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Self

from aiocql.testing.server.frames import Flag, Opcode
from aiocql.testing.server.notation import (
    write_bytes,
    write_bytes_map,
    write_inet,
    write_int,
    write_short_bytes,
    write_string,
    write_string_list,
    write_string_multimap,
)
from aiocql.testing.server.result_metadata import (
    Columns,
    TableColumns,
    write_prepared_metadata,
    write_rows_metadata,
)
from aiocql.testing.server.values import encode_value

__all__ = [
    "Answer",
    "AuthChallenge",
    "AuthSuccess",
    "Authenticate",
    "NoAnswer",
    "Prepared",
    "RawAnswer",
    "Ready",
    "Rows",
    "SchemaChange",
    "SchemaChangeEvent",
    "SetKeyspace",
    "StatusChange",
    "Supported",
    "TopologyChange",
    "Void",
]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """How an answer is given; subclasses say what it is.

    `delay`: seconds before it is sent. `hold`: it waits in `server.held` until the test releases it.
    `copies`: how often it is sent (0: never, 2: twice). `stream`: another stream id than the request's.
    `warnings`, `payload`, `tracing_id`: what goes with it. `close`: the connection is closed after or before
    it is sent, or reset in place of it. `cut`: only so many bytes are sent, then the connection closes;
    negative counts from the end. `version`: another protocol version in its header.
    """

    opcode: ClassVar[int] = Opcode.RESULT

    delay: float = 0.0
    hold: bool = False
    copies: int = 1
    stream: int | None = None
    warnings: Sequence[str] = ()
    payload: Mapping[str, bytes | None] | None = None
    tracing_id: uuid.UUID | None = None
    close: Literal["before", "after", "reset"] | None = None
    cut: int | None = None
    version: int | None = None

    def but(self, **changes: Any) -> Self:
        """The same answer given in another way: ``answer.but(delay=1.0)``."""
        return dataclasses.replace(self, **changes)

    def code(self) -> int:
        """The opcode that the answer is sent with."""
        return self.opcode

    def flags(self) -> int:
        """The envelope's flags."""
        flags = Flag.TRACING if self.tracing_id is not None else Flag(0)
        flags |= Flag.WARNING if self.warnings else Flag(0)
        return flags | (Flag.PAYLOAD if self.payload is not None else Flag(0))

    def body(self, version: int) -> bytes:
        """The whole body in a protocol version: tracing id, warnings and payload first."""
        head = b"" if self.tracing_id is None else self.tracing_id.bytes
        head += write_string_list(self.warnings) if self.warnings else b""
        head += b"" if self.payload is None else write_bytes_map(self.payload)
        return head + self.message(version)

    def message(self, version: int) -> bytes:
        """The message proper."""
        return b""


@dataclass(frozen=True)
class NoAnswer(Answer):
    """Nothing is ever sent; the stream stays taken."""

    copies: int = dataclasses.field(default=0, kw_only=True)


@dataclass(frozen=True)
class RawAnswer(Answer):
    """Bytes as they are: a body with any opcode, a whole envelope, or on the wire outside of segments."""

    data: bytes = b""
    raw_opcode: int = Opcode.RESULT
    level: Literal["body", "envelope", "wire"] = "body"

    def code(self) -> int:
        return self.raw_opcode

    def message(self, version: int) -> bytes:
        return self.data


@dataclass(frozen=True)
class Ready(Answer):
    """READY"""

    opcode = Opcode.READY


@dataclass(frozen=True)
class Supported(Answer):
    """SUPPORTED, with the options' values."""

    options: Mapping[str, Sequence[str]] = dataclasses.field(default_factory=dict)
    opcode = Opcode.SUPPORTED

    def message(self, version: int) -> bytes:
        return write_string_multimap(self.options)


@dataclass(frozen=True)
class Authenticate(Answer):
    """AUTHENTICATE, with the class of the server's authenticator."""

    authenticator: str = "org.apache.cassandra.auth.PasswordAuthenticator"
    opcode = Opcode.AUTHENTICATE

    def message(self, version: int) -> bytes:
        return write_string(self.authenticator)


@dataclass(frozen=True)
class AuthChallenge(Answer):
    """AUTH_CHALLENGE"""

    token: bytes | None = None
    opcode = Opcode.AUTH_CHALLENGE

    def message(self, version: int) -> bytes:
        return write_bytes(self.token)


@dataclass(frozen=True)
class AuthSuccess(Answer):
    """AUTH_SUCCESS"""

    token: bytes | None = None
    opcode = Opcode.AUTH_SUCCESS

    def message(self, version: int) -> bytes:
        return write_bytes(self.token)


@dataclass(frozen=True)
class Void(Answer):
    """A RESULT that says nothing, as of INSERT."""

    def message(self, version: int) -> bytes:
        return write_int(1)


@dataclass(frozen=True)
class SetKeyspace(Answer):
    """The RESULT of USE."""

    keyspace: str

    def message(self, version: int) -> bytes:
        return write_int(3) + write_string(self.keyspace)


@dataclass(frozen=True)
class Rows(Answer):
    """A RESULT with rows.

    `no_metadata` leaves the columns out; `new_metadata_id` says that they changed (v5). `global_spec=False`
    names keyspace and table at every column.
    """

    columns: Columns
    rows: Sequence[Sequence[Any]] = ()
    keyspace: str = "ks"
    table: str = "t"
    paging_state: bytes | None = None
    no_metadata: bool = False
    new_metadata_id: bytes | None = None
    global_spec: bool = True

    def message(self, version: int) -> bytes:
        metadata = write_rows_metadata(
            TableColumns(self.columns, self.keyspace, self.table, self.global_spec),
            version,
            paging_state=self.paging_state,
            no_metadata=self.no_metadata,
            new_metadata_id=self.new_metadata_id,
        )
        return b"".join([write_int(2), metadata, write_int(len(self.rows)), *map(self._row, self.rows)])

    def _row(self, row: Sequence[Any]) -> bytes:
        cells = zip(self.columns, row, strict=True)
        return b"".join(write_bytes(encode_value(of, value)) for (_, of), value in cells)


@dataclass(frozen=True)
class Prepared(Answer):
    """The RESULT of PREPARE: what is bound (with the partition key's places in it) and what comes back."""

    id: bytes
    bind: Columns = ()
    partition_key: Sequence[int] = ()
    columns: Columns = ()
    result_metadata_id: bytes = b""
    keyspace: str = "ks"
    table: str = "t"
    global_spec: bool = True

    def message(self, version: int) -> bytes:
        head = write_int(4) + write_short_bytes(self.id)
        head += write_short_bytes(self.result_metadata_id) if version >= 5 else b""
        bind, result = (
            TableColumns(columns, self.keyspace, self.table, self.global_spec)
            for columns in (self.bind, self.columns)
        )
        return head + write_prepared_metadata(bind, result, self.partition_key, version)


@dataclass(frozen=True)
class SchemaChange(Answer):
    """The RESULT of CREATE, ALTER and DROP. `target` is KEYSPACE, TABLE, TYPE, FUNCTION or AGGREGATE."""

    change: str = "CREATED"
    target: str = "KEYSPACE"
    keyspace: str = "ks"
    name: str = ""
    arguments: Sequence[str] = ()

    def message(self, version: int) -> bytes:
        return write_int(5) + self.change_bytes()

    def change_bytes(self) -> bytes:
        """The part that event and result share (native protocol v5, section 4.2.6)."""
        data = write_string(self.change) + write_string(self.target) + write_string(self.keyspace)
        data += b"" if self.target == "KEYSPACE" else write_string(self.name)
        with_arguments = self.target in ("FUNCTION", "AGGREGATE")
        return data + (write_string_list(self.arguments) if with_arguments else b"")


@dataclass(frozen=True)
class SchemaChangeEvent(SchemaChange):
    """The EVENT SCHEMA_CHANGE"""

    opcode = Opcode.EVENT
    event_type: ClassVar[str] = "SCHEMA_CHANGE"

    def message(self, version: int) -> bytes:
        return write_string(self.event_type) + self.change_bytes()


@dataclass(frozen=True)
class _AddressEvent(Answer):
    """An EVENT about one node: what happened, and the node's address for clients."""

    change: str
    address: str
    port: int = 9042
    opcode = Opcode.EVENT
    event_type: ClassVar[str] = ""

    def message(self, version: int) -> bytes:
        return write_string(self.event_type) + write_string(self.change) + write_inet(self.address, self.port)


@dataclass(frozen=True)
class StatusChange(_AddressEvent):
    """The EVENT STATUS_CHANGE: `change` is UP or DOWN."""

    event_type: ClassVar[str] = "STATUS_CHANGE"


@dataclass(frozen=True)
class TopologyChange(_AddressEvent):
    """The EVENT TOPOLOGY_CHANGE: `change` is NEW_NODE, REMOVED_NODE or MOVED_NODE."""

    event_type: ClassVar[str] = "TOPOLOGY_CHANGE"
