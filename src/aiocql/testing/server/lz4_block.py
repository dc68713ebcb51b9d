"""LZ4 blocks in plain Python: reads every block, writes simple ones (runs of one byte, else literals)."""

from __future__ import annotations

from aiocql.testing.server.block_error import BlockError

__all__ = ["compress", "decompress"]

_MIN_MATCH = 4
_TAIL = 12  # the format wants the last match to begin at least this far from the end


def compress(data: bytes) -> bytes:
    """A valid block that holds `data`: repeated bytes become matches, everything else literals."""
    out = bytearray()
    anchor = position = 0
    while position < len(data) - _TAIL:
        run = _run_length(data, position, len(data) - 5)
        if run > _MIN_MATCH + 1:
            _sequence(out, data[anchor : position + 1], run - 1)
            position += run
            anchor = position
        else:
            position += max(run, 1)
    _sequence(out, data[anchor:], 0)
    return bytes(out)


def _run_length(data: bytes, start: int, end: int) -> int:
    position = start + 1
    while position < end and data[position] == data[start]:
        position += 1
    return position - start


def _sequence(out: bytearray, literals: bytes, match: int) -> None:
    """One sequence; `match` repeats the last literal that many times (0: the block's last sequence)."""
    count, extra = len(literals), match - _MIN_MATCH if match else 0
    out.append(min(count, 15) << 4 | min(extra, 15))
    _length(out, count)
    out += literals
    if match:
        out += (1).to_bytes(2, "little")
        _length(out, extra)


def _length(out: bytearray, n: int) -> None:
    if n >= 15:
        out += b"\xff" * ((n - 15) // 255)
        out.append((n - 15) % 255)


def decompress(block: bytes, length: int) -> bytes:
    """The `length` bytes that `block` holds. Raises `BlockError` when it is not a block of that length."""
    try:
        out = _decompress(block, length)
    except IndexError:
        raise BlockError("an LZ4 block ends in the middle of a sequence") from None
    if len(out) != length:
        raise BlockError(f"an LZ4 block holds {len(out)} bytes, {length} were announced")
    return bytes(out)


def _decompress(block: bytes, limit: int) -> bytearray:
    out = bytearray()
    position = 0
    while position < len(block):
        token = block[position]
        literals, position = _read_length(block, position + 1, token >> 4)
        if position + literals > len(block):
            raise IndexError
        out += block[position : position + literals]
        position += literals
        if position == len(block):
            break
        offset = block[position] | block[position + 1] << 8
        match, position = _read_length(block, position + 2, token & 15)
        _copy(out, offset, match + _MIN_MATCH, limit)
    return out


def _read_length(block: bytes, position: int, length: int) -> tuple[int, int]:
    if length == 15:
        while True:
            byte = block[position]
            position += 1
            length += byte
            if byte != 255:
                break
    return length, position


def _copy(out: bytearray, offset: int, count: int, limit: int) -> None:
    if not 0 < offset <= len(out) or len(out) + count > limit:
        raise BlockError("an LZ4 match points outside of the block")
    if offset >= count:
        start = len(out) - offset
        out += out[start : start + count]
        return
    pattern = bytes(out[-offset:])
    out += (pattern * (count // offset + 1))[:count]
