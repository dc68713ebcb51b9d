"""``async with`` for whatever has an asynchronous `close`."""

from __future__ import annotations

from typing import Any, Self

__all__ = ["AsyncContextManageable"]


class AsyncContextManageable:
    """Closes when the block is left."""

    async def close(self) -> None:
        """Overridden."""
        raise NotImplementedError

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, exc_type: Any, exc_val: Any, exc_tb: Any) -> None:
        await self.close()
