"""Wait for a condition, in the running loop's time, real or virtual."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

__all__ = ["eventually"]


async def eventually(condition: Callable[[], bool], what: str = "", *, timeout: float = 120.0) -> None:
    """Wait until `condition` holds, and fail the test if it does not within `timeout` seconds."""
    try:
        async with asyncio.timeout(timeout):
            while not condition():  # noqa: ASYNC110
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"not within {timeout:g} s: {what or 'the condition'}") from None
