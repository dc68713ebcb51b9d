"""Writing CQL: identifiers, texts, maps and numbers as the server writes them itself."""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Mapping

__all__ = ["RESERVED", "double_text", "float_text", "identifier", "literal", "map_literal", "quoted"]

# The words that the server puts in quotes where they are names (``reserved_keywords.txt`` of Cassandra 4.0 to 5.0).
RESERVED = frozenset(
    "add allow alter and apply asc authorize batch begin by columnfamily create delete desc describe drop entries "
    "execute from full grant if in index infinity insert into is keyspace limit materialized modify nan "
    "norecursive not null of on or order primary rename revoke schema select set table to token truncate unlogged "
    "update use using view where with".split()
)

RESERVED_BEFORE_4 = frozenset("default mbean mbeans replace unset".split())

_PLAIN = "[a-z][a-z0-9_]*"


def identifier(name: str, *, before_4: bool = False) -> str:
    """A name as CQL takes it: in quotes where it has to be. Cassandra before 4.0 reserves more words."""
    reserved = name in RESERVED or (before_4 and name in RESERVED_BEFORE_4)
    if re.fullmatch(_PLAIN, name) and not reserved:
        return name
    return '"' + name.replace('"', '""') + '"'


def literal(value: object) -> str:
    """A value of an option: text, number, boolean, bytes, map or nothing."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return double_text(value)
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if isinstance(value, Mapping):
        return map_literal(value)
    return quoted(str(value))


def quoted(text: str) -> str:
    """A text between single quotes."""
    return "'" + text.replace("'", "''") + "'"


def map_literal(values: Mapping[str, object]) -> str:
    """A map, its keys in the order of Java's strings: by UTF-16 code units."""
    keys = sorted(values, key=lambda key: key.encode("utf-16-be", "surrogatepass"))
    return "{" + ", ".join(f"{literal(key)}: {literal(values[key])}" for key in keys) + "}"


def double_text(value: float) -> str:
    """A double as Java's ``Double.toString`` writes it: ``0.01``, ``1.2345E-4``, ``1.0E10``."""
    return _java_number(repr(value), value)


def float_text(value: float) -> str:
    """A number of 32 bits as Java's ``Float.toString`` writes it: with as many digits as tell it from others."""
    digits = (f"{value:.{n}e}" for n in range(9))
    return _java_number(next((text for text in digits if _single(float(text)) == value), repr(value)), value)


def _single(value: float) -> float:
    try:
        found: float = struct.unpack(">f", struct.pack(">f", value))[0]
    except OverflowError:
        return math.inf
    return found


def _java_number(text: str, value: float) -> str:
    """The digits of `text` in Java's notation, with an exponent below 1E-3 and from 1E7 on."""
    if math.isnan(value):
        return "NaN"
    sign = "-" if math.copysign(1.0, value) < 0 else ""
    if math.isinf(value):
        return f"{sign}Infinity"
    if value == 0:
        return f"{sign}0.0"
    from decimal import Decimal

    _, digits, exponent = Decimal(text).normalize().as_tuple()
    shown = "".join(map(str, digits))
    point = len(shown) + int(exponent)
    if -3 < point <= 7:
        if point <= 0:
            return f"{sign}0.{'0' * -point}{shown}"
        return f"{sign}{shown[:point].ljust(point, '0')}.{shown[point:] or '0'}"
    return f"{sign}{shown[0]}.{shown[1:] or '0'}E{point - 1}"
