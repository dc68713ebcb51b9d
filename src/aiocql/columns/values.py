"""Values of arrays as Python objects: what rows hold, with lists for sets."""

from __future__ import annotations

from decimal import Context, Decimal
from itertools import pairwise
from sys import byteorder
from typing import TYPE_CHECKING, Any
from uuid import UUID

from aiocql.columns.concat import elements, null_positions, text_values
from aiocql.types.values import Date, Duration, Time, Timestamp

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from aiocql.columns.buffers import ArrayData
    from aiocql.columns.layout import Layout

__all__ = ["to_pylist"]

# What `memoryview.cast` calls the items of formats whose values are numbers already.
_NUMBERS = {"c": "b", "s": "h", "i": "i", "l": "q", "f": "f", "g": "d"}
_EXACT = Context(prec=100)


def to_pylist(data: ArrayData) -> list[Any]:
    """Return the values of an array; None is null."""
    values = _BY_KIND[data.layout.kind](data)
    for position in null_positions(data):
        values[position] = None
    return values


def _view(data: ArrayData, code: Any) -> memoryview:
    """The values of an array of a fixed size, as items of `code`."""
    items: memoryview = memoryview(data.buffers[1]).cast(code)  # type: ignore[arg-type]
    return items[data.offset : data.offset + data.length]


def _nulls(data: ArrayData) -> list[Any]:
    return [None] * data.length


def _bits(data: ArrayData) -> list[Any]:
    bits = memoryview(data.buffers[1])  # type: ignore[arg-type]
    places = range(data.offset, data.offset + data.length)
    return [bool(bits[place >> 3] >> (place & 7) & 1) for place in places]


def _fixed(data: ArrayData) -> list[Any]:
    layout = data.layout
    code = _NUMBERS.get(layout.format)
    if code is not None:
        values: list[Any] = _view(data, code).tolist()
        return values
    if layout.width == 16:
        raw = bytes(memoryview(data.buffers[1]))  # type: ignore[arg-type]
        begin, end = 16 * data.offset, 16 * (data.offset + data.length)
        read = _wide_reader(layout)
        return [read(raw[at : at + 16]) for at in range(begin, end, 16)]
    return list(map(_MADE[layout.format], _view(data, "i" if layout.width == 4 else "q")))


def _wide_reader(layout: Layout) -> Callable[[bytes], Any]:
    if layout.format == "tin":
        return _interval
    if layout.format == "w:16":
        return lambda raw: UUID(bytes=raw)
    if layout.reader == "varint":
        return _int128
    scale = -layout.scale[1]
    return lambda raw: Decimal(_int128(raw)).scaleb(scale, _EXACT)


def _int128(raw: bytes) -> int:
    return int.from_bytes(raw, byteorder, signed=True)


def _interval(raw: bytes) -> Duration:
    parts = memoryview(raw)
    months, days = parts[:8].cast("i")
    (nanoseconds,) = parts[8:].cast("q")
    return Duration(months, days, nanoseconds)


def _timestamp(milliseconds: int) -> Any:
    exact = Timestamp(milliseconds)
    plain = exact._python()
    return exact if plain is None else plain


def _date(days: int) -> Any:
    exact = Date(days)
    plain = exact._python()
    return exact if plain is None else plain


def _time(nanoseconds: int) -> Any:
    exact = Time(nanoseconds)
    plain = exact._python()
    return exact if plain is None else plain


_MADE: dict[str, Callable[[int], Any]] = {
    "tdD": _date,
    "tsm:UTC": _timestamp,
    "tsu:UTC": lambda microseconds: _timestamp(microseconds // 1000),
    "ttn": _time,
}


def _offsets(data: ArrayData) -> Sequence[int]:
    items = memoryview(data.buffers[1]).cast("q" if data.layout.width == 8 else "i")  # type: ignore[arg-type]
    return items[data.offset : data.offset + data.length + 1].tolist()


def _pairs(data: ArrayData) -> list[tuple[int, int]]:
    offsets = _offsets(data)
    return list(pairwise(offsets))


def _varlen(data: ArrayData) -> list[Any]:
    content = bytes(memoryview(data.buffers[2]))  # type: ignore[arg-type]
    if data.layout.format == "z":
        return [content[begin:end] for begin, end in _pairs(data)]
    return [content[begin:end].decode() for begin, end in _pairs(data)]


def _texts(data: ArrayData) -> list[Any]:
    return [None if text is None else text.decode() for text in text_values(data)]


def _lists(data: ArrayData) -> list[Any]:
    items = to_pylist(elements(data))
    pairs = _pairs(data)
    first = pairs[0][0] if pairs else 0
    return [items[begin - first : end - first] for begin, end in pairs]


def _maps(data: ArrayData) -> list[Any]:
    return [_as_mapping(pairs) for pairs in _lists(data)]


def _as_mapping(pairs: list[tuple[Any, Any]]) -> Any:
    try:
        return dict(pairs)
    except TypeError:  # keys that Python cannot hash
        return pairs


def _structs(data: ArrayData) -> list[Any]:
    parts = [to_pylist(child.slice(data.offset, data.length)) for child in data.children]
    rows = zip(*parts, strict=True) if parts else [()] * data.length
    reader = data.layout.reader
    if reader == "duration":
        return [None if row[0] is None else Duration(*row) for row in rows]
    if reader in ("tuple", "pair"):
        return list(rows)
    names = data.layout.names
    return [dict(zip(names, row, strict=True)) for row in rows]


def _fixed_lists(data: ArrayData) -> list[Any]:
    width = data.layout.width
    items = to_pylist(data.children[0].slice(data.offset * width, data.length * width))
    return [items[at : at + width] for at in range(0, len(items), width)]


_BY_KIND: dict[str, Callable[[ArrayData], list[Any]]] = {
    "bits": _bits,
    "dictionary": _texts,
    "fixed": _fixed,
    "fixed_list": _fixed_lists,
    "list": _lists,
    "map": _maps,
    "null": _nulls,
    "struct": _structs,
    "varlen": _varlen,
    "view": _texts,
}
