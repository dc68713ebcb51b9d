"""The error of both compressions."""

from __future__ import annotations

__all__ = ["BlockError"]


class BlockError(ValueError):
    """The bytes are no compressed block of the length that was announced."""
