"""What a value of a data frame becomes before it is bound to a column."""

from __future__ import annotations

from decimal import Decimal
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from aiocql.types.descriptors import ListType, MapType, ScalarType, SetType, TupleType, UserType, VectorType
from aiocql.types.values import Duration

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiocql.types.descriptors import CqlType

__all__ = ["converter"]


def converter(cql_type: CqlType) -> Callable[[Any], Any] | None:
    """Return what makes a value of a CQL type from one of a data frame, or None where they are the same."""
    match cql_type:
        case ScalarType(name):
            return _SCALARS.get(name)
        case SetType(element) | ListType(element) | VectorType(element, _):
            return _items(converter(element))
        case MapType(key, value):
            return _pairs(converter(key) or _same, converter(value) or _same)
        case TupleType(elements):
            return _fields([converter(each) or _same for each in elements])
        case UserType(_, _, names, fields):
            return _user_type(dict(zip(names, (converter(each) or _same for each in fields), strict=True)))
    return None


def _same(value: Any) -> Any:
    return value


def _optional(convert: Callable[[Any], Any], value: Any) -> Any:
    return None if value is None else convert(value)


def _items(convert: Callable[[Any], Any] | None) -> Callable[[Any], Any] | None:
    return None if convert is None else lambda values: [_optional(convert, each) for each in values]


def _pairs(key: Callable[[Any], Any], value: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda pairs: {_hashable(_optional(key, k)): _optional(value, v) for k, v in pairs}


def _hashable(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _fields(converters: list[Callable[[Any], Any]]) -> Callable[[Any], Any]:
    def convert(value: Any) -> Any:
        parts = value.values() if isinstance(value, dict) else value
        return tuple(_optional(each, part) for each, part in zip(converters, parts, strict=True))

    return convert


def _user_type(converters: dict[str, Callable[[Any], Any]]) -> Callable[[Any], Any]:
    return lambda value: {name: _optional(converters[name], part) for name, part in value.items()}


def _uuid(value: Any) -> Any:
    if isinstance(value, bytes):
        return UUID(bytes=value)
    return UUID(value) if isinstance(value, str) else value


def _decimal(value: Any) -> Any:
    return Decimal(repr(value)) if isinstance(value, float) else Decimal(value)


def _varint(value: Any) -> Any:
    if isinstance(value, Decimal):
        number = int(value)
        if number != value:
            raise ValueError
        return number
    return int(value) if isinstance(value, str) else value


def _duration(value: Any) -> Any:
    return Duration(**value) if isinstance(value, dict) else value


_SCALARS: Final[dict[str, Callable[[Any], Any]]] = {
    "decimal": _decimal,
    "duration": _duration,
    "inet": ip_address,
    "timeuuid": _uuid,
    "uuid": _uuid,
    "varint": _varint,
}
