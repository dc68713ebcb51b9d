"""What CQL types there are: frozen descriptions, equal when they mean the same, printed as CQL prints them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

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
]


class CqlType:
    """Base of all type descriptions. `str()` gives the CQL name."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class ScalarType(CqlType):
    """A type without parameters, by its CQL name: ``int``, ``text``, ``timeuuid`` ..."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class ListType(CqlType):
    """``list<element>``"""

    element: CqlType
    frozen: bool = False

    def __str__(self) -> str:
        return _frozen(f"list<{self.element}>", self.frozen)


@dataclass(frozen=True, slots=True)
class SetType(CqlType):
    """``set<element>``"""

    element: CqlType
    frozen: bool = False

    def __str__(self) -> str:
        return _frozen(f"set<{self.element}>", self.frozen)


@dataclass(frozen=True, slots=True)
class MapType(CqlType):
    """``map<key, value>``"""

    key: CqlType
    value: CqlType
    frozen: bool = False

    def __str__(self) -> str:
        return _frozen(f"map<{self.key}, {self.value}>", self.frozen)


@dataclass(frozen=True, slots=True)
class TupleType(CqlType):
    """``tuple<a, b, ...>``: always frozen."""

    elements: tuple[CqlType, ...]

    def __str__(self) -> str:
        return f"frozen<tuple<{', '.join(map(str, self.elements))}>>"


@dataclass(frozen=True, slots=True)
class UserType(CqlType):
    """A user-defined type: its fields in the order of their definition."""

    keyspace: str
    name: str
    field_names: tuple[str, ...]
    field_types: tuple[CqlType, ...]
    frozen: bool = False

    def __str__(self) -> str:
        return _frozen(f"{self.keyspace}.{self.name}" if self.keyspace else self.name, self.frozen)


@dataclass(frozen=True, slots=True)
class VectorType(CqlType):
    """``vector<element, dimensions>`` (Cassandra 5.0)"""

    element: CqlType
    dimensions: int

    def __str__(self) -> str:
        return f"vector<{self.element}, {self.dimensions}>"


@dataclass(frozen=True, slots=True)
class CustomType(CqlType):
    """A server-side class that the driver has no codec for: its values are bytes."""

    class_name: str

    def __str__(self) -> str:
        return f"'{self.class_name}'"


def _frozen(text: str, frozen: bool) -> str:
    return f"frozen<{text}>" if frozen else text


SCALARS: Final[dict[str, ScalarType]] = {
    name: ScalarType(name)
    for name in (
        "ascii bigint blob boolean counter date decimal double duration float inet int smallint text time "
        "timestamp timeuuid tinyint uuid varint empty"
    ).split()
}
"""The scalar types by name; ``varchar`` is ``text``."""
