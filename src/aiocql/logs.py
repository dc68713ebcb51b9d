"""The loggers of the driver: a record is one line without control characters, whatever a server calls things."""

from __future__ import annotations

import logging

from aiocql.printable import printable

__all__ = ["get_logger"]


class _OneLine(logging.Filter):
    """Replaces texts and errors among a record's arguments by printable ones; numbers stay what they are."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(
                each if isinstance(each, int | float | None) else printable(str(each)) for each in record.args
            )
        return True


def get_logger(name: str) -> logging.Logger:
    """Return the logger `name`, whose records are one line each."""
    logger = logging.getLogger(name)
    if not any(isinstance(each, _OneLine) for each in logger.filters):
        logger.addFilter(_OneLine())
    return logger
