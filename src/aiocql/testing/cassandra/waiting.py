"""Wait for a condition, on whatever loop is running."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

__all__ = ["until"]


async def until(
    condition: Callable[[], Awaitable[bool]] | Callable[[], bool], timeout: float, *, every: float = 0.1
) -> bool:
    """Ask `condition` every `every` seconds until it is true; False after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while True:
        answer = condition()
        if answer if isinstance(answer, bool) else await answer:
            return True
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(every)
