"""What servers warn of, in the log `aiocql.warnings`; `Result.warnings` has it too."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from aiocql.statements.redaction import sanitized, sanitized_message

if TYPE_CHECKING:
    from aiocql.execution.dispatcher import Execution

__all__ = ["log_warnings", "logger"]

logger = logging.getLogger("aiocql.warnings")

MAX_QUERY = 200


def log_warnings(warnings: Sequence[str], execution: Execution) -> None:
    """One record for each warning, with the host and the statement's text; never values, bound or literal."""
    query = sanitized(getattr(execution.statement, "query", None) or "")
    host = getattr(execution.host, "endpoint", None)
    for warning in warnings:
        text = sanitized_message(warning)
        fields = {"event": "SERVER_WARNING", "host": host, "warning": text, "query": query}
        logger.warning("%s: %s [%s]", host, text, query[:MAX_QUERY], extra=fields)
