"""Checks that several options share. Each raises ConfigurationError, naming the option."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aiocql.enums import ConsistencyLevel
from aiocql.errors import ConfigurationError

__all__ = [
    "check_integer",
    "check_one_of",
    "check_rate",
    "check_seconds",
    "consistency_level",
    "looks_like_milliseconds",
    "serial_consistency_level",
]


def check_integer(name: str, value: Any, low: int, high: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise ConfigurationError(f"{name}: {value!r} is no whole number from {low} to {high}")


def check_seconds(name: str, value: Any, *, optional: bool = False) -> None:
    _check_positive(name, value, "number of seconds", optional=optional)


_TIMEOUTS = ("request_timeout", "attempt_timeout", "connect_timeout")
_LONG_TIMEOUT = 1000


def looks_like_milliseconds(options: Mapping[str, Any]) -> str | None:
    """Return a warning for a timeout of 1,000 seconds or more, which the caller may have meant in milliseconds."""
    for name in _TIMEOUTS:
        value = options.get(name)
        if value is not None and value >= _LONG_TIMEOUT:
            return (
                f"{name}={value:g} is in seconds, not milliseconds ({value / 60:.0f} minutes); "
                f"did you mean {value / 1000:g}, or None for no limit?"
            )
    return None


def check_rate(name: str, value: Any) -> None:
    """So many a second; None: no limit."""
    _check_positive(name, value, "number", optional=True)


def _check_positive(name: str, value: Any, what: str, *, optional: bool) -> None:
    if value is None and optional:
        return
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value < float("inf"):
        also = ", or None" if optional else ""
        raise ConfigurationError(f"{name}: {value!r} is no {what} above 0{also}")


def check_one_of(name: str, value: Any, choices: Sequence[Any]) -> None:
    if value not in choices:
        raise ConfigurationError(f"{name}: {value!r}", hint="one of " + ", ".join(map(repr, choices)))


def consistency_level(name: str, value: Any) -> ConsistencyLevel:
    try:
        if isinstance(value, str):
            return ConsistencyLevel[value.strip().upper()]
        return ConsistencyLevel(value)
    except (KeyError, ValueError, TypeError):
        names = ", ".join(level.name for level in ConsistencyLevel)
        raise ConfigurationError(
            f"{name}: {value!r} is no consistency level", hint=f"one of {names}"
        ) from None


def serial_consistency_level(value: Any) -> ConsistencyLevel | None:
    """The level of a light-weight transaction's own round; None: the server's default."""
    if value is None:
        return None
    level = consistency_level("serial_consistency_level", value)
    if not level.is_serial:
        raise ConfigurationError(f"serial_consistency_level: {level.name}", hint="SERIAL or LOCAL_SERIAL")
    return level
