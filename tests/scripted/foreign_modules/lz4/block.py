"""LZ4 blocks with the length before them."""

from __future__ import annotations

from typing import Any

import cramjam


def compress(data: bytes, store_size: bool = True, **_: Any) -> bytes:
    return bytes(cramjam.lz4.compress_block(data, store_size=store_size))


def decompress(data: bytes, uncompressed_size: int | None = None) -> bytes:
    return bytes(cramjam.lz4.decompress_block(data, output_len=uncompressed_size))
