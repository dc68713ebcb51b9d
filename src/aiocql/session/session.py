"""The session: the face of a cluster that users hold."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Self

from aiocql.session.face import DRAIN_TIMEOUT, SessionFace
from aiocql.session.methods import RowT

if TYPE_CHECKING:
    from aiocql.session.limited import RateLimitedSession
    from aiocql.session.services import Services

__all__ = ["Session"]


class Session(SessionFace[RowT]):
    """A session with a cluster, created by `aiocql.connect`. Use one session per process."""

    def __init__(self, services: Services, created_at: str) -> None:
        super().__init__(services, None)
        self._created_at: str | None = created_at

    @property
    def _whole(self) -> Session[RowT]:
        return self

    def rate_limited(
        self,
        max_concurrent: int | None = None,
        *,
        requests_per_second: float | None = None,
        burst: float | None = None,
        max_queue: int = 10_000,
        name: str | None = None,
    ) -> RateLimitedSession[RowT]:
        """Return this session with a limit: at most `max_concurrent` requests at once, `requests_per_second`, or both.

        Without either, 1,000 at once. `max_queue` requests may wait, first come, first served; one more raises
        RequestThrottled. `burst` is how many may begin at once after a pause (default: a tenth of a second's worth).
        Each call makes a limit of its own, which statistics show by its `name`. Raises ConfigurationError.
        """
        from aiocql.session.limited import limited

        executor = self._services.executor
        # The session's limit when a request has passed the first: it may be replaced meanwhile.
        return limited(
            self,
            lambda: executor.throttle,
            max_concurrent,
            requests_per_second,
            burst,
            max_queue,
            name,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        await self.close(drain_timeout=DRAIN_TIMEOUT if kind is None else 0.0)

    def __del__(self) -> None:
        # None: another object warns in its place (aiocql.sync).
        if getattr(self, "_created_at", None) is not None and not self.is_closed:
            warnings.warn(
                f"a session was never closed: made at {self._created_at}; use `async with`, or await close()",
                ResourceWarning,
                stacklevel=2,
                source=self,
            )
