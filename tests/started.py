"""A coroutine that runs within the code that makes it, as tasks of an eager factory do."""

from __future__ import annotations

from collections.abc import Awaitable, Coroutine, Generator
from typing import Any

__all__ = ["Started"]


class Started(Awaitable[Any]):
    """A coroutine that ran up to its first suspension when it was made, as tasks of an eager factory do."""

    def __init__(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        self.coroutine = coroutine
        self.waits_for = coroutine.send(None)

    def __await__(self) -> Generator[Any, Any, Any]:
        waits_for = self.waits_for
        while True:
            yield waits_for
            try:
                waits_for = self.coroutine.send(None)
            except StopIteration as done:
                return done.value
