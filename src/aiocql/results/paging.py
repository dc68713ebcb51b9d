"""Detect a repeated paging state: without this check, the driver would ask for the same page forever."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiocql.errors import ProtocolError

if TYPE_CHECKING:
    from aiocql.execution.dispatcher import Execution

__all__ = ["check_progress"]


def check_progress(before: bytes | None, state: bytes, execution: Execution) -> None:
    """Raises ProtocolError where the page that began at `before` says that the next one begins there too."""
    if before is not None and before == state:
        error = ProtocolError(
            "the server gave the same paging state twice: the pages would never end", host=execution.host
        )
        error.query = getattr(execution.statement, "query", None)
        raise error
