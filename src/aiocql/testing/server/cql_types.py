"""CQL types for the scripted server: parsed from CQL text, written as the [option] of result metadata."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aiocql.testing.server.notation import write_short, write_string

__all__ = ["Type", "TypeLike", "parse_type", "tuple_of", "udt", "write_option"]

_MARSHAL = "org.apache.cassandra.db.marshal."

# CQL name: option id, first protocol version that has the id, marshal class
_SCALARS: dict[str, tuple[int, int, str]] = {
    "ascii": (0x01, 3, "AsciiType"),
    "bigint": (0x02, 3, "LongType"),
    "blob": (0x03, 3, "BytesType"),
    "boolean": (0x04, 3, "BooleanType"),
    "counter": (0x05, 3, "CounterColumnType"),
    "decimal": (0x06, 3, "DecimalType"),
    "double": (0x07, 3, "DoubleType"),
    "float": (0x08, 3, "FloatType"),
    "int": (0x09, 3, "Int32Type"),
    "timestamp": (0x0B, 3, "TimestampType"),
    "uuid": (0x0C, 3, "UUIDType"),
    "text": (0x0D, 3, "UTF8Type"),
    "varint": (0x0E, 3, "IntegerType"),
    "timeuuid": (0x0F, 3, "TimeUUIDType"),
    "inet": (0x10, 3, "InetAddressType"),
    "date": (0x11, 4, "SimpleDateType"),
    "time": (0x12, 4, "TimeType"),
    "smallint": (0x13, 4, "ShortType"),
    "tinyint": (0x14, 4, "ByteType"),
    "duration": (0x15, 5, "DurationType"),
}
_PARAMETERS = {"list": (0x20, 1, "ListType"), "map": (0x21, 2, "MapType"), "set": (0x22, 1, "SetType")}


@dataclass(frozen=True, slots=True)
class Type:
    """A CQL type. `fields` are the names of a user-defined type's parts, `class_name` is a custom type's."""

    name: str
    arguments: tuple[Type, ...] = ()
    fields: tuple[str, ...] = ()
    keyspace: str = ""
    dimension: int = 0
    class_name: str = ""


TypeLike = Type | str


def udt(keyspace: str, name: str, fields: Mapping[str, TypeLike]) -> Type:
    """A user-defined type. Its name is kept in `class_name`."""
    parts = tuple(parse_type(part) for part in fields.values())
    return Type("udt", parts, fields=tuple(fields), keyspace=keyspace, class_name=name)


def tuple_of(*parts: TypeLike) -> Type:
    """``tuple<...>``"""
    return Type("tuple", tuple(map(parse_type, parts)))


def parse_type(text: TypeLike) -> Type:
    """The type that CQL text names: ``int``, ``map<text, list<int>>``, ``vector<float, 3>``, ``'class'``."""
    if isinstance(text, Type):
        return text
    text = text.strip()
    if text.startswith("'"):
        return Type("custom", class_name=text.strip("'"))
    name, bracket, inner = text.partition("<")
    name = {"varchar": "text"}.get(name.strip().lower(), name.strip().lower())
    if not bracket:
        if name not in _SCALARS:
            raise ValueError(f"no CQL type {text!r}")
        return Type(name)
    if not inner.endswith(">"):
        raise ValueError(f"no CQL type {text!r}")
    return _parametrized(name, _split(inner[:-1]), text)


def _parametrized(name: str, parts: list[str], text: str) -> Type:
    if name == "frozen" and len(parts) == 1:
        return parse_type(parts[0])
    if name == "vector" and len(parts) == 2:
        return Type("vector", (parse_type(parts[0]),), dimension=int(parts[1]))
    if name == "tuple" or (name in _PARAMETERS and len(parts) == _PARAMETERS[name][1]):
        return Type(name, tuple(map(parse_type, parts)))
    raise ValueError(f"no CQL type {text!r}")


def _split(text: str) -> list[str]:
    parts, depth, start = [], 0, 0
    for i, character in enumerate(text):
        depth += {"<": 1, ">": -1}.get(character, 0)
        if character == "," and depth == 0:
            parts.append(text[start:i])
            start = i + 1
    return [*parts, text[start:]]


def write_option(of: TypeLike, version: int) -> bytes:
    """The [option] of a type in a protocol version; what the version has no id for goes as a custom class."""
    cql_type = parse_type(of)
    name = cql_type.name
    if name in _SCALARS:
        code, since, _ = _SCALARS[name]
        if version >= since:
            return write_short(code)
    if name in _PARAMETERS:
        inner = b"".join(write_option(argument, version) for argument in cql_type.arguments)
        return write_short(_PARAMETERS[name][0]) + inner
    if name == "tuple":
        inner = b"".join(write_option(argument, version) for argument in cql_type.arguments)
        return write_short(0x31) + write_short(len(cql_type.arguments)) + inner
    if name == "udt":
        return _write_udt(cql_type, version)
    return write_short(0x00) + write_string(marshal_name(cql_type))


def _write_udt(cql_type: Type, version: int) -> bytes:
    head = write_short(0x30) + write_string(cql_type.keyspace) + write_string(cql_type.class_name)
    parts = zip(cql_type.fields, cql_type.arguments, strict=True)
    inner = b"".join(write_string(field) + write_option(argument, version) for field, argument in parts)
    return head + write_short(len(cql_type.fields)) + inner


def marshal_name(cql_type: Type) -> str:
    """The name of the server's class for the type."""
    if cql_type.name == "custom":
        return cql_type.class_name
    if cql_type.name in _SCALARS:
        return _MARSHAL + _SCALARS[cql_type.name][2]
    inner = [marshal_name(argument) for argument in cql_type.arguments]
    if cql_type.name == "vector":
        return f"{_MARSHAL}VectorType({inner[0]} , {cql_type.dimension})"
    if cql_type.name == "tuple":
        return f"{_MARSHAL}TupleType({','.join(inner)})"
    if cql_type.name == "udt":
        fields = [f"{name.encode().hex()}:{part}" for name, part in zip(cql_type.fields, inner, strict=True)]
        head = [cql_type.keyspace, cql_type.class_name.encode().hex()]
        return f"{_MARSHAL}UserType({','.join(head + fields)})"
    return f"{_MARSHAL}{_PARAMETERS[cql_type.name][2]}({','.join(inner)})"
