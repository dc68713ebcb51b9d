"""CQL values as text for a person, and as JSON for a program."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

__all__ = ["as_json", "as_text"]


def as_text(value: Any) -> str:
    """The value as one would write it in CQL, or nearly so. None is the caller's to show."""
    if isinstance(value, str):
        return value
    if isinstance(value, bytes | bytearray | memoryview):
        return "0x" + bytes(value).hex()
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):
        return value.isoformat()
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{as_text(k)}: {_nested(v)}" for k, v in value.items()) + "}"
    if isinstance(value, set | frozenset):
        return "{" + ", ".join(sorted(map(_nested, value))) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_nested, value)) + "]"
    if isinstance(value, tuple):
        return "(" + ", ".join(map(_nested, value)) + ")"
    return str(value)


def _nested(value: Any) -> str:
    return "null" if value is None else f"'{value}'" if isinstance(value, str) else as_text(value)


def as_json(value: Any) -> Any:
    """The value in what JSON has: numbers, text, lists and objects."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Mapping):
        return {as_text(key): as_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [as_json(item) for item in value]
    return as_text(value)
