from collections.abc import Iterable
from typing import Any

from aiocql.protocol.metadata import Column
from aiocql.types.codec import Codec

class RowDecoder:
    columns: tuple[Column, ...]
    names: tuple[str, ...]
    codecs: tuple[Codec, ...]
    def __init__(self, columns: Iterable[Column], codecs: Iterable[Codec]) -> None: ...

def decode_rows(decoder: RowDecoder, data: bytes, count: int) -> list[Any]: ...
