"""Values of CQL types in plain Python, for the scripted server's rows and binds.

Python types: int, str, bytes, bool, float, `decimal.Decimal`, `uuid.UUID`, `datetime` (aware or naive UTC) or
int milliseconds for timestamp, `date` or int days since 1970 for date, int nanoseconds for time, a triple
for duration, str or `ipaddress` for inet, list/set/dict for collections, sequence for tuple and vector, mapping or
sequence for user-defined types.
"""

from __future__ import annotations

import datetime
import decimal
import ipaddress
import struct
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from aiocql.testing.server.cql_types import Type, TypeLike, parse_type
from aiocql.testing.server.notation import NotationError, Reader, write_bytes, write_int

__all__ = ["Raw", "decode_value", "encode_value"]

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_EPOCH_ORDINAL = datetime.date(1970, 1, 1).toordinal()
_FIXED_IN_VECTOR = {
    "boolean": 1,
    "float": 4,
    "int": 4,
    "bigint": 8,
    "double": 8,
    "timestamp": 8,
    "uuid": 16,
    "timeuuid": 16,
}


class Raw(bytes):
    """Bytes that stand for a value as they are, whatever the column's type."""


def encode_value(of: TypeLike, value: Any) -> bytes | None:
    """The bytes of a value without its length; None for None."""
    if value is None or isinstance(value, Raw):
        return value
    cql_type = parse_type(of)
    return _ENCODE[cql_type.name](cql_type, value)


def decode_value(of: TypeLike, data: bytes | None) -> Any:
    """The value that `data` holds; None for None."""
    if data is None:
        return None
    cql_type = parse_type(of)
    return _DECODE[cql_type.name](cql_type, data)


# --- scalars ------------------------------------------------------------------------------------------------


def _packed(code: str) -> tuple[Callable[[Type, Any], bytes], Callable[[Type, bytes], Any]]:
    pack = struct.Struct(">" + code)
    return lambda _, value: pack.pack(value), lambda _, data: pack.unpack(data)[0]


def _encode_varint(_: Type, value: int) -> bytes:
    size = (value if value >= 0 else ~value).bit_length() // 8 + 1
    return value.to_bytes(size, "big", signed=True)


def _decode_varint(_: Type, data: bytes) -> int:
    return int.from_bytes(data, "big", signed=True)


def _encode_decimal(of: Type, value: decimal.Decimal) -> bytes:
    sign, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int):
        raise ValueError(f"{value} is no CQL decimal")
    unscaled = int("".join(map(str, digits)))
    return write_int(-exponent) + _encode_varint(of, -unscaled if sign else unscaled)


def _decode_decimal(of: Type, data: bytes) -> decimal.Decimal:
    unscaled = _decode_varint(of, data[4:])
    digits = tuple(map(int, str(abs(unscaled))))
    return decimal.Decimal((int(unscaled < 0), digits, -int.from_bytes(data[:4], "big", signed=True)))


def _encode_timestamp(_: Type, value: datetime.datetime | int) -> bytes:
    if isinstance(value, datetime.datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=datetime.UTC)
        value = (aware - _EPOCH) // datetime.timedelta(milliseconds=1)
    return struct.pack(">q", value)


def _decode_timestamp(_: Type, data: bytes) -> datetime.datetime | int:
    milliseconds: int = struct.unpack(">q", data)[0]
    try:
        return _EPOCH + datetime.timedelta(milliseconds=milliseconds)
    except OverflowError:
        return milliseconds


def _encode_date(_: Type, value: datetime.date | int) -> bytes:
    days = value.toordinal() - _EPOCH_ORDINAL if isinstance(value, datetime.date) else value
    return struct.pack(">I", days + 2**31)


def _decode_date(_: Type, data: bytes) -> datetime.date | int:
    days: int = struct.unpack(">I", data)[0] - 2**31
    try:
        return datetime.date.fromordinal(days + _EPOCH_ORDINAL)
    except (OverflowError, ValueError):
        return days


def _encode_duration(_: Type, value: tuple[int, int, int]) -> bytes:
    return b"".join(_write_vint((part << 1) ^ (part >> 63)) for part in value)


def _decode_duration(_: Type, data: bytes) -> tuple[int, int, int]:
    reader = Reader(data)
    months, days, nanoseconds = (_unzigzag(_read_vint(reader)) for _ in range(3))
    return months, days, nanoseconds


def _unzigzag(n: int) -> int:
    return (n >> 1) ^ -(n & 1)


def _write_vint(n: int) -> bytes:
    """An [unsigned vint]: leading ones of the first byte count the bytes that follow."""
    for extra in range(8):
        if n < 1 << 7 * (extra + 1):
            data = bytearray(n.to_bytes(extra + 1, "big"))
            data[0] |= 0xFF << (8 - extra) & 0xFF
            return bytes(data)
    return b"\xff" + n.to_bytes(8, "big")


