"""Values as CQL literals, spelled as the server spells them in DESCRIBE.

`text_literal` reads the texts in which ``system_schema.column_masks`` keeps arguments: plain for scalars, fields
between colons for tuples and user types, the hexadecimal bytes of the value for collections and vectors.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable
from typing import Any

from aiocql.metadata.cql_text import double_text, float_text, identifier, quoted
from aiocql.types.descriptors import (
    CqlType,
    CustomType,
    ListType,
    MapType,
    SetType,
    TupleType,
    UserType,
    VectorType,
)

__all__ = ["text_literal", "value_literal"]

_QUOTED = frozenset({"ascii", "date", "inet", "text", "time", "timestamp"})
_NULL = "@"


def text_literal(cql_type: CqlType, text: str) -> str:
    """The literal of a value that the server keeps as text."""
    match cql_type:
        case ListType() | SetType() | MapType() | VectorType():
            return value_literal(cql_type, _decoded(cql_type, bytes.fromhex(text)))
        case TupleType(elements):
            return f"({', '.join(_fields(elements, text))})"
        case UserType(_, _, names, types):
            return _named(names, _fields(types, text))
        case CustomType():
            return f"0x{text}"
    name = str(cql_type)
    if name == "blob":
        return f"0x{text}"
    return quoted(text) if name in _QUOTED else text


def value_literal(cql_type: CqlType, value: Any) -> str:
    """The literal of a decoded value: a tuple for a user type, a list for a set."""
    if value is None:
        return "null"
    match cql_type:
        case ListType(element) | VectorType(element):
            return f"[{', '.join(value_literal(element, each) for each in value)}]"
        case SetType(element):
            return f"{{{', '.join(value_literal(element, each) for each in value)}}}"
        case MapType(key, item):
            pairs = (f"{value_literal(key, k)}: {value_literal(item, v)}" for k, v in value.items())
            return f"{{{', '.join(pairs)}}}"
        case TupleType(elements):
            return f"({', '.join(map(value_literal, elements, value))})"
        case UserType(_, _, names, types):
            return _named(names, map(value_literal, types, value))
    return _scalar(str(cql_type), value)


def _fields(types: Iterable[CqlType], text: str) -> list[str]:
    """The literals of the fields of a tuple; fields that the text leaves out are null."""
    parts = re.split(r"(?<!\\):", text)
    found = [_field(of, part) for of, part in zip(types, parts, strict=False)]
    return found + ["null"] * (len(tuple(types)) - len(found))


def _field(cql_type: CqlType, part: str) -> str:
    return "null" if part == _NULL else text_literal(cql_type, re.sub(r"\\([:@])", r"\1", part))


def _named(names: Iterable[str], literals: Iterable[str]) -> str:
    pairs = zip(names, literals, strict=False)
    return f"{{{', '.join(f'{identifier(name)}: {text}' for name, text in pairs)}}}"


def _decoded(cql_type: CqlType, data: bytes) -> Any:
    from aiocql.types.registry import CodecRegistry

    return CodecRegistry().codec(_ordered(cql_type)).from_bytes(data)


def _ordered(cql_type: CqlType) -> CqlType:
    """A type of the same bytes whose decoded values keep the order: a list for a set, a tuple for a user type."""
    match cql_type:
        case ListType(element) | SetType(element):
            return ListType(_ordered(element))
        case MapType(key, item):
            return MapType(_ordered(key), _ordered(item))
        case VectorType(element, dimensions):
            return VectorType(_ordered(element), dimensions)
        case TupleType(elements) | UserType(_, _, _, elements):
            return TupleType(map(_ordered, elements))
    return cql_type


def _scalar(name: str, value: Any) -> str:
    match name:
        case "ascii" | "text":
            return quoted(value)
        case "boolean":
            return "true" if value else "false"
        case "double":
            return double_text(value)
        case "float":
            return float_text(value)
        case "inet":
            return quoted(_address(value))
        case "date" | "time" | "timestamp":
            return quoted(_moment(value))
    return f"0x{value.hex()}" if isinstance(value, bytes) else str(value)


def _address(value: Any) -> str:
    """An address as Java writes it: groups of an IPv6 address are never left out."""
    if value.version == 4:
        return str(value)
    return ":".join(f"{int(group, 16):x}" for group in value.exploded.split(":"))


def _moment(value: Any) -> str:
    from aiocql.types.values import Date, Time, Timestamp

    if isinstance(value, datetime.datetime):
        value = Timestamp.from_datetime(value)
    elif isinstance(value, datetime.date):
        value = Date.from_date(value)
    elif isinstance(value, datetime.time):
        value = Time.from_time(value)
    text: str = value.isoformat()
    return text.replace("+00:00", "Z")
