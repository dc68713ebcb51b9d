"""The slow query log: requests that took longer than a threshold, in the log `aiocql.slow`. Never values."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from aiocql.logs import get_logger
from aiocql.statements.redaction import sanitized

if TYPE_CHECKING:
    from aiocql.nodes.request_counters import RequestCounters

__all__ = ["log_slow_queries"]

logger = get_logger("aiocql.slow")


def log_slow_queries(tally: RequestCounters, threshold: float | None) -> None:
    """Has the requests noted that take `threshold` seconds or more; None: none."""
    tally.on_slow = _note
    tally.slow_threshold = float("inf") if threshold is None else threshold


def _note(execution: Any, seconds: float, error: BaseException | None, cancelled: bool) -> None:
    """One record: how long it took, where, how often it was tried, what came of it, and the text without literals."""
    if not logger.isEnabledFor(logging.WARNING):
        return
    query = statement_text(execution.statement)
    host = getattr(execution.host, "endpoint", None)
    outcome = "cancelled" if cancelled else "ok" if error is None else type(error).__name__
    logger.warning(
        "%.3f s at %s, %s after %d attempts: %s",
        seconds,
        host or "no host",
        outcome,
        execution.attempts,
        query,
        extra={
            "event": "SLOW_QUERY",
            "seconds": seconds,
            "host": host,
            "attempts": execution.attempts,
            "outcome": outcome,
            "query": query,
        },
    )


def statement_text(statement: Any) -> str:
    """The text of a statement without its literals; of a batch, how many statements it has."""
    query = getattr(statement, "query", None)
    return sanitized(query) if isinstance(query, str) else f"<{type(statement).__name__}>"
