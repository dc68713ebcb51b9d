"""From CQL types to Arrow's: the layout of an array, and the format strings of Arrow's C data interface."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from aiocql.errors import InterfaceError
from aiocql.types.arrow import DECIMAL_DIGITS, ArrowTypes
from aiocql.types.descriptors import (
    CqlType,
    ListType,
    MapType,
    ScalarType,
    SetType,
    TupleType,
    UserType,
    VectorType,
)

__all__ = ["UUID_EXTENSION", "Layout", "layout_of"]

UUID_EXTENSION: Final = "arrow.uuid"
_MAX_DEPTH: Final = 64
_MAX_DIMENSIONS: Final = 1 << 16  # Cassandra's own limit is 8,192


class Layout:
    """The Arrow type of an array, and how its values are read from CQL's bytes.

    `format` is the format string of the C data interface. `kind` says which buffers there are: "null", "bits",
    "fixed", "varlen", "view", "dictionary", "list", "map", "struct" or "fixed_list". `reader` names the builder
    that reads values. `width` is the size of a value or an offset in bytes, or the length of a fixed list.
    """

    __slots__ = (
        "children",
        "cql_type",
        "extension",
        "format",
        "kind",
        "names",
        "nullable",
        "reader",
        "scale",
        "width",
    )

    def __init__(
        self,
        cql_type: CqlType | None,
        kind: str,
        format: str,
        reader: str,
        *,
        width: int = 0,
        names: Sequence[str] = (),
        children: Sequence[Layout] = (),
        extension: str | None = None,
        nullable: bool = True,
        scale: tuple[int, int] = (0, 0),
    ) -> None:
        self.cql_type = cql_type
        self.kind = kind
        self.format = format
        self.reader = reader
        self.width = width
        self.names = tuple(names)
        self.children = tuple(children)
        self.extension = extension
        self.nullable = nullable
        self.scale = scale

    @property
    def wire_size(self) -> int:
        """Bytes of a value inside a vector, where none has its length before it; else 0."""
        if isinstance(self.cql_type, ScalarType):
            return _WITHOUT_LENGTH.get(self.cql_type.name, 0)
        if isinstance(self.cql_type, VectorType):
            return self.cql_type.dimensions * self.children[0].wire_size
        return 0

    def required(self) -> Layout:
        """Return the same layout for values that are never null."""
        return Layout(
            self.cql_type,
            self.kind,
            self.format,
            self.reader,
            width=self.width,
            names=self.names,
            children=self.children,
            extension=self.extension,
            nullable=False,
            scale=self.scale,
        )

    @property
    def metadata(self) -> list[tuple[bytes, bytes]]:
        """The metadata of a field: the CQL type, and Arrow's extension type if it is one."""
        out = [] if self.cql_type is None else [(b"cql.type", str(self.cql_type).encode())]
        if self.extension is not None:
            out.append((b"ARROW:extension:name", self.extension.encode()))
            out.append((b"ARROW:extension:metadata", b""))
        return out

    def _key(self) -> tuple[object, ...]:
        return (self.format, self.cql_type, self.extension, self.nullable, self.names, self.children)

    def __eq__(self, other: object) -> bool:
        return self._key() == other._key() if isinstance(other, Layout) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._key())

    def __repr__(self) -> str:
        return f"<Layout {self.format} of {self.cql_type}>"


# Cassandra 5.0 gives tinyint, smallint, date and time a length inside vectors, though they have one size.
_WITHOUT_LENGTH: Final[dict[str, int]] = {
    "bigint": 8,
    "boolean": 1,
    "counter": 8,
    "double": 8,
    "float": 4,
    "int": 4,
    "timestamp": 8,
    "timeuuid": 16,
    "uuid": 16,
}

# Name: kind, format, builder, width.
_SCALARS: Final[dict[str, tuple[str, str, str, int]]] = {
    "ascii": ("varlen", "u", "ascii", 4),
    "bigint": ("fixed", "l", "fixed8", 8),
    "blob": ("varlen", "z", "bytes", 4),
    "boolean": ("bits", "b", "boolean", 0),
    "counter": ("fixed", "l", "fixed8", 8),
    "date": ("fixed", "tdD", "date", 4),
    "double": ("fixed", "g", "fixed8", 8),
    "empty": ("null", "n", "null", 0),
    "float": ("fixed", "f", "fixed4", 4),
    "int": ("fixed", "i", "fixed4", 4),
    "smallint": ("fixed", "s", "fixed2", 2),
    "text": ("varlen", "u", "utf8", 4),
    "time": ("fixed", "ttn", "time", 8),
    "tinyint": ("fixed", "c", "fixed1", 1),
}


def layout_of(cql_type: CqlType, types: ArrowTypes, depth: int = 0) -> Layout:
    """Return the layout of a CQL type.

    Raises InterfaceError for a type that is nested deeper than decoders recurse.
    """
    if depth > _MAX_DEPTH:
        raise InterfaceError(f"a type is nested deeper than {_MAX_DEPTH} levels")
    match cql_type:
        case ScalarType(name):
            return _scalar(cql_type, name, types)
        case ListType(element) | SetType(element):
            child = layout_of(element, types, depth + 1)
            return Layout(cql_type, "list", "+l", "list", width=4, names=("item",), children=(child,))
        case MapType(key, value):
            return _map(cql_type, layout_of(key, types, depth + 2), layout_of(value, types, depth + 2))
        case TupleType(elements):
            names = [f"f{i}" for i in range(len(elements))]
            return _struct(cql_type, names, elements, types, depth, "tuple")
        case UserType(_, _, names, fields):
            return _struct(cql_type, names, fields, types, depth, "user_type")
        case VectorType(element, dimensions):
            return _vector(cql_type, layout_of(element, types, depth + 1), dimensions)
    return Layout(cql_type, "varlen", "z", "bytes", width=4)


