from collections.abc import Callable
from typing import Any

class RequestCounters:
    started: int
    completed: int
    failed: int
    cancelled: int
    slow: int
    slow_threshold: float
    clock: Callable[[], float] | None
    on_slow: Callable[[Any, float, BaseException | None, bool], object] | None
    errors: dict[str, int]
    def __init__(self) -> None: ...
    @property
    def latency_seconds_sum(self) -> float: ...
    def latency_counts(self) -> list[int]: ...
