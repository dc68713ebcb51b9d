"""The instrumentation scope of what is exported, and the version of the conventions it goes by."""

from __future__ import annotations

__all__ = ["SCHEMA", "SCOPE"]

SCOPE = "aiocql"
SCHEMA = "https://opentelemetry.io/schemas/1.34.0"
