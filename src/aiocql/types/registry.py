"""Which codec serves a type: the driver's own, unless the user registered one for a type, a column or a user
type.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal

from aiocql.errors import ConfigurationError, ProtocolError
from aiocql.types.codec import Codec, UserCodec
from aiocql.types.descriptors import (
    CqlType,
    ListType,
    MapType,
    ScalarType,
    SetType,
    TupleType,
    UserType,
    VectorType,
    thawed,
)

if TYPE_CHECKING:
    from aiocql.types.arrow import ArrowTypes

__all__ = ["MAX_DEPTH", "CodecRegistry", "ValueCodec", "default_registry"]

MAX_DEPTH = 64
"""How deep types may be nested: compiled decoders recurse, and the server says how deep."""

_MAX_CACHED = 4096

_SCALARS = {
    "ascii": ("text", "AsciiCodec"),
    "bigint": ("numbers", "BigintCodec"),
    "blob": ("text", "BlobCodec"),
    "boolean": ("numbers", "BooleanCodec"),
    "counter": ("numbers", "BigintCodec"),
    "date": ("temporal", "DateCodec"),
    "decimal": ("numbers", "DecimalCodec"),
    "double": ("numbers", "DoubleCodec"),
    "duration": ("temporal", "DurationCodec"),
    "empty": ("text", "EmptyCodec"),
    "float": ("numbers", "FloatCodec"),
    "inet": ("identifiers", "InetCodec"),
    "int": ("numbers", "IntCodec"),
    "smallint": ("numbers", "SmallintCodec"),
    "text": ("text", "TextCodec"),
    "time": ("temporal", "TimeCodec"),
    "timestamp": ("temporal", "TimestampCodec"),
    "timeuuid": ("identifiers", "TimeuuidCodec"),
    "tinyint": ("numbers", "TinyintCodec"),
    "uuid": ("identifiers", "UuidCodec"),
    "varint": ("numbers", "VarintCodec"),
}


class ValueCodec:
    """Base of codecs written in Python: subclass it, and register an instance.

    Both methods work on the value that the driver has for the type without this codec (a `str` for ``text``,
    a `datetime` for ``timestamp``). None, UNSET and EMPTY pass by it. Set `hashable` where decoded values are
    hashable and equal only if they are the same, so that a ``set`` of them can be a Python `set`; it is a
    `CqlSet` else.
    """

    hashable: bool = False

    def encode(self, value: Any) -> Any:
        """The driver's value for the user's."""
        return value

    def decode(self, value: Any) -> Any:
        """The user's value for the driver's."""
        return value


UserCodecLike = ValueCodec | tuple[Callable[[Any], Any], Callable[[Any], Any]]


class CodecRegistry:
    """The codecs of a session, created on first use and then kept.

    With `temporal="python"`, values are returned as types of `datetime` if these hold the value exactly, and as
    `Timestamp`, `Date` or `Time` otherwise. With "cassandra", they are always returned as the latter types, so
    that the Python type does not depend on the value. `float_vectors` selects the type of vectors of float and
    double: "list", "array" (`array.array`) or "numpy" (`ndarray`).

    `arrow` sets the Arrow types of `Session.table` and the like (`ArrowTypes`).

    Codecs may be registered at any time, also with `Session.codecs` of an open session. The session then prepares
    its cached statements again. Statements of `Session.prepare` keep the codecs that they were prepared with.
    """

    def __init__(
        self,
        *,
        temporal: Literal["python", "cassandra"] = "python",
        float_vectors: Literal["list", "array", "numpy"] = "list",
        arrow: ArrowTypes | None = None,
    ) -> None:
        if temporal not in ("python", "cassandra"):
            raise ConfigurationError('temporal is "python" or "cassandra"')
        if float_vectors not in ("list", "array", "numpy"):
            raise ConfigurationError('float_vectors is "list", "array" or "numpy"')
        self._temporal: Literal["python", "cassandra"] = temporal
        self._float_vectors: Literal["list", "array", "numpy"] = float_vectors
        self._arrow = arrow
        self._cache: dict[CqlType, Codec] = {}
        self._column_cache: dict[tuple[str, str, str, CqlType], Codec] = {}
        self._by_type: dict[CqlType, UserCodecLike] = {}
        self._by_column: dict[tuple[str, str, str], UserCodecLike] = {}
        self._user_types: dict[tuple[str, str], type[Any]] = {}
        self.generation = 0
        """Counts registrations: what was made before the last one is out of date."""
        self.on_change: Callable[[], None] | None = None
        """Called after each registration."""

    @property
    def arrow(self) -> ArrowTypes:
        """The Arrow types of columns where a call does not set them."""
        if self._arrow is None:
            from aiocql.types.arrow import ArrowTypes

            self._arrow = ArrowTypes()
        return self._arrow

    def _changed(self) -> None:
        self._cache.clear()
        self._column_cache.clear()
        self.generation += 1
        if self.on_change is not None:
            self.on_change()

    def copy(self) -> CodecRegistry:
        """Another registry with the same options and registrations, for a session that adds its own."""
        made = CodecRegistry(temporal=self._temporal, float_vectors=self._float_vectors, arrow=self._arrow)
        made._by_type.update(self._by_type)
        made._by_column.update(self._by_column)
        made._user_types.update(self._user_types)
        return made

    def codec(self, cql_type: CqlType) -> Codec:
        """The codec of a type. Raises ProtocolError if it is nested deeper than `MAX_DEPTH`."""
        found = self._cache.get(cql_type)
        return self._find(cql_type, 0) if found is None else found

    def column_codec(self, keyspace: str, table: str, name: str, cql_type: CqlType) -> Codec:
        """The codec of a column: the one registered for it, else its type's."""
        if self._by_column:
            own = self._by_column.get((keyspace, table, name))
            if own is not None:
                key = (keyspace, table, name, cql_type)
                found = self._column_cache.get(key)
                if found is None:
                    found = _user_codec(cql_type, self._make(cql_type, 0), own)
                    self._column_cache[key] = found
                return found
        found = self.codec(cql_type)
        # The name that the server gives to the marker of IN: "in(v)".
        return self._in_list(cql_type, found) if name.startswith("in(") else found

    def _in_list(self, cql_type: CqlType, plain: Codec) -> Codec:
        """The codec of the list behind ``IN ?``; lists that a user's codec serves stay with it."""
        from aiocql.types.composite import InListCodec, ListCodec

        return InListCodec(cql_type, plain.element) if type(plain) is ListCodec else plain

    def register(self, cql_type: CqlType | str, codec: UserCodecLike) -> None:
        """Uses `codec` for all values of a type, also inside collections, whether frozen or not.

        The type is a description or its CQL name (``"text"``, ``"list<int>"``); the codec a `ValueCodec` or a
        pair of functions (encode, decode). Raises ConfigurationError.
        """
        if isinstance(cql_type, str):
            from aiocql.types.names import parse_cql_type

            cql_type = parse_cql_type(cql_type)
        self._by_type[thawed(cql_type)] = _checked(codec)
        self._changed()

    def register_column(self, keyspace: str, table: str, name: str, codec: UserCodecLike) -> None:
        """Uses `codec` for one column (names as the server has them), over the driver's own codec."""
        self._by_column[keyspace, table, name] = _checked(codec)
        self._changed()

    def register_user_type(self, keyspace: str, name: str, cls: type[Any]) -> None:
        """Gives values of a user type as `cls`: a mapping class (`dict`), a named tuple, a dataclass, an
        attrs class, or any class that takes the fields as keyword arguments. Objects of it are bound by their
        attributes."""
        if not isinstance(cls, type):
            raise ConfigurationError("a user type is registered with a class")
        self._user_types[keyspace, name] = cls
        self._changed()

    def _find(self, cql_type: CqlType, depth: int) -> Codec:
        found = self._cache.get(cql_type)
        if found is not None:
            return found
        if depth > MAX_DEPTH:
            raise ProtocolError(f"a type is nested deeper than {MAX_DEPTH} levels")
        found = self._make(cql_type, depth)
        if self._by_type:
            own = self._by_type.get(thawed(cql_type))
            if own is not None:
                found = _user_codec(cql_type, found, own)
        if len(self._cache) >= _MAX_CACHED:
            self._cache.clear()
        self._cache[cql_type] = found
        return found

    def _make(self, cql_type: CqlType, depth: int) -> Codec:
        """The driver's own codec of a type, whose parts come from the registry."""
        match cql_type:
            case ScalarType(name):
                return self._scalar(cql_type, name)
            case ListType(element) | SetType(element):
                kind = "ListCodec" if isinstance(cql_type, ListType) else "SetCodec"
                return _class("composite", kind)(cql_type, self._find(element, depth + 1))
            case MapType(key, value):
                codecs = self._find(key, depth + 1), self._find(value, depth + 1)
                return _class("composite", "MapCodec")(cql_type, *codecs)
            case TupleType(elements):
                return _class("composite", "TupleCodec")(
                    cql_type, [self._find(e, depth + 1) for e in elements]
                )
            case UserType():
                return self._user_type(cql_type, depth)
            case VectorType(element, dimensions):
                return self._vector(cql_type, self._find(element, depth + 1), dimensions)
        return _class("text", "BlobCodec")(cql_type)

    def _scalar(self, cql_type: CqlType, name: str) -> Codec:
        module, kind = _SCALARS.get(name, ("text", "BlobCodec"))
        if module == "temporal" and name != "duration":
            return _class(module, kind)(cql_type, self._temporal == "cassandra")
        return _class(module, kind)(cql_type)

    def _vector(self, cql_type: CqlType, element: Codec, dimensions: int) -> Codec:
        from aiocql.types.numbers import DoubleCodec, FloatCodec

        if type(element) in (FloatCodec, DoubleCodec):
            return _class("vector", "FloatVectorCodec")(cql_type, element, dimensions, self._float_vectors)
        return _class("vector", "VectorCodec")(cql_type, element, dimensions)

    def _user_type(self, cql_type: UserType, depth: int) -> Codec:
        from aiocql.types.user_types import builder, user_type_class

        fields = [self._find(field, depth + 1) for field in cql_type.field_types]
        cls = self._user_types.get((cql_type.keyspace, cql_type.name))
        build = None if cls is None else builder(cls, cql_type.field_names)
        kind = user_type_class(cql_type)
        return _class("composite", "UserTypeCodec")(cql_type, cql_type.field_names, fields, kind, build)


def _class(module: str, name: str) -> Callable[..., Codec]:
    """A codec class, its module loaded on first use."""
    found: Callable[..., Codec] = getattr(import_module(f"aiocql.types.{module}"), name)
    return found


def _checked(codec: UserCodecLike) -> UserCodecLike:
    if isinstance(codec, ValueCodec):
        return codec
    if isinstance(codec, tuple) and len(codec) == 2 and callable(codec[0]) and callable(codec[1]):
        return codec
    raise ConfigurationError("a codec is a ValueCodec or a pair of functions (encode, decode)")


def _user_codec(cql_type: CqlType, inner: Codec, own: UserCodecLike) -> Codec:
    if isinstance(own, ValueCodec):
        return UserCodec(cql_type, inner, own.encode, own.decode, own.hashable)
    return UserCodec(cql_type, inner, *own)


_default: CodecRegistry | None = None


def default_registry() -> CodecRegistry:
    """The registry that sessions copy unless they are given another."""
    global _default
    if _default is None:
        _default = CodecRegistry()
    return _default
