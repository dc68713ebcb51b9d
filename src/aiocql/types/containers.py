"""Sets and maps of what Python cannot tell apart or cannot hash: nothing is lost, nothing is merged.

Python's `set` and `dict` merge 0.0 and -0.0, cannot find a NaN again, and take no lists; Cassandra's hold all
of them. `CqlSet` and `CqlMap` are read-only and compare equal to Python's own where those can hold the same
elements.
"""

from __future__ import annotations

import uuid
from collections.abc import ItemsView, Iterable, Iterator, Mapping, Set, ValuesView
from math import copysign
from typing import Any, TypeVar

__all__ = ["CqlMap", "CqlSet"]

K = TypeVar("K")
V = TypeVar("V")

_NAN = object()
_LONG = 128
"""Bits, and decimal digits: where longer numbers of different types are equal, lookup does not find it."""


def _spread(value: Any) -> Any:
    """Something that is equal where the values are, and whose hash nobody can choose: made of bytes or text."""
    if isinstance(value, int):
        return value.to_bytes(value.bit_length() // 8 + 1, signed=True)
    if isinstance(value, float):
        return _spread(int(value)) if value.is_integer() else value.hex()
    if isinstance(value, uuid.UUID):
        return value.bytes
    if hasattr(value, "packed"):  # an address; a scope id and a prefix length are in its text
        return str(value)
    if hasattr(value, "as_tuple") and hasattr(value, "adjusted"):
        return _spread_decimal(value)
    if hasattr(type(value), "__index__"):
        return _spread(int(value))
    if hasattr(type(value), "__float__") and value == (number := float(value)):
        return _spread(number)
    return value


def _spread_decimal(value: Any) -> Any:
    if not value:
        return _spread(0)
    sign, digits, exponent = value.as_tuple()
    if isinstance(exponent, str):
        return str(value)
    if abs(exponent) < _LONG and len(digits) < _LONG:
        if value == value.to_integral_value():
            return _spread(int(value))
        if value == (number := float(value)):
            return _spread(number)
    text = "".join(map(str, digits))
    kept = text.rstrip("0")
    return f"{sign} {kept} {exponent + len(text) - len(kept)}"


def _fold(value: Any) -> Any:
    """Something hashable that is the same for all values that are equal in Python, and for all NaNs."""
    if isinstance(value, list | tuple):
        return tuple(map(_fold, value))
    if isinstance(value, Mapping):
        return frozenset((_fold(k), _fold(v)) for k, v in value.items())
    if isinstance(value, Set):
        return frozenset(map(_fold, value))
    try:
        hash(value)
        return _spread(value) if value == value else _NAN
    except (TypeError, ArithmeticError):  # not hashable; or a signalling NaN of decimal
        return type(value)


def _mark(value: Any) -> Any:
    """What tells values of one fold apart, as far as Cassandra does: type, sign and scale."""
    if isinstance(value, float):
        return type(value), copysign(1.0, value)
    if isinstance(value, list | tuple):
        return type(value), tuple(map(_mark, value))
    if hasattr(value, "as_tuple"):  # a Decimal: its digits and its scale
        return type(value), str(value)
    return type(value)


def _same(a: Any, b: Any) -> bool:
    """Whether two values of one fold and one mark are the same to Cassandra. Two NaNs of a sign are."""
    if isinstance(a, list | tuple):
        return all(map(_same, a, b))
    if isinstance(a, float) or hasattr(a, "as_tuple"):
        return True
    return bool(a is b or a == b)


class _Index:
    """Where a value is among others: the exact one first, else one that is equal in Python."""

    __slots__ = ("_places", "_values")

    def __init__(self, values: Iterable[Any]) -> None:
        self._values: list[Any] = []
        self._places: dict[Any, dict[Any, list[int]]] = {}
        for value in values:
            self.add(value)

    def add(self, value: Any) -> bool:
        """Append a value; return whether it is the first of its kind, which is the one that is found."""
        places = self._places.setdefault(_fold(value), {}).setdefault(_mark(value), [])
        is_new = not any(_same(self._values[place], value) for place in places)
        if is_new:
            places.append(len(self._values))
        self._values.append(value)
        return is_new

    def find(self, value: Any) -> int:
        """Its place, or -1."""
        alike = self._places.get(_fold(value), {})
        for place in alike.get(_mark(value), ()):
            if _same(self._values[place], value):
                return place
        for places in alike.values():
            for place in places:
                if self._values[place] == value:
                    return place
        return -1


class CqlSet(Set[K]):
    """A read-only set that keeps the server's order and every element, hashable or not.

    Lookup prefers the exact element (-0.0 is not 0.0) and takes an equal one else. Set operators give a
    `CqlSet`.
    """

    __slots__ = ("_index", "_items")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, items: Iterable[K] = ()) -> None:
        self._items = tuple(items)
        self._index: _Index | None = None

    @classmethod
    def _from_iterable(cls, it: Iterable[Any]) -> CqlSet[Any]:
        index = _Index(())
        out = [value for value in it if index.add(value)]
        return cls(out)

    def __contains__(self, value: object) -> bool:
        if self._index is None:
            self._index = _Index(self._items)
        return self._index.find(value) >= 0

    def __iter__(self) -> Iterator[K]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __getitem__(self, index: int) -> K:
        """The element at a place of the server's order."""
        return self._items[index]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Set):
            return NotImplemented
        return len(self) == len(other) and all(value in self for value in other)

    def __repr__(self) -> str:
        return f"CqlSet({list(self._items)!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return (CqlSet, (list(self._items),))


class CqlMap(Mapping[K, V]):
    """A read-only mapping that keeps the server's order and every key, hashable or not.

    Lookup prefers the exact key (-0.0 is not 0.0) and takes an equal one else.
    """

    __slots__ = ("_index", "_items")
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, items: Iterable[tuple[K, V]] | Mapping[K, V] = ()) -> None:
        pairs = items.items() if isinstance(items, Mapping) else items
        self._items: tuple[tuple[K, V], ...] = tuple((key, value) for key, value in pairs)
        self._index: _Index | None = None

    def _find(self, key: object) -> int:
        if self._index is None:
            self._index = _Index(key for key, _ in self._items)
        return self._index.find(key)

    def __getitem__(self, key: K) -> V:
        place = self._find(key)
        if place < 0:
            raise KeyError(key)
        return self._items[place][1]

    def __contains__(self, key: object) -> bool:
        return self._find(key) >= 0

    def __iter__(self) -> Iterator[K]:
        return (key for key, _ in self._items)

    def __len__(self) -> int:
        return len(self._items)

    def items(self) -> ItemsView[K, V]:
        """Keys and values in the server's order."""
        return _Items(self)

    def values(self) -> ValuesView[V]:
        """Values in the server's order."""
        return _Values(self)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Mapping):
            return NotImplemented
        if len(self) != len(other):
            return False
        return all(
            (place := self._find(key)) >= 0 and self._items[place][1] == value for key, value in other.items()
        )

    def __repr__(self) -> str:
        return f"CqlMap({list(self._items)!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        return (CqlMap, (list(self._items),))


class _Items(ItemsView[K, V]):
    _mapping: CqlMap[K, V]

    def __iter__(self) -> Iterator[tuple[K, V]]:
        return iter(self._mapping._items)


class _Values(ValuesView[V]):
    _mapping: CqlMap[Any, V]

    def __iter__(self) -> Iterator[V]:
        return (value for _, value in self._mapping._items)
