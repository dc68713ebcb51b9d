"""Makes recorded answers say what each replay host would: rewrites `system.local` and `system.peers*` by host.

The recordings come from one node. Here its row is the pattern; each host gets its own address, port, host id, rack
and tokens, and knows the others as peers. Layout of rows: native_protocol_v4.spec, section 4.2.5.2.
"""

from __future__ import annotations

import ipaddress
import re
import struct
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bench.replay.framing import EXECUTE, PREPARE, QUERY, RESULT, SKIP_METADATA
from bench.replay.records import Record

TOKENS_PER_HOST = 16
STORAGE_PORT = 7000
ROWS, PREPARED = 2, 4
GLOBAL_TABLES_SPEC, HAS_MORE_PAGES, NO_METADATA, METADATA_CHANGED = 1, 2, 4, 8
_TABLE = re.compile(r"\bfrom\s+system\.(local|peers_v2|peers)\b", re.IGNORECASE)

Row = dict[str, bytes | None]


@dataclass(frozen=True)
class Host:
    """One replay host: where it listens and its place among `total`."""

    address: str
    port: int
    place: int
    total: int

    def values(self) -> Row:
        """Its columns as they are named in `system.local`, `system.peers` and `system.peers_v2`."""
        address, port = ipaddress.ip_address(self.address).packed, struct.pack(">i", self.port)
        storage = struct.pack(">i", STORAGE_PORT)
        values: Row = dict.fromkeys(
            ("rpc_address", "native_address", "peer", "listen_address", "broadcast_address"), address
        )
        values |= {"rpc_port": port, "native_port": port, "peer_port": storage}
        values |= {
            "listen_port": storage,
            "broadcast_port": storage,
            "preferred_ip": None,
            "preferred_port": None,
        }
        values["host_id"] = uuid.uuid5(uuid.NAMESPACE_DNS, f"{self.address}.{self.port}.replay").bytes
        values["rack"] = f"rack{self.place + 1}".encode()
        values["tokens"] = self._tokens()
        return values

    def _tokens(self) -> bytes:
        """Every `total`th of evenly spread tokens, as set<text>."""
        step = 2**64 // (TOKENS_PER_HOST * self.total)
        texts = [
            str(-(2**63) + step * (i * self.total + self.place)).encode() for i in range(TOKENS_PER_HOST)
        ]
        return struct.pack(">i", len(texts)) + b"".join(struct.pack(">i", len(text)) + text for text in texts)


class _Body:
    """Reads a body forward."""

    def __init__(self, data: bytes, at: int = 0) -> None:
        self.data, self.at = data, at

    def take(self, n: int) -> bytes:
        self.at += n
        return self.data[self.at - n : self.at]

    def short(self) -> int:
        return int.from_bytes(self.take(2))

    def int(self) -> int:
        return int.from_bytes(self.take(4), signed=True)

    def value(self) -> bytes | None:
        n = self.int()
        return self.take(n) if n >= 0 else None

    def type(self) -> None:
        """Passes over a column's type; of the nested ones only those that the system tables have."""
        kind = self.short()
        if kind == 0x00:
            self.take(self.short())
        elif kind in (0x20, 0x22):
            self.type()
        elif kind == 0x21:
            self.type()
            self.type()


def _columns(body: _Body, count: int, flags: int) -> list[str]:
    if flags & GLOBAL_TABLES_SPEC:
        body.take(body.short())
        body.take(body.short())
    names = []
    for _ in range(count):
        if not flags & GLOBAL_TABLES_SPEC:
            body.take(body.short())
            body.take(body.short())
        names.append(body.take(body.short()).decode())
        body.type()
    return names


def _result_metadata(body: _Body) -> tuple[list[str], int]:
    """Column names ([] when left out) and their number; stops behind the metadata."""
    flags, count = body.int(), body.int()
    if flags & HAS_MORE_PAGES:
        body.value()
    if flags & METADATA_CHANGED:
        body.take(body.short())
    return ([] if flags & NO_METADATA else _columns(body, count, flags)), count


def prepared_columns(record: Record) -> list[str]:
    """The names of the columns that a prepared statement answers with."""
    body = _Body(record.reply, 4)
    body.take(body.short())
    if record.version >= 5:
        body.take(body.short())
    flags, count = body.int(), body.int()
    body.take(2 * body.int())
    _columns(body, count, flags)
    return _result_metadata(body)[0]


def _read_rows(record: Record, names: list[str]) -> tuple[int, list[str], list[Row]]:
    """Where the rows begin (at their count), the columns' names, and the rows."""
    body = _Body(record.reply, 4)
    found, count = _result_metadata(body)
    names = found or names
    start = body.at
    return start, names, [{names[i]: body.value() for i in range(count)} for _ in range(body.int())]


def _with_rows(record: Record, start: int, names: list[str], rows: Iterable[Row]) -> Record:
    cells = list(rows)
    out = record.reply[:start] + struct.pack(">i", len(cells))
    for row in cells:
        for name in names:
            value = row.get(name)
            out += struct.pack(">i", -1) if value is None else struct.pack(">i", len(value)) + value
    return record._replace(reply=out)


class Topology:
    """Rewrites the records of one protocol version for `hosts`."""

    def __init__(self, records: Iterable[Record], hosts: list[Host]) -> None:
        self.records, self.hosts = list(records), hosts
        self.prepared = {
            (r.version, self._id(r)): r
            for r in self.records
            if r.opcode == PREPARE and r.reply_opcode == RESULT
        }
        self.pattern = self._pattern()

    @staticmethod
    def _id(prepare: Record) -> bytes:
        return prepare.reply[4 : 6 + int.from_bytes(prepare.reply[4:6])]

    def _pattern(self) -> Row:
        for record in self.records:
            if record.opcode == QUERY and re.fullmatch(
                rb"select \* from system.local", record.key[4:].lower()
            ):
                return _read_rows(record, [])[2][0]
        raise ValueError("the recording has no SELECT * FROM system.local")

    def _asked(self, record: Record) -> tuple[str, list[str]]:
        """The text that `record` answers, and the columns when they stand with the PREPARE only."""
        if record.opcode == QUERY:
            return record.key[4:].decode(), []
        if record.opcode == EXECUTE and (record.version, record.key[:-1]) in self.prepared:
            prepare = self.prepared[record.version, record.key[:-1]]
            return prepare.key[4:].decode(), prepared_columns(prepare) if record.key[
                -1
            ] & SKIP_METADATA else []
        return "", []

    def of(self, host: Host) -> Iterator[Record]:
        """The records that are `host`'s own."""
        for record in self.records:
            text, names = self._asked(record)
            table = _TABLE.search(text)
            if not table or record.reply_opcode != RESULT or record.reply_flags:
                continue
            start, names, _ = _read_rows(record, names)
            others = [other for other in self.hosts if other != host]
            shown = [host] if table[1].lower() == "local" else others
            yield _with_rows(record, start, names, [self.pattern | other.values() for other in shown])
