"""Waiting for a condition that is looked at whenever something has changed: no polling, no sleeping."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

__all__ = ["Changes"]


class Changes:
    """Who changes something calls `changed`; who waits for a condition calls `until`."""

    def __init__(self) -> None:
        self._waiters: list[tuple[Callable[[], bool], asyncio.Future[None]]] = []

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until the condition holds."""
        if not condition():
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiters.append((condition, waiter))
            await waiter

    def changed(self) -> None:
        """Look at the conditions."""
        if self._waiters:
            self._waiters = [entry for entry in self._waiters if not _settled(*entry)]


def _settled(condition: Callable[[], bool], waiter: asyncio.Future[None]) -> bool:
    if not waiter.done() and condition():
        waiter.set_result(None)
    return waiter.done()
