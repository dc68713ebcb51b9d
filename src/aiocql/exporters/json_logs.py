"""The driver's log records as JSON, one object a line: their text and their fields."""

from __future__ import annotations

import datetime
import json
import logging

__all__ = ["JSONFormatter"]

FIELDS = (
    "event",
    "host",
    "datacenter",
    "keyspace",
    "active",
    "error",
    "seconds",
    "attempts",
    "outcome",
    "query",
)


class JSONFormatter(logging.Formatter):
    """``handler.setFormatter(JSONFormatter())`` for a handler of the logger `aiocql`."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        moment = datetime.datetime.fromtimestamp(record.created, datetime.UTC)
        found: dict[str, object] = {
            "time": moment.isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "area": record.name,
            "message": record.getMessage(),
        }
        found |= {name: getattr(record, name) for name in FIELDS if hasattr(record, name)}
        if record.exc_info:
            found["exception"] = self.formatException(record.exc_info)
        return json.dumps(found, default=str)