def _scalar(cql_type: ScalarType, name: str, types: ArrowTypes) -> Layout:
    if name in ("text", "ascii"):
        return _text(cql_type, "ascii" if name == "ascii" else "utf8", types.text)
    if name in _CHOSEN:
        return _CHOSEN[name](cql_type, types)
    kind, format, reader, width = _SCALARS.get(name, _SCALARS["blob"])
    return Layout(cql_type, kind, format, reader, width=width)


def _text(cql_type: CqlType, reader: str, choice: str) -> Layout:
    if choice == "large_utf8":
        return Layout(cql_type, "varlen", "U", reader, width=8)
    if choice == "utf8_view":
        return Layout(cql_type, "view", "vu", reader)
    plain = Layout(cql_type, "varlen", "u", reader, width=4)
    if choice == "dictionary":
        return Layout(cql_type, "dictionary", "i", reader, width=4, children=(plain,))
    return plain


def _uuid(cql_type: CqlType, types: ArrowTypes) -> Layout:
    if types.uuid == "text":
        return Layout(cql_type, "varlen", "u", "uuid_text", width=4)
    extension = UUID_EXTENSION if types.uuid == "uuid" else None
    return Layout(cql_type, "fixed", "w:16", "fixed16", width=16, extension=extension)


def _inet(cql_type: CqlType, types: ArrowTypes) -> Layout:
    if types.inet == "binary":
        return Layout(cql_type, "varlen", "z", "inet_bytes", width=4)
    return Layout(cql_type, "varlen", "u", "inet_text", width=4)


def _timestamp(cql_type: CqlType, types: ArrowTypes) -> Layout:
    if types.timestamp == "us":
        return Layout(cql_type, "fixed", "tsu:UTC", "timestamp_us", width=8)
    return Layout(cql_type, "fixed", "tsm:UTC", "fixed8", width=8)


def _duration(cql_type: CqlType, types: ArrowTypes) -> Layout:
    if types.duration == "text":
        return Layout(cql_type, "varlen", "u", "duration_text", width=4)
    if types.duration == "interval":
        return Layout(cql_type, "fixed", "tin", "interval", width=16)
    integer, bigint = ScalarType("int"), ScalarType("bigint")
    parts = (
        Layout(integer, "fixed", "i", "fixed4", width=4),
        Layout(integer, "fixed", "i", "fixed4", width=4),
        Layout(bigint, "fixed", "l", "fixed8", width=8),
    )
    return Layout(
        cql_type, "struct", "+s", "duration", names=("months", "days", "nanoseconds"), children=parts
    )


def _decimal(cql_type: CqlType, types: ArrowTypes) -> Layout:
    if types.decimal == "text":
        return Layout(cql_type, "varlen", "u", "decimal_text", width=4)
    if types.decimal == "float64":
        return Layout(cql_type, "fixed", "g", "decimal_float", width=8)
    precision, scale = types.decimal
    form = f"d:{precision},{scale}"
    return Layout(cql_type, "fixed", form, "decimal", width=16, scale=(precision, scale))


def _varint(cql_type: CqlType, types: ArrowTypes) -> Layout:
    if types.varint == "text":
        return Layout(cql_type, "varlen", "u", "varint_text", width=4)
    if types.varint == "int64":
        return Layout(cql_type, "fixed", "l", "varint_int64", width=8)
    form = f"d:{DECIMAL_DIGITS},0"
    return Layout(cql_type, "fixed", form, "varint", width=16, scale=(DECIMAL_DIGITS, 0))


_CHOSEN: Final = {
    "decimal": _decimal,
    "duration": _duration,
    "inet": _inet,
    "timestamp": _timestamp,
    "timeuuid": _uuid,
    "uuid": _uuid,
    "varint": _varint,
}


def _map(cql_type: MapType, key: Layout, value: Layout) -> Layout:
    pair = Layout(
        TupleType((cql_type.key, cql_type.value)),
        "struct",
        "+s",
        "pair",
        names=("key", "value"),
        children=(key.required(), value),
        nullable=False,
    )
    return Layout(cql_type, "map", "+m", "map", width=4, names=("entries",), children=(pair,))


def _struct(
    cql_type: CqlType,
    names: Sequence[str],
    types_of_fields: Sequence[CqlType],
    types: ArrowTypes,
    depth: int,
    reader: str,
) -> Layout:
    children = [layout_of(each, types, depth + 1) for each in types_of_fields]
    return Layout(cql_type, "struct", "+s", reader, names=names, children=children)


def _vector(cql_type: CqlType, element: Layout, dimensions: int) -> Layout:
    if not 0 < dimensions <= _MAX_DIMENSIONS:
        raise InterfaceError(f"a vector of {dimensions} dimensions cannot be an Arrow list of a fixed size")
    return Layout(
        cql_type,
        "fixed_list",
        f"+w:{dimensions}",
        "vector",
        width=dimensions,
        names=("item",),
        children=(element,),
    )
