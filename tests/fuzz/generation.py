"""Types of CQL, values of them, and both as a server writes them, at random."""

from __future__ import annotations

import datetime as dt
import decimal
import ipaddress
import uuid
from collections.abc import Callable
from random import Random
from typing import Any

from aiocql.sentinels import EMPTY
from aiocql.types.containers import CqlMap, CqlSet
from aiocql.types.descriptors import (
    SCALARS,
    CqlType,
    CustomType,
    ListType,
    MapType,
    ScalarType,
    SetType,
    TupleType,
    UserType,
    VectorType,
)
from aiocql.types.values import Date, Duration, Time, Timestamp

__all__ = ["anything", "class_name", "option", "random_type", "random_value"]

_NAMES = sorted(set(SCALARS) - {"empty"})
_CODES = {
    "ascii": 1, "bigint": 2, "blob": 3, "boolean": 4, "counter": 5, "decimal": 6, "double": 7, "float": 8, "int": 9,
    "timestamp": 11, "uuid": 12, "text": 13, "varint": 14, "timeuuid": 15, "inet": 16, "date": 17, "time": 18,
    "smallint": 19, "tinyint": 20, "duration": 21,
}  # fmt: skip
_CLASSES = {
    "ascii": "AsciiType", "bigint": "LongType", "blob": "BytesType", "boolean": "BooleanType",
    "counter": "CounterColumnType", "decimal": "DecimalType", "double": "DoubleType", "float": "FloatType",
    "int": "Int32Type", "timestamp": "TimestampType", "uuid": "UUIDType", "text": "UTF8Type", "varint": "IntegerType",
    "timeuuid": "TimeUUIDType", "inet": "InetAddressType", "date": "SimpleDateType", "time": "TimeType",
    "smallint": "ShortType", "tinyint": "ByteType", "duration": "DurationType", "empty": "EmptyType",
}  # fmt: skip


def random_type(rng: Random, depth: int = 3) -> CqlType:
    """Any type, nested up to `depth`."""
    if depth == 0 or rng.random() < 0.4:
        return ScalarType(rng.choice(_NAMES))
    kind = rng.randrange(7)
    if kind == 0:
        return ListType(random_type(rng, depth - 1))
    if kind == 1:
        return SetType(random_type(rng, depth - 1))
    if kind == 2:
        return MapType(random_type(rng, depth - 1), random_type(rng, depth - 1))
    parts = [random_type(rng, depth - 1) for _ in range(rng.randint(1, 4))]
    if kind == 3:
        return TupleType(parts)
    if kind == 4:
        names = [rng.choice(("a", "b c", "class", "", "Ü")) + str(i) for i in range(len(parts))]
        return UserType("ks", "made", names, parts)
    return VectorType(parts[0], rng.randint(1, 6))


def _bits(rng: Random, bits: int) -> int:
    """A signed number; the ends of its range as often as all others."""
    edge = 1 << bits - 1
    return rng.choice((0, -1, 1, edge - 1, -edge, rng.randrange(-edge, edge)))


def _timestamp(rng: Random) -> Any:
    return Timestamp(_bits(rng, 64)) if rng.random() < 0.5 else dt.datetime(2024, 2, 29, tzinfo=dt.UTC)


def _duration(rng: Random) -> Duration:
    made = Duration(abs(_bits(rng, 31)), abs(_bits(rng, 31)), abs(_bits(rng, 63)))
    return -made if rng.random() < 0.5 else made


_SCALAR_VALUES: dict[str, Callable[[Random], Any]] = {
    "ascii": lambda rng: "a" * rng.choice((0, 1, 5, 300)),
    "bigint": lambda rng: _bits(rng, 64),
    "blob": lambda rng: rng.randbytes(rng.choice((0, 1, 5, 300))),
    "boolean": lambda rng: rng.random() < 0.5,
    "counter": lambda rng: _bits(rng, 64),
    "date": lambda rng: Date(_bits(rng, 32)),
    "decimal": lambda rng: decimal.Decimal(
        (rng.randrange(2), (rng.randint(1, 9),) * rng.randint(1, 60), _bits(rng, 31))
    ),
    "double": lambda rng: rng.choice((0.0, -0.0, float("nan"), float("inf"), rng.random())),
    "duration": _duration,
    "float": lambda rng: rng.choice((0.0, -0.0, float("nan"), float("-inf"), 1.5)),
    "inet": lambda rng: ipaddress.ip_address(rng.randbytes(rng.choice((4, 16)))),
    "int": lambda rng: _bits(rng, 32),
    "smallint": lambda rng: _bits(rng, 16),
    "text": lambda rng: rng.choice(("", "text", "日本", "\0", "🙂" * 40)),
    "time": lambda rng: Time(rng.randrange(86_400 * 10**9)),
    "timestamp": _timestamp,
    "timeuuid": lambda rng: uuid.UUID(int=rng.getrandbits(128) & ~(0xF << 76) | 1 << 76),
    "tinyint": lambda rng: _bits(rng, 8),
    "uuid": lambda rng: uuid.UUID(int=rng.getrandbits(128)),
    "varint": lambda rng: _bits(rng, rng.choice((8, 9, 64, 65, 200, 2000))),
}


