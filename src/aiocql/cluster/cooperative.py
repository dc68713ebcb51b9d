"""Long work in small steps, so that the event loop goes on meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Generator
from typing import TypeVar

__all__ = ["run_in_steps"]

T = TypeVar("T")

SLICE = 0.002
"""Seconds of work before the loop gets its turn."""


async def run_in_steps(steps: Generator[None, None, T], loop: asyncio.AbstractEventLoop) -> T:
    """Runs a generator to its end and gives what it returns; the loop gets a turn about every two milliseconds."""
    started = loop.time()
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]
        if loop.time() - started >= SLICE:
            await asyncio.sleep(0)
            started = loop.time()
