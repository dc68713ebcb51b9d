"""What results ask for after they were created: their next page, and the trace of their request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from uuid import UUID

    from aiocql.execution.dispatcher import Execution
    from aiocql.monitoring.tracing import QueryTrace

__all__ = ["ResultSource"]


class ResultSource(Protocol):
    """The face of the session that a result came from."""

    async def _next_page(self, execution: Execution, parameters: Any, state: bytes, /) -> Any:
        """Return the page that begins at `state`, of the same statement with the same options."""

    async def trace(self, trace_id: UUID, *, host: Any = None, timeout: float = 10.0) -> QueryTrace:
        """Return the trace of a request when it is complete."""
        ...
