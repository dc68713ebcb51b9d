"""Chance for timers, without the module `random`: it is slow to import, and a session needs two numbers to start."""

from __future__ import annotations

from os import urandom

__all__ = ["random_between"]


def random_between(low: float, high: float) -> float:
    """A number from `low` to `high`, each as likely as any other."""
    return low + (high - low) * (int.from_bytes(urandom(6), "big") / ((1 << 48) - 1))
