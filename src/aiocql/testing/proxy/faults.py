"""Faults of one direction of a connection, by byte offset: what a `FaultProxy` can do to the bytes that pass.

Every fault has `at`: the offset, in bytes that came from the sender since the connection began, from which it acts;
None means from where the direction is when the fault is added. An offset that a connection has passed already does
nothing to it where the fault is one of a moment (`Cut`, `Reset`, `Flip`, `Truncate`); the others act at once.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["BlackHole", "Cut", "Delay", "Drip", "Fault", "Flip", "Reset", "Stall", "Truncate"]


@dataclass(frozen=True, slots=True)
class Fault:
    """Base of the faults."""

    at: int | None = None


@dataclass(frozen=True, slots=True)
class Cut(Fault):
    """After `at` bytes both sides see the connection closed (FIN)."""


@dataclass(frozen=True, slots=True)
class Reset(Fault):
    """After `at` bytes both sides see the connection reset (RST)."""


@dataclass(frozen=True, slots=True)
class BlackHole(Fault):
    """From `at` on everything vanishes, the end of the connection too: the half-open of a silent drop.

    The sender's writes go on succeeding. Bytes that vanished do not come back when the fault is taken away.
    """


@dataclass(frozen=True, slots=True)
class Stall(Fault):
    """From `at` on nothing is taken from the sender until the fault is taken away: its writes fill up and stall."""


@dataclass(frozen=True, slots=True)
class Delay(Fault):
    """From `at` on everything comes `seconds` later, in its order."""

    seconds: float = 0.1


@dataclass(frozen=True, slots=True)
class Drip(Fault):
    """From `at` on `size` bytes come every `interval` seconds."""

    size: int = 1
    interval: float = 0.001


@dataclass(frozen=True, slots=True)
class Flip(Fault):
    """The byte at offset `at` is XORed with `mask`."""

    mask: int = 0x01


@dataclass(frozen=True, slots=True)
class Truncate(Fault):
    """`count` bytes from offset `at` on are left out."""

    count: int = 1
