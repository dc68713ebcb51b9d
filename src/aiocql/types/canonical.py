"""The bytes that the server stores for sets and maps: elements in the order of their type, each one once.

A partition's token is that of the stored bytes, so the key of a statement is brought into this form before its token is
calculated. Values are sent as they were given: the server sorts them itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from aiocql.types.descriptors import CqlType, ListType, MapType, SetType, TupleType, UserType, VectorType

if TYPE_CHECKING:
    from decimal import Decimal

__all__ = ["canonical_form"]

_SIGNED = frozenset({"bigint", "counter", "int", "smallint", "time", "timestamp", "tinyint", "varint"})
_FLOATING = frozenset({"double", "float"})


def canonical_form(cql_type: CqlType) -> Callable[[bytes], bytes] | None:
    """The function from a value's bytes to the stored ones, or None for types whose bytes are stored as they are."""
    if not _has_order(cql_type):
        return None
    return lambda data: _canonical(cql_type, data)


def _has_order(cql_type: CqlType) -> bool:
    match cql_type:
        case SetType() | MapType():
            return True
        case ListType(element):
            return _has_order(element)
    return False


def _canonical(cql_type: CqlType, data: bytes) -> bytes:
    match cql_type:
        case ListType(element):
            return _packed([_canonical(element, each) for each in _elements(data)])
        case SetType(element):
            order = _sort_key(element)
            found: dict[Any, bytes] = {}
            for each in _elements(data):
                stored = _canonical(element, each)
                found.setdefault(order(stored), stored)
            return _packed([found[key] for key in sorted(found)])
        case MapType(key, value):
            return _canonical_map(key, value, data)
    return data


def _canonical_map(key_type: CqlType, value_type: CqlType, data: bytes) -> bytes:
    order = _sort_key(key_type)
    parts = _elements(data, 2)
    found: dict[Any, tuple[bytes, bytes]] = {}
    for key, value in zip(parts, parts, strict=True):
        stored = _canonical(key_type, key)
        place = order(stored)
        # A key that is there already stays as it is and gets the new value.
        found[place] = found.get(place, (stored, b""))[0], _canonical(value_type, value)
    pairs = [found[place] for place in sorted(found)]
    return len(pairs).to_bytes(4, "big") + b"".join(_with_length(part) for pair in pairs for part in pair)


def _elements(data: bytes, width: int = 1) -> Iterator[bytes]:
    """The elements of a collection: as many as it says, times `width`."""
    at = 4
    for _ in range(int.from_bytes(data[:4], "big") * width):
        size = int.from_bytes(data[at : at + 4], "big")
        yield data[at + 4 : at + 4 + size]
        at += 4 + size


def _packed(elements: Iterable[bytes]) -> bytes:
    parts = [_with_length(each) for each in elements]
    return len(parts).to_bytes(4, "big") + b"".join(parts)


def _with_length(part: bytes) -> bytes:
    return len(part).to_bytes(4, "big") + part


# --- the order of elements ------------------------------------------------------------------------------------


def _sort_key(cql_type: CqlType) -> Callable[[bytes], Any]:
    """A key that sorts values of a type, given as bytes, as the server's comparator does. Empty values come first."""
    match cql_type:
        case ListType(element) | SetType(element):
            inner = _sort_key(element)
            return lambda data: tuple(map(inner, _elements(data)))
        case MapType(key, value):
            keys = (_sort_key(key), _sort_key(value))
            return lambda data: tuple(keys[i % 2](part) for i, part in enumerate(_elements(data, 2)))
        case TupleType(elements) | UserType(_, _, _, elements):
            return _tuple_key([_sort_key(element) for element in elements])
        case VectorType(element, dimensions):
            return _vector_key(element, dimensions)
    return _scalar_key(str(cql_type))


def _tuple_key(keys: list[Callable[[bytes], Any]]) -> Callable[[bytes], Any]:
    def key(data: bytes) -> tuple[Any, ...]:
        found: list[Any] = []
        at = 0
        for inner in keys:
            size = int.from_bytes(data[at : at + 4], "big", signed=True) if at < len(data) else -1
            found.append((inner(data[at + 4 : at + 4 + size]),) if size >= 0 else ())
            at += 4 + max(size, 0)
        return tuple(found)

    return key


def _vector_key(element: CqlType, dimensions: int) -> Callable[[bytes], Any]:
    from aiocql.types.registry import CodecRegistry

    inner = _sort_key(element)
    codec = CodecRegistry().codec(VectorType(element, dimensions))
    part = CodecRegistry().codec(element)
    return lambda data: tuple(inner(part.to_bytes(each) or b"") for each in codec.from_bytes(data))


def _scalar_key(name: str) -> Callable[[bytes], Any]:
    if name in _SIGNED:
        return lambda data: (bool(data), int.from_bytes(data, "big", signed=True))
    if name in _FLOATING:
        return _floating
    return {"decimal": _decimal, "timeuuid": _timeuuid, "uuid": _uuid}.get(name, bytes)


def _floating(data: bytes) -> tuple[bool, int]:
    """The order of Java's numbers: -0.0 is less than 0.0, and NaN is the greatest."""
    bits = int.from_bytes(data, "big", signed=True)
    return bool(data), bits if bits >= 0 else bits ^ ((1 << (len(data) * 8 - 1)) - 1)


def _decimal(data: bytes) -> tuple[bool, Decimal]:
    from decimal import Decimal

    scale = int.from_bytes(data[:4], "big", signed=True)
    unscaled = int.from_bytes(data[4:], "big", signed=True)
    digits = tuple(map(int, str(abs(unscaled))))
    return bool(data), Decimal((unscaled < 0, digits, -scale))


def _timeuuid(data: bytes) -> tuple[bytes, bytes]:
    """By time, then by the other bytes, each taken as a number with a sign."""
    return data[6:8] + data[4:6] + data[:4], bytes(byte ^ 0x80 for byte in data[8:])


def _uuid(data: bytes) -> tuple[int, bytes, bytes]:
    """By version, then by time for version 1, else by all bytes."""
    version = data[6] >> 4 if len(data) == 16 else -1
    first = data[6:8] + data[4:6] + data[:4] if version == 1 else data[:8]
    return version, first, data[8:]
