from collections.abc import Callable
from typing import Any

class Wakeups:
    def __init__(
        self,
        future_type: type,
        running_task: Callable[[], object | None],
        schedule: Callable[..., object],
        report: Callable[[dict[str, Any]], object],
    ) -> None: ...
