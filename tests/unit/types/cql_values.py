"""Generated CQL types and values of them, and the same types and values as cassandra-driver has them.

Values are those that the driver's decoders give, so that what is encoded and decoded again can be compared.
"""

from __future__ import annotations

import datetime as dt
import decimal
import ipaddress
import uuid
from collections.abc import Mapping, Set
from typing import Any

from cassandra import cqltypes, util
from hypothesis import strategies as st

from aiocql.types.containers import CqlMap, CqlSet
from aiocql.types.descriptors import (
    SCALARS,
    CqlType,
    ListType,
    MapType,
    ScalarType,
    SetType,
    TupleType,
    UserType,
    VectorType,
)
from aiocql.types.registry import CodecRegistry
from aiocql.types.user_types import user_type_class
from aiocql.types.values import Date, Duration, Time, Timestamp

REGISTRY = CodecRegistry()

DRIVER_SCALARS: dict[str, Any] = {
    "ascii": cqltypes.AsciiType,
    "bigint": cqltypes.LongType,
    "blob": cqltypes.BytesType,
    "boolean": cqltypes.BooleanType,
    "counter": cqltypes.CounterColumnType,
    "date": cqltypes.SimpleDateType,
    "decimal": cqltypes.DecimalType,
    "double": cqltypes.DoubleType,
    "duration": cqltypes.DurationType,
    "float": cqltypes.FloatType,
    "inet": cqltypes.InetAddressType,
    "int": cqltypes.Int32Type,
    "smallint": cqltypes.ShortType,
    "text": cqltypes.UTF8Type,
    "time": cqltypes.TimeType,
    "timestamp": cqltypes.DateType,
    "timeuuid": cqltypes.TimeUUIDType,
    "tinyint": cqltypes.ByteType,
    "uuid": cqltypes.UUIDType,
    "varint": cqltypes.IntegerType,
}


def signed(bits: int) -> st.SearchStrategy[int]:
    return st.integers(-(1 << bits - 1), (1 << bits - 1) - 1)


def _timestamp(ms: int) -> dt.datetime | Timestamp:
    try:
        return Timestamp(ms).to_datetime()
    except ValueError:
        return Timestamp(ms)


def _date(days: int) -> dt.date | Date:
    try:
        return Date(days).to_date()
    except ValueError:
        return Date(days)


def _time(ns: int) -> dt.time | Time:
    return Time(ns) if ns % 1000 else Time(ns).to_time()


def _decimal(unscaled: int, scale: int) -> decimal.Decimal:
    return decimal.Decimal((int(unscaled < 0), tuple(map(int, str(abs(unscaled)))), -scale))


def _duration(months: int, days: int, nanoseconds: int, negative: bool) -> Duration:
    return -Duration(months, days, nanoseconds) if negative else Duration(months, days, nanoseconds)


_uuids = st.binary(min_size=16, max_size=16).map(lambda raw: uuid.UUID(bytes=raw))

