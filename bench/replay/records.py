"""The file of recorded answers that `replay.c` serves; kept xz-compressed in bench/recordings.

Records follow each other, integers big-endian:
`version u8 | opcode u8 | key_len u32 | key | reply_opcode u8 | reply_flags u8 | reply_len u32 | reply`.

The key is what of a request decides on its answer: the text of a QUERY or PREPARE; the prepared id and the
skip-metadata flag of an EXECUTE, so that any bound values replay the same answer; type and count of a BATCH; nothing
of STARTUP and REGISTER.
"""

from __future__ import annotations

import lzma
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from bench.replay.framing import BATCH, EXECUTE, OPTIONS, PREPARE, QUERY, REGISTER, SKIP_METADATA, STARTUP


class Record(NamedTuple):
    version: int
    opcode: int
    key: bytes
    reply_opcode: int
    reply_flags: int
    reply: bytes


def request_key(version: int, opcode: int, body: bytes) -> bytes:
    """What of a request decides on its answer."""
    if opcode in (QUERY, PREPARE):
        return body[: 4 + struct.unpack_from(">i", body)[0]]
    if opcode == EXECUTE:
        id_end = at = 2 + struct.unpack_from(">H", body)[0]
        if version >= 5:
            at += 2 + struct.unpack_from(">H", body, at)[0]
        flags = body[at + 5] if version >= 5 else body[at + 2]
        return body[:id_end] + bytes([flags & SKIP_METADATA])
    if opcode == BATCH:
        return body[:3]
    return b"" if opcode in (STARTUP, REGISTER, OPTIONS) else body


def encode(record: Record) -> bytes:
    head = struct.pack(">BBI", record.version, record.opcode, len(record.key)) + record.key
    return (
        head + struct.pack(">BBI", record.reply_opcode, record.reply_flags, len(record.reply)) + record.reply
    )


def load(path: Path) -> Iterator[Record]:
    """The records of a file, in its order; one whose name ends with .xz is compressed."""
    data, at = path.read_bytes(), 0
    if path.suffix == ".xz":
        data = lzma.decompress(data)
    while at < len(data):
        version, opcode, n = struct.unpack_from(">BBI", data, at)
        key = data[at + 6 : at + 6 + n]
        at += 6 + n
        reply_opcode, flags, n = struct.unpack_from(">BBI", data, at)
        yield Record(version, opcode, key, reply_opcode, flags, data[at + 6 : at + 6 + n])
        at += 6 + n


def save(path: Path, records: Iterable[Record]) -> None:
    """Writes `records` to a file, compressed when its name ends with .xz."""
    path.parent.mkdir(parents=True, exist_ok=True)
    data = b"".join(map(encode, records))
    path.write_bytes(lzma.compress(data) if path.suffix == ".xz" else data)
