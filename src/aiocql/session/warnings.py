"""What servers warn of, in the log `aiocql.warnings`; `Result.warnings` has it too."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiocql.session.dispatcher import Execution

__all__ = ["log_warnings", "logger"]

logger = logging.getLogger("aiocql.warnings")

MAX_QUERY = 200


def log_warnings(warnings: Sequence[str], execution: Execution) -> None:
    """One record for each warning, with the host and the statement's text; never its values."""
    query = " ".join((getattr(execution.statement, "query", None) or "").split())
    for warning in warnings:
        logger.warning(
            "%s: %s [%s]", getattr(execution.host, "endpoint", execution.host), warning, query[:MAX_QUERY]
        )
