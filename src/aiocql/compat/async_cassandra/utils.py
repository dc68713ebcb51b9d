"""Helpers around event loops."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from aiocql.logs import get_logger

__all__ = ["get_or_create_event_loop", "safe_call_soon_threadsafe"]

logger = get_logger("aiocql.compat")


def get_or_create_event_loop() -> asyncio.AbstractEventLoop:
    """The running loop, or a new one that is made the current one."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        return loop


def safe_call_soon_threadsafe(
    loop: asyncio.AbstractEventLoop | None, callback: Callable[..., Any], *args: Any
) -> None:
    """Has the loop call it, from any thread; a loop that is closed, or None, does not."""
    if loop is None:
        return
    try:
        loop.call_soon_threadsafe(callback, *args)
    except RuntimeError as error:
        logger.warning("a callback was not scheduled: %s", error)
