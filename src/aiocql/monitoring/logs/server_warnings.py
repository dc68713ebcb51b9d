"""What servers warn of, in the log `aiocql.warnings`; `Result.warnings` has it too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from aiocql.logs import get_logger
from aiocql.statements.redaction import sanitized, sanitized_message

if TYPE_CHECKING:
    from aiocql.execution.dispatcher import Execution

__all__ = ["log_warnings", "logger"]

logger = get_logger("aiocql.warnings")

MAX_QUERY = 200

MAX_RECORDS = 20
"""Records for one response, which may hold 65,535 warnings."""


def log_warnings(warnings: Sequence[str], execution: Execution) -> None:
    """Log one record for each warning, with the host and the statement's text; never values, bound or literal."""
    sent = getattr(execution.statement, "query", None) or ""
    query = sanitized(sent)
    host = getattr(execution.host, "endpoint", None)
    for warning in warnings[:MAX_RECORDS]:
        text = sanitized_message(warning, sent)
        fields = {"event": "SERVER_WARNING", "host": host, "warning": text, "query": query}
        logger.warning("%s: %s [%s]", host, text, query[:MAX_QUERY], extra=fields)
    if (more := len(warnings) - MAX_RECORDS) > 0:
        fields = {"event": "SERVER_WARNING", "host": host, "query": query}
        logger.warning(
            "%s: %d more warnings in the same response [%s]", host, more, query[:MAX_QUERY], extra=fields
        )
