"""The consistency level and the values within a body that was encoded already: a retry may need others.

Only failures look here, so that the hot path has nothing to remember.
"""

from __future__ import annotations

from aiocql.enums import ConsistencyLevel
from aiocql.protocol.constants import FLAG_CUSTOM_PAYLOAD, OP_BATCH, OP_EXECUTE, OP_QUERY

__all__ = ["consistency_in", "statements_span", "values_span", "with_consistency"]

VALUES = 0x01


def consistency_in(
    opcode: int, flags: int, version: int, body: bytes, default: ConsistencyLevel
) -> ConsistencyLevel:
    """The level that a request was sent with; `default` where its kind has none (PREPARE)."""
    at = _offset(opcode, flags, version, body)
    return default if at < 0 else ConsistencyLevel(int.from_bytes(body[at : at + 2], "big"))


def with_consistency(opcode: int, flags: int, version: int, body: bytes, level: ConsistencyLevel) -> bytes:
    """The same body with another level."""
    at = _offset(opcode, flags, version, body)
    return body if at < 0 else body[:at] + int(level).to_bytes(2, "big") + body[at + 2 :]


def values_span(flags: int, version: int, body: bytes) -> tuple[int, int]:
    """Return where the values of an EXECUTE begin and end, without their number."""
    at = _offset(OP_EXECUTE, flags, version, body) + 2
    size = 4 if version >= 5 else 1
    if not body[at + size - 1] & VALUES:
        return at + size, at + size
    at += size
    start = end = at + 2
    for _ in range(int.from_bytes(body[at:start], "big")):
        end = _after_int(body, end)
    return start, end


def statements_span(flags: int, body: bytes) -> tuple[int, int]:
    """Return where the statements of a BATCH begin, its kind included, and where they end."""
    start = _after_payload(body) if flags & FLAG_CUSTOM_PAYLOAD else 0
    return start, _after_statements(body, start)


def _offset(opcode: int, flags: int, version: int, body: bytes) -> int:
    """Where <consistency> stands (native protocol v5, sections 4.1.4, 4.1.6, 4.1.7); -1 for nowhere."""
    at = _after_payload(body) if flags & FLAG_CUSTOM_PAYLOAD else 0
    if opcode == OP_QUERY:
        return _after_int(body, at)
    if opcode == OP_EXECUTE:
        at = _after_short(body, at)
        return _after_short(body, at) if version >= 5 else at
    return _after_statements(body, at) if opcode == OP_BATCH else -1


def _after_short(body: bytes, at: int) -> int:
    return at + 2 + int.from_bytes(body[at : at + 2], "big")


def _after_int(body: bytes, at: int) -> int:
    """Behind a length of four bytes and what it announces; null and unset have nothing behind it."""
    return at + 4 + max(int.from_bytes(body[at : at + 4], "big", signed=True), 0)


def _after_payload(body: bytes) -> int:
    at = 2
    for _ in range(int.from_bytes(body[:2], "big")):
        at = _after_int(body, _after_short(body, at))
    return at


def _after_statements(body: bytes, at: int) -> int:
    count = int.from_bytes(body[at + 1 : at + 3], "big")
    at += 3
    for _ in range(count):
        at = _after_int(body, at + 1) if body[at] == 0 else _after_short(body, at + 1)
        values = int.from_bytes(body[at : at + 2], "big")
        at += 2
        for _ in range(values):
            at = _after_int(body, at)
    return at
