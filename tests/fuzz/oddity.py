"""What a target raises for an input that ended as none may."""

from __future__ import annotations

__all__ = ["Oddity"]


class Oddity(AssertionError):
    """An input that ended as none may."""
