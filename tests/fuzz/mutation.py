"""Damage to bytes and text: what a hostile or broken server would do to lengths, counts and kinds."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

__all__ = ["damaged", "damaged_text", "in_pieces"]

INTERESTING = [
    0,
    1,
    2,
    3,
    4,
    7,
    8,
    15,
    16,
    63,
    64,
    65,
    127,
    128,
    255,
    256,
    1023,
    32767,
    32768,
    65535,
    65536,
    131071,
]
INTERESTING += [2**31 - 1, 2**31, 2**32 - 1, 2**32 - 2, 2**32 - 3]


def _flip(rng: Random, data: bytearray) -> None:
    data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)


def _set(rng: Random, data: bytearray) -> None:
    data[rng.randrange(len(data))] = rng.choice((0, 1, 0x7F, 0x80, 0xFE, 0xFF, rng.randrange(256)))


def _number(rng: Random, data: bytearray) -> None:
    """A length, a count or a code becomes another."""
    size = rng.choice((2, 4, 4, 8))
    at = rng.randrange(len(data))
    number = rng.choice((rng.choice(INTERESTING), len(data), len(data) - at, rng.randrange(2**32)))
    data[at : at + size] = (number % (1 << 8 * size)).to_bytes(
        size, rng.choice(("big", "big", "big", "little"))
    )


def _near(rng: Random, data: bytearray) -> None:
    """A number becomes one more or less."""
    at = rng.randrange(len(data))
    data[at] = (data[at] + rng.choice((-1, 1))) % 256


def _cut(rng: Random, data: bytearray) -> None:
    del data[rng.randrange(len(data)) :]


def _remove(rng: Random, data: bytearray) -> None:
    at = rng.randrange(len(data))
    del data[at : at + rng.randint(1, 8)]


def _insert(rng: Random, data: bytearray) -> None:
    at = rng.randint(0, len(data))
    data[at:at] = rng.randbytes(rng.randint(1, 8))


def _repeat(rng: Random, data: bytearray) -> None:
    at = rng.randrange(len(data))
    piece = data[at : at + rng.randint(1, 32)]
    data[at:at] = piece * rng.randint(1, 4)


def _append(rng: Random, data: bytearray) -> None:
    data += rng.randbytes(rng.randint(1, 16))


_STEPS: list[Callable[[Random, bytearray], None]] = [
    _flip, _set, _number, _number, _number, _near, _near, _cut, _remove, _insert, _repeat, _append,
]  # fmt: skip


def damaged(rng: Random, data: bytes, often: int = 3) -> bytes:
    """`data` with up to `often` changes; one time in eight with none."""
    out = bytearray(data)
    if rng.randrange(8):
        for _ in range(rng.randint(1, often)):
            if out:
                rng.choice(_STEPS)(rng, out)
    return bytes(out)


def damaged_text(rng: Random, text: str) -> str:
    """`text` with some characters changed, moved, repeated or left out."""
    out = list(text)
    for _ in range(rng.randint(0, 4)):
        at = rng.randint(0, len(out))
        what = rng.randrange(4)
        if what == 0:
            out[at:at] = rng.choice(
                ["<", ">", "(", ")", ",", ":", "'", '"', " ", "\0", "é", "\ud800", "9" * 12, "."]
            )
        elif what == 1:
            del out[at : at + rng.randint(1, 5)]
        elif what == 2:
            out[at:at] = out[at : at + rng.randint(1, 20)] * rng.choice((1, 1, 1, 70))
        else:
            out = out[:at]
    return "".join(out)


def in_pieces(rng: Random, data: bytes) -> list[bytes]:
    """`data`, cut as a network may cut it."""
    pieces, at = [], 0
    while at < len(data):
        size = rng.choice((1, 3, 8, 9, rng.randint(1, 64), rng.randint(1, 4096), len(data)))
        pieces.append(data[at : at + size])
        at += size
    return pieces
