"""What CQL types there are: immutable descriptions, equal when they mean the same, printed as CQL prints
them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, ClassVar, Final

__all__ = [
    "SCALARS",
    "CqlType",
    "CustomType",
    "ListType",
    "MapType",
    "ScalarType",
    "SetType",
    "TupleType",
    "UserType",
    "VectorType",
    "thawed",
]


class CqlType:
    """Base of all type descriptions. `str()` returns the CQL name."""

    # Not dataclasses: they would be a good part of the time that importing the driver takes.
    __slots__ = ()
    __match_args__: ClassVar[tuple[str, ...]] = ()

    def _key(self) -> tuple[Any, ...]:
        return tuple([getattr(self, name) for name in self.__match_args__])

    def _set(self, **fields: Any) -> None:
        for name, value in fields.items():
            object.__setattr__(self, name, value)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} is immutable")

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self is other or self._key() == other._key()

    def __hash__(self) -> int:
        return hash((type(self).__name__, self._key()))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{n}={getattr(self, n)!r}' for n in self.__match_args__)})"

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), self._key())


class ScalarType(CqlType):
    """A type without parameters, by its CQL name: ``int``, ``text``, ``timeuuid`` ..."""

    __slots__ = __match_args__ = ("name",)
    name: str

    def __init__(self, name: str) -> None:
        self._set(name=name)

    def __str__(self) -> str:
        return self.name


class ListType(CqlType):
    """``list<element>``"""

    __slots__ = __match_args__ = ("element", "frozen")
    element: CqlType
    frozen: bool

    def __init__(self, element: CqlType, frozen: bool = False) -> None:
        self._set(element=element, frozen=frozen)

    def __str__(self) -> str:
        return _frozen(f"list<{self.element}>", self.frozen)


class SetType(CqlType):
    """``set<element>``"""

    __slots__ = __match_args__ = ("element", "frozen")
    element: CqlType
    frozen: bool

    def __init__(self, element: CqlType, frozen: bool = False) -> None:
        self._set(element=element, frozen=frozen)

    def __str__(self) -> str:
        return _frozen(f"set<{self.element}>", self.frozen)


class MapType(CqlType):
    """``map<key, value>``"""

    __slots__ = __match_args__ = ("key", "value", "frozen")
    key: CqlType
    value: CqlType
    frozen: bool

    def __init__(self, key: CqlType, value: CqlType, frozen: bool = False) -> None:
        self._set(key=key, value=value, frozen=frozen)

    def __str__(self) -> str:
        return _frozen(f"map<{self.key}, {self.value}>", self.frozen)


class TupleType(CqlType):
    """``tuple<a, b, ...>``: always frozen."""

    __slots__ = __match_args__ = ("elements",)
    elements: tuple[CqlType, ...]

    def __init__(self, elements: Iterable[CqlType]) -> None:
        self._set(elements=tuple(elements))

    def __str__(self) -> str:
        return f"frozen<tuple<{', '.join(map(str, self.elements))}>>"


class UserType(CqlType):
    """A user-defined type: its fields in the order of their definition. Names are as Cassandra has them,
    without quotes.
    """

    __slots__ = __match_args__ = ("keyspace", "name", "field_names", "field_types", "frozen")
    keyspace: str
    name: str
    field_names: tuple[str, ...]
    field_types: tuple[CqlType, ...]
    frozen: bool

    def __init__(
        self,
        keyspace: str,
        name: str,
        field_names: Iterable[str],
        field_types: Iterable[CqlType],
        frozen: bool = False,
    ) -> None:
        names, types = tuple(field_names), tuple(field_types)
        if len(names) != len(types):
            raise ValueError("a user type has as many field types as field names")
        self._set(keyspace=keyspace, name=name, field_names=names, field_types=types, frozen=frozen)

    def __str__(self) -> str:
        name = _identifier(self.name)
        return _frozen(f"{_identifier(self.keyspace)}.{name}" if self.keyspace else name, self.frozen)


class VectorType(CqlType):
    """``vector<element, dimensions>`` (Cassandra 5.0)"""

    __slots__ = __match_args__ = ("element", "dimensions")
    element: CqlType
    dimensions: int

    def __init__(self, element: CqlType, dimensions: int) -> None:
        self._set(element=element, dimensions=dimensions)

    def __str__(self) -> str:
        return f"vector<{self.element}, {self.dimensions}>"


class CustomType(CqlType):
    """A server-side class that the driver has no codec for: its values are bytes."""

    __slots__ = __match_args__ = ("class_name",)
    class_name: str

    def __init__(self, class_name: str) -> None:
        self._set(class_name=class_name)

    def __str__(self) -> str:
        return f"'{self.class_name}'"


def _frozen(text: str, frozen: bool) -> str:
    return f"frozen<{text}>" if frozen else text


def _identifier(name: str) -> str:
    return name if re.fullmatch("[a-z][a-z0-9_]*", name) else '"' + name.replace('"', '""') + '"'


def thawed(cql_type: CqlType) -> CqlType:
    """The type with nothing frozen in it: freezing changes what a column allows, not its values' bytes."""
    match cql_type:
        case ListType(element):
            return ListType(thawed(element))
        case SetType(element):
            return SetType(thawed(element))
        case MapType(key, value):
            return MapType(thawed(key), thawed(value))
        case TupleType(elements):
            return TupleType(map(thawed, elements))
        case UserType(keyspace, name, names, types):
            return UserType(keyspace, name, names, map(thawed, types))
        case VectorType(element, dimensions):
            return VectorType(thawed(element), dimensions)
    return cql_type


SCALARS: Final[dict[str, ScalarType]] = {
    name: ScalarType(name)
    for name in [
        "ascii",
        "bigint",
        "blob",
        "boolean",
        "counter",
        "date",
        "decimal",
        "double",
        "duration",
        "float",
        "inet",
        "int",
        "smallint",
        "text",
        "time",
        "timestamp",
        "timeuuid",
        "tinyint",
        "uuid",
        "varint",
        "empty",
    ]
}
"""The scalar types by name; ``varchar`` is ``text``."""