def random_value(rng: Random, cql_type: CqlType) -> Any:
    """A value that can be bound to the type."""
    match cql_type:
        case ScalarType(name):
            return _SCALAR_VALUES[name](rng)
        case ListType(element):
            return [random_value(rng, element) for _ in range(rng.randint(0, 3))]
        case SetType(element):
            return CqlSet([random_value(rng, element) for _ in range(rng.randint(0, 3))])
        case MapType(key, value):
            return CqlMap(
                [(random_value(rng, key), random_value(rng, value)) for _ in range(rng.randint(0, 3))]
            )
        case TupleType(elements):
            return tuple(_or_nothing(rng, element) for element in elements)
        case UserType():
            return tuple(_or_nothing(rng, field) for field in cql_type.field_types)
        case VectorType(element, dimensions):
            return [random_value(rng, element) for _ in range(dimensions)]
    raise AssertionError(cql_type)


def _or_nothing(rng: Random, cql_type: CqlType) -> Any:
    return rng.choice((None, EMPTY)) if rng.random() < 0.2 else random_value(rng, cql_type)


def anything(rng: Random, depth: int = 2) -> Any:
    """A Python value that some type may take, or none."""
    if depth and rng.random() < 0.4:
        items = [anything(rng, depth - 1) for _ in range(rng.randint(0, 4))]
        return rng.choice((list, tuple, CqlSet, iter, lambda them: CqlMap(zip(them, them, strict=True))))(
            items
        )
    return rng.choice(
        (
            None, True, 0, -1, 2**31, 2**63, 2**200, 1.5, 1e300, float("nan"), "", "text", "12:00", "2024-02-29", "1h",
            "\ud800", "::1", b"", b"\0\xff", bytearray(b"ab"), memoryview(b"abcdef")[::2], decimal.Decimal("NaN"),
            decimal.Decimal("-0.00"), uuid.UUID(int=5), dt.datetime(1, 1, 1), dt.datetime.max, dt.date.min,
            dt.time(1, tzinfo=dt.UTC), dt.timedelta(1), Duration(1), Time(-5), EMPTY, object(), {}, set(), [], (),
            {"a0": 1}, range(3), float, ipaddress.ip_address("fe80::1%eth0"),
        )
    )  # fmt: skip


def _string(text: str) -> bytes:
    data = text.encode()
    return len(data).to_bytes(2) + data


def option(cql_type: CqlType) -> bytes:
    """The type as an [option]."""
    match cql_type:
        case ScalarType(name) if name in _CODES:
            return _CODES[name].to_bytes(2)
        case ListType(element):
            return b"\0\x20" + option(element)
        case MapType(key, value):
            return b"\0\x21" + option(key) + option(value)
        case SetType(element):
            return b"\0\x22" + option(element)
        case UserType(keyspace, name, names, types):
            fields = b"".join(_string(n) + option(t) for n, t in zip(names, types, strict=True))
            return b"\0\x30" + _string(keyspace) + _string(name) + len(names).to_bytes(2) + fields
        case TupleType(elements):
            return b"\0\x31" + len(elements).to_bytes(2) + b"".join(map(option, elements))
    return b"\0\0" + _string(class_name(cql_type))


def class_name(cql_type: CqlType) -> str:
    """The type as the server's class."""
    match cql_type:
        case ScalarType(name):
            return f"org.apache.cassandra.db.marshal.{_CLASSES[name]}"
        case ListType(element):
            return f"org.apache.cassandra.db.marshal.ListType({class_name(element)})"
        case SetType(element):
            return f"org.apache.cassandra.db.marshal.FrozenType(SetType({class_name(element)}))"
        case MapType(key, value):
            return f"MapType({class_name(key)} , {class_name(value)})"
        case TupleType(elements):
            return f"TupleType({','.join(map(class_name, elements))})"
        case UserType(keyspace, name, names, types):
            fields = (
                f"{n.encode().hex() or '00'}:{class_name(t)}" for n, t in zip(names, types, strict=True)
            )
            return f"UserType({keyspace},{name.encode().hex()},{','.join(fields)})"
        case VectorType(element, dimensions):
            return f"org.apache.cassandra.db.marshal.VectorType({class_name(element)} , {dimensions})"
        case CustomType(name):
            return name
    raise AssertionError(cql_type)
