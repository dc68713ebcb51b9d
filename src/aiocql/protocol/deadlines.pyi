from typing import Any

REQUEST: int
ATTEMPT: int

class DeadlineList:
    timeout: float
    kind: int
    armed: bool
    def __init__(self, timeout: float, kind: int = 0) -> None: ...
    @property
    def next_deadline(self) -> float | None: ...
    def expire(self, now: float) -> list[Any]: ...
    def __len__(self) -> int: ...
