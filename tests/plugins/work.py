"""How much work a function does with a text, independent of the machine and of what else runs on it.

The unit is what a plain walk over the text's characters takes on the same thread. A linear function takes the same
number of units whatever the length; one that is quadratic takes thousands of units for 64 KB.
"""

from __future__ import annotations

import time
from collections.abc import Callable

__all__ = ["LIMIT", "work_of"]

LIMIT = 200.0
"""Units that a linear function never reaches; the slowest of the driver takes about 20."""

TRIES = 3


def work_of(run: Callable[[], object], text: str) -> float:
    """Return the units of work that `run` needs for `text`: the least of several tries, in processor time."""
    least = float("inf")
    for _ in range(TRIES):
        least = min(least, _processor_time(run) / max(_processor_time(lambda: sum(map(ord, text))), 1e-6))
        if least < LIMIT:
            break
    return least


def _processor_time(run: Callable[[], object]) -> float:
    start = time.thread_time()
    run()
    return time.thread_time() - start
