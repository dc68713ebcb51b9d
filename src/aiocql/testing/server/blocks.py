"""Compressed blocks of the native protocol, by cramjam: the server shares no codec with the driver."""

from __future__ import annotations

from typing import Any

__all__ = ["BlockError", "compress_lz4", "compress_snappy", "decompress_lz4", "decompress_snappy"]

MAX_SIZE = 256 * 1024 * 1024


class BlockError(ValueError):
    """The bytes are not a compressed block of the announced length."""


def compress_lz4(data: bytes) -> bytes:
    """Return an LZ4 block that holds `data`, without its size."""
    return bytes(_codecs().lz4.compress_block(data, store_size=False))


def decompress_lz4(block: bytes, size: int) -> bytes:
    """Return the `size` bytes that an LZ4 block holds. Raises BlockError if it holds more or fewer."""
    codecs, out = _codecs(), bytearray(size)
    try:
        found = codecs.lz4.decompress_block_into(block, out)
    except codecs.DecompressionError as error:
        raise BlockError(f"an LZ4 block: {error}") from None
    if found != size:
        raise BlockError(f"an LZ4 block holds {found} bytes, {size} were announced")
    return bytes(out)


def compress_snappy(data: bytes) -> bytes:
    """Return a Snappy block that holds `data`."""
    return bytes(_codecs().snappy.compress_raw(data))


def decompress_snappy(block: bytes, limit: int = MAX_SIZE) -> bytes:
    """Return what a Snappy block holds. Raises BlockError for other bytes, and for more than `limit` bytes."""
    codecs = _codecs()
    try:
        size = codecs.snappy.decompress_raw_len(block)
        if size > limit:
            raise BlockError(f"a Snappy block of {size} bytes")
        return bytes(codecs.snappy.decompress_raw(block))
    except codecs.DecompressionError as error:
        raise BlockError(f"a Snappy block: {error}") from None


def _codecs() -> Any:
    try:
        import cramjam
    except ImportError:
        from aiocql.testing.errors import ToolNotFound

        raise ToolNotFound(
            "compression needs the Python package cramjam",
            tool="cramjam",
            hint="pip install 'aiocql[testing]'",
        ) from None
    return cramjam
