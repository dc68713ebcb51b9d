"""An LZ4 reader in plain Python, short enough to be checked against the format by eye."""

from __future__ import annotations

__all__ = ["decompress"]

_MIN_MATCH = 4


def decompress(block: bytes, length: int) -> bytes:
    """Return the `length` bytes that `block` holds. Raises ValueError if it is not a block of that length."""
    try:
        out = _decompress(block, length)
    except IndexError:
        raise ValueError("an LZ4 block ends in the middle of a sequence") from None
    if len(out) != length:
        raise ValueError(f"an LZ4 block holds {len(out)} bytes, {length} were announced")
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
        raise ValueError("an LZ4 match points outside of the block")
    if offset >= count:
        start = len(out) - offset
        out += out[start : start + count]
        return
    pattern = bytes(out[-offset:])
    out += (pattern * (count // offset + 1))[:count]