SCALAR_VALUES: dict[str, st.SearchStrategy[Any]] = {
    "ascii": st.text(st.characters(max_codepoint=127)),
    "bigint": signed(64),
    "blob": st.binary(),
    "boolean": st.booleans(),
    "counter": signed(64),
    "date": (signed(32) | st.integers(-719_163, 2_932_897)).map(_date),
    "decimal": st.builds(_decimal, signed(80) | signed(200), signed(32) | st.integers(-40, 40)),
    "double": st.floats(),
    "duration": st.builds(
        _duration,
        st.integers(0, 2**31 - 1),
        st.integers(0, 2**31 - 1),
        st.integers(0, 2**63 - 1),
        st.booleans(),
    ),
    "float": st.floats(width=32),
    "inet": st.ip_addresses(),
    "int": signed(32),
    "smallint": signed(16),
    "text": st.text(st.characters(exclude_categories=["Cs"])),
    "time": st.integers(0, 86_400 * 10**9 - 1).map(_time)
    | st.integers(0, 86_400 * 10**6 - 1).map(lambda us: _time(us * 1000)),
    "timestamp": (signed(64) | st.integers(-62_135_596_800_001, 253_402_300_800_000)).map(_timestamp),
    "timeuuid": _uuids.map(lambda u: uuid.UUID(int=u.int & ~(0xF << 76) | 1 << 76)),
    "tinyint": signed(8),
    "uuid": _uuids,
    "varint": signed(64)
    | signed(400)
    | st.sampled_from([s * (1 << 8 * n) // 2 for n in range(20) for s in (1, -1)]),
}

KEYS = [name for name in SCALARS if name not in ("counter", "duration", "empty")]
PLAIN = [name for name in SCALARS if name not in ("counter", "empty")]

scalar_types: st.SearchStrategy[CqlType] = st.sampled_from(sorted(PLAIN)).map(ScalarType)
key_types: st.SearchStrategy[CqlType] = st.sampled_from(sorted(KEYS)).map(ScalarType)


def _user_type(types: list[CqlType]) -> UserType:
    return UserType("ks", "made", [f"f{i}" for i in range(len(types))], types)


def _nested(inner: st.SearchStrategy[CqlType]) -> st.SearchStrategy[CqlType]:
    return (
        inner.map(ListType)
        | inner.map(SetType)
        | st.builds(MapType, inner, inner)
        | st.lists(inner, min_size=1, max_size=3).map(TupleType)
        | st.lists(inner, min_size=1, max_size=3).map(_user_type)
        | st.builds(VectorType, inner, st.integers(1, 4))
    )


types: st.SearchStrategy[CqlType] = st.recursive(scalar_types, _nested, max_leaves=5)


def values(cql_type: CqlType) -> st.SearchStrategy[Any]:
    """Values of a type, as they are decoded."""
    match cql_type:
        case ScalarType(name):
            return SCALAR_VALUES[name]
        case ListType(element):
            return st.lists(values(element), max_size=3)
        case SetType(element):
            items = st.lists(values(element), max_size=3)
            return items.map(set if REGISTRY.codec(element).hashable else CqlSet)
        case MapType(key, value):
            pairs = st.lists(st.tuples(values(key), values(value)), max_size=3)
            return pairs.map(dict if REGISTRY.codec(key).hashable else CqlMap)
        case TupleType(elements):
            return st.tuples(*[st.none() | values(element) for element in elements])
        case UserType():
            fields = st.tuples(*[st.none() | values(field) for field in cql_type.field_types])
            return fields.map(user_type_class(cql_type))
        case VectorType(element, dimensions):
            return st.lists(values(element), min_size=dimensions, max_size=dimensions)
    raise AssertionError(cql_type)


typed_values = types.flatmap(lambda cql_type: st.tuples(st.just(cql_type), values(cql_type)))
"""(type, value)"""


def exactly(a: Any, b: Any) -> bool:
    """Whether two decoded values are the same in type, order, sign and scale."""
    if type(a) is not type(b):
        return False
    if isinstance(a, list | tuple | CqlSet):
        return len(a) == len(b) and all(map(exactly, a, b))
    if isinstance(a, Mapping):
        return len(a) == len(b) and all(exactly(x, y) for x, y in zip(a.items(), b.items(), strict=True))
    if isinstance(a, Set):
        return bool(a == b)
    return repr(a) == repr(b)


# --- cassandra-driver ------------------------------------------------------------------------------------------


def driver_type(cql_type: CqlType) -> Any:
    """cassandra-driver's class for a type."""
    match cql_type:
        case ScalarType(name):
            return DRIVER_SCALARS[name]
        case ListType(element):
            return cqltypes.ListType.apply_parameters([driver_type(element)])
        case SetType(element):
            return cqltypes.SetType.apply_parameters([driver_type(element)])
        case MapType(key, value):
            return cqltypes.MapType.apply_parameters([driver_type(key), driver_type(value)])
        case TupleType(elements):
            return cqltypes.TupleType.apply_parameters([driver_type(e) for e in elements])
        case UserType(keyspace, name, names, fields):
            return cqltypes.UserType.make_udt_class(keyspace, name, names, [driver_type(f) for f in fields])
        case VectorType(element, dimensions):
            return cqltypes.VectorType.apply_parameters([driver_type(element), dimensions], None)
    raise AssertionError(cql_type)


def driver_value(value: Any) -> Any:
    """cassandra-driver's value for ours."""
    match value:
        case Timestamp():
            return value.milliseconds
        case Date():
            return util.Date(value.days)
        case Time():
            return util.Time(value.nanoseconds)
        case Duration(months, days, nanoseconds):
            return util.Duration(months, days, nanoseconds)
        case ipaddress.IPv4Address() | ipaddress.IPv6Address():
            return str(value)
        case tuple():
            return tuple(map(driver_value, value))
        case list() | set() | CqlSet():
            return list(map(driver_value, value))
        case Mapping():
            return CqlMap([(driver_value(k), driver_value(v)) for k, v in value.items()])
    return value
