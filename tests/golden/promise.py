"""What waits for an answer where no event loop runs."""

from typing import Any

__all__ = ["Promise"]


class Promise:
    """As much of a future as a request needs."""

    def __init__(self) -> None:
        self.result: Any = None
        self.error: BaseException | None = None

    def done(self) -> bool:
        return self.result is not None or self.error is not None

    def set_result(self, result: Any) -> None:
        self.result = result

    def set_exception(self, error: BaseException) -> None:
        self.error = error
