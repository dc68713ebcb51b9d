"""Snappy blocks in plain Python: reads every block, writes blocks of literals."""

from __future__ import annotations

from aiocql.testing.server.block_error import BlockError

__all__ = ["compress", "decompress"]


def compress(data: bytes) -> bytes:
    """A valid block that holds `data`, without making it smaller."""
    out = bytearray(_varint(len(data)))
    for start in range(0, len(data), 65536):
        part = data[start : start + 65536]
        long = len(part) > 60
        out += (
            bytes([61 << 2]) + (len(part) - 1).to_bytes(2, "little") if long else bytes([len(part) - 1 << 2])
        )
        out += part
    return bytes(out)


def _varint(n: int) -> bytes:
    out = bytearray()
    while n >= 0x80:
        out.append(n & 0x7F | 0x80)
        n >>= 7
    return bytes([*out, n])


def decompress(block: bytes, limit: int = 256 * 1024 * 1024) -> bytes:
    """What `block` holds. Raises `BlockError` when it is no block, or one of more than `limit` bytes."""
    try:
        length, position = _read_varint(block)
        if length > limit:
            raise BlockError(f"a Snappy block of {length} bytes")
        out = _elements(block, position, length)
    except IndexError:
        raise BlockError("a Snappy block ends in the middle of an element") from None
    if len(out) != length:
        raise BlockError(f"a Snappy block holds {len(out)} bytes, {length} were announced")
    return bytes(out)


def _read_varint(block: bytes) -> tuple[int, int]:
    length = 0
    for position in range(5):
        length |= (block[position] & 0x7F) << 7 * position
        if block[position] < 0x80:
            return length, position + 1
    raise BlockError("a Snappy block without its length")


def _elements(block: bytes, position: int, length: int) -> bytearray:
    out = bytearray()
    while position < len(block):
        tag = block[position]
        kind, size = tag & 3, tag >> 2
        position += 1
        if kind == 0:
            size, position = _literal_length(block, position, size)
            if position + size > len(block):
                raise IndexError
            out += block[position : position + size]
            position += size
            continue
        if kind == 1:
            size, offset = (size & 7) + 4, tag >> 5 << 8 | block[position]
            position += 1
        else:
            width = 2 if kind == 2 else 4
            size, offset = size + 1, _little(block, position, width)
            position += width
        _copy(out, offset, size, length)
    return out


def _literal_length(block: bytes, position: int, size: int) -> tuple[int, int]:
    if size < 60:
        return size + 1, position
    width = size - 59
    return _little(block, position, width) + 1, position + width


def _little(block: bytes, position: int, width: int) -> int:
    if position + width > len(block):
        raise IndexError
    return int.from_bytes(block[position : position + width], "little")


def _copy(out: bytearray, offset: int, size: int, limit: int) -> None:
    if not 0 < offset <= len(out) or len(out) + size > limit:
        raise BlockError("a Snappy copy points outside of the block")
    pattern = bytes(out[-offset:])
    out += (pattern * (size // offset + 1))[:size]