def _read_vint(reader: Reader) -> int:
    first = reader.byte()
    extra = 8 - (~first & 0xFF).bit_length()
    return int.from_bytes(bytes([first & (0xFF >> extra)]) + reader.take(extra), "big")


# --- collections and structures -----------------------------------------------------------------------------


def _encode_list(of: Type, value: Any) -> bytes:
    parts = [write_bytes(encode_value(of.arguments[0], item)) for item in value]
    return write_int(len(parts)) + b"".join(parts)


def _decode_list(of: Type, data: bytes) -> list[Any]:
    reader = Reader(data)
    items = [decode_value(of.arguments[0], reader.bytes_()) for _ in range(reader.int_())]
    reader.end()
    return items


def _decode_set(of: Type, data: bytes) -> Any:
    items = _decode_list(of, data)
    try:
        return set(items)
    except TypeError:
        return items


def _encode_map(of: Type, value: Mapping[Any, Any]) -> bytes:
    key, item = of.arguments
    parts = [write_bytes(encode_value(key, k)) + write_bytes(encode_value(item, v)) for k, v in value.items()]
    return write_int(len(parts)) + b"".join(parts)


def _decode_map(of: Type, data: bytes) -> dict[Any, Any]:
    reader = Reader(data)
    key, item = of.arguments
    return {
        decode_value(key, reader.bytes_()): decode_value(item, reader.bytes_()) for _ in range(reader.int_())
    }


def _encode_parts(of: Type, value: Any) -> bytes:
    if isinstance(value, Mapping):
        value = [value.get(field) for field in of.fields]
    return b"".join(
        write_bytes(encode_value(part, item)) for part, item in zip(of.arguments, value, strict=False)
    )


def _decode_tuple(of: Type, data: bytes) -> tuple[Any, ...]:
    reader = Reader(data)
    return tuple(decode_value(part, reader.bytes_() if reader.remaining else None) for part in of.arguments)


def _decode_udt(of: Type, data: bytes) -> dict[str, Any]:
    return dict(zip(of.fields, _decode_tuple(of, data), strict=True))


def _encode_vector(of: Type, value: Any) -> bytes:
    parts = [encode_value(of.arguments[0], item) or b"" for item in value]
    if of.arguments[0].name in _FIXED_IN_VECTOR:
        return b"".join(parts)
    return b"".join(_write_vint(len(part)) + part for part in parts)


def _decode_vector(of: Type, data: bytes) -> list[Any]:
    reader = Reader(data)
    size = _FIXED_IN_VECTOR.get(of.arguments[0].name)
    items = [reader.take(_read_vint(reader) if size is None else size) for _ in range(of.dimension)]
    reader.end()
    return [decode_value(of.arguments[0], item) for item in items]


def _decode_boolean(_: Type, data: bytes) -> bool:
    if len(data) != 1:
        raise NotationError(f"a boolean of {len(data)} bytes")
    return data != b"\0"


_Encoder = Callable[[Type, Any], bytes]
_Decoder = Callable[[Type, bytes], Any]

_TEXT: tuple[_Encoder, _Decoder] = (lambda _, value: value.encode(), lambda _, data: data.decode())
_BYTES: tuple[_Encoder, _Decoder] = (lambda _, value: bytes(value), lambda _, data: data)
_UUID: tuple[_Encoder, _Decoder] = (lambda _, value: value.bytes, lambda _, data: uuid.UUID(bytes=data))

_CODECS: dict[str, tuple[_Encoder, _Decoder]] = {
    "ascii": (lambda _, value: value.encode("ascii"), lambda _, data: data.decode("ascii")),
    "text": _TEXT,
    "blob": _BYTES,
    "custom": _BYTES,
    "boolean": (lambda _, value: b"\1" if value else b"\0", _decode_boolean),
    "tinyint": _packed("b"),
    "smallint": _packed("h"),
    "int": _packed("i"),
    "bigint": _packed("q"),
    "counter": _packed("q"),
    "time": _packed("q"),
    "float": _packed("f"),
    "double": _packed("d"),
    "varint": (_encode_varint, _decode_varint),
    "decimal": (_encode_decimal, _decode_decimal),
    "uuid": _UUID,
    "timeuuid": _UUID,
    "inet": (
        lambda _, value: ipaddress.ip_address(value).packed,
        lambda _, data: str(ipaddress.ip_address(data)),
    ),
    "timestamp": (_encode_timestamp, _decode_timestamp),
    "date": (_encode_date, _decode_date),
    "duration": (_encode_duration, _decode_duration),
    "list": (_encode_list, _decode_list),
    "set": (_encode_list, _decode_set),
    "map": (_encode_map, _decode_map),
    "tuple": (_encode_parts, _decode_tuple),
    "udt": (_encode_parts, _decode_udt),
    "vector": (_encode_vector, _decode_vector),
}
_ENCODE = {name: pair[0] for name, pair in _CODECS.items()}
_DECODE = {name: pair[1] for name, pair in _CODECS.items()}
