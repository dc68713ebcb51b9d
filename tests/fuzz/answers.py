"""Well-formed answers to the requests of targets whose objects are hostile, not their servers."""

from __future__ import annotations

from random import Random

from aiocql.testing.server.answers import Answer, Rows
from aiocql.testing.server.frames import Envelope, compress_body

__all__ = ["encoded", "rows"]


def rows(rng: Random, most: int) -> Rows:
    """Return up to `most` rows of text and int, some of them long."""
    values = [(f"{n} " + "x" * rng.choice((0, 5, 600)), n) for n in range(rng.randint(0, most))]
    return Rows([("v", "text"), ("n", "int")], values)


def encoded(made: Answer, stream: int, version: int, compression: str | None) -> bytes:
    """Return an answer as one envelope. Its body is compressed before v5, which compresses segments."""
    body, flags = made.body(version), 0
    if compression is not None and version < 5 and body:
        body, flags = compress_body(body, compression), 1
    return Envelope(version, flags, stream, made.code(), body, True).encode()
