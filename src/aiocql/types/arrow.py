"""Which Arrow type a CQL type becomes, where there is a choice."""

from __future__ import annotations

from typing import Any, Final, Literal, TypeAlias

from aiocql.errors import ConfigurationError
from aiocql.frozen import Frozen

__all__ = ["DECIMAL_DIGITS", "ArrowTypes", "DecimalType"]

DECIMAL_DIGITS: Final = 38
"""The digits of the largest decimal that all consumers read: 128 bits."""

DecimalType: TypeAlias = Literal["text", "float64"] | tuple[int, int]

_CHOICES: Final[dict[str, tuple[str, ...]]] = {
    "text": ("utf8", "large_utf8", "utf8_view", "dictionary"),
    "uuid": ("uuid", "binary", "text"),
    "inet": ("text", "binary"),
    "timestamp": ("ms", "us"),
    "duration": ("struct", "interval", "text"),
    "varint": ("decimal", "int64", "text"),
}


class ArrowTypes(Frozen):
    """The Arrow types of columns, for CQL types that more than one Arrow type fits.

    The defaults keep every value and are read by pyarrow, pandas, Polars and DuckDB.

    Args:
        text: ``"utf8"``, ``"large_utf8"`` (64-bit offsets), ``"utf8_view"`` or ``"dictionary"`` (categories).
        uuid: ``"uuid"`` (the canonical extension type), ``"binary"`` (16 bytes) or ``"text"``.
        inet: ``"text"`` or ``"binary"`` (4 or 16 bytes).
        timestamp: ``"ms"``, or ``"us"`` for engines that know no milliseconds.
        duration: ``"struct"`` (months, days, nanoseconds), ``"interval"`` or ``"text"``.
        decimal: ``(precision, scale)``, ``"text"`` (keeps every digit) or ``"float64"``.
        varint: ``"decimal"`` (38 digits), ``"int64"`` or ``"text"``.

    A value that does not fit the chosen type raises `DecodeError`, which names the row and the column.
    """

    text: Literal["utf8", "large_utf8", "utf8_view", "dictionary"] = "utf8"
    uuid: Literal["uuid", "binary", "text"] = "uuid"
    inet: Literal["text", "binary"] = "text"
    timestamp: Literal["ms", "us"] = "ms"
    duration: Literal["struct", "interval", "text"] = "struct"
    decimal: DecimalType = (DECIMAL_DIGITS, 18)
    varint: Literal["decimal", "int64", "text"] = "decimal"

    def _check(self) -> None:
        for name, choices in _CHOICES.items():
            if getattr(self, name) not in choices:
                raise ConfigurationError(
                    f"ArrowTypes({name}=...) must be one of {', '.join(map(repr, choices))}"
                )
        _check_decimal(self.decimal)

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(tuple(getattr(self, name) for name in self.FIELDS))


def _check_decimal(decimal: Any) -> None:
    if decimal in ("text", "float64"):
        return
    if isinstance(decimal, tuple) and len(decimal) == 2 and all(type(part) is int for part in decimal):
        precision, scale = decimal
        if 1 <= precision <= DECIMAL_DIGITS and 0 <= scale <= precision:
            return
    raise ConfigurationError(
        'ArrowTypes(decimal=...) must be "text", "float64" or (precision, scale)',
        hint=f"precision is 1 to {DECIMAL_DIGITS}, scale 0 to precision; the default is (38, 18)",
    )
