"""Values of other libraries' arrays as the Python objects that are bound."""

from __future__ import annotations

from decimal import Context, Decimal
from itertools import pairwise
from struct import unpack
from sys import byteorder
from typing import TYPE_CHECKING, Any, Final

from aiocql.errors import InterfaceError
from aiocql.types.values import Date, Duration, Time, Timestamp

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiocql.columns.foreign_shape import Part

__all__ = ["DamagedValue", "values_of"]

_CODES: Final = {"c": "b", "C": "B", "s": "h", "S": "H", "i": "i", "I": "I", "l": "q", "L": "Q"} | {
    "e": "e",
    "f": "f",
    "g": "d",
}
_MILLISECONDS_PER_DAY: Final = 86_400_000
_NANOSECONDS: Final = {"s": 10**9, "m": 10**6, "u": 10**3, "n": 1}
_EXACT: Final = Context(prec=100)


class DamagedValue:
    """Stands for a value that is not what its Arrow type says, such as text that is not UTF-8. Binding refuses it."""


def _readable(read: Callable[[bytes], Any], raw: bytes) -> Any:
    try:
        return read(raw)
    except (ValueError, ArithmeticError):
        return DamagedValue()


def values_of(part: Part) -> list[Any]:
    """Return the values of an array; None is null. Structs are dictionaries, maps lists of pairs."""
    if part.shape.kind == "null":
        return [None] * part.length
    nulls = _nulls(part)
    if part.dictionary is not None:
        values = _from_dictionary(part, values_of(part.dictionary), nulls)
    else:
        values = _BY_KIND[part.shape.kind](part, nulls)
    for position in nulls:
        values[position] = None
    return values


def _bits(bits: bytes, part: Part) -> list[Any]:
    places = range(part.shift, part.shift + part.length)
    return [bool(bits[place >> 3] >> (place & 7) & 1) for place in places]


def _nulls(part: Part) -> set[int]:
    if part.validity is None:
        return set()
    return {position for position, valid in enumerate(_bits(part.validity, part)) if not valid}


def _from_dictionary(part: Part, values: list[Any], nulls: set[int]) -> list[Any]:
    indexes: tuple[int, ...] = unpack(f"={part.length}{_CODES[part.shape.format]}", part.buffers[0])
    if any(not 0 <= index < len(values) for place, index in enumerate(indexes) if place not in nulls):
        raise InterfaceError("the Arrow data is inconsistent: an index is outside its dictionary")
    return [None if place in nulls else values[index] for place, index in enumerate(indexes)]


def _booleans(part: Part, nulls: set[int]) -> list[Any]:
    return _bits(part.buffers[0], part)


def _fixed(part: Part, nulls: set[int]) -> list[Any]:
    form, width, raw = part.shape.format, part.shape.width, part.buffers[0]
    code = _CODES.get(form)
    if code is not None:
        return list(unpack(f"={part.length}{code}", raw))
    made = _maker(form)
    items = (raw[at * width : (at + 1) * width] for at in range(part.length))
    return [None if place in nulls else _readable(made, item) for place, item in enumerate(items)]


def _maker(form: str) -> Callable[[bytes], Any]:
    if form[0] == "w":
        return bytes
    if form[0] == "d":
        scale = -int(form[2:].split(",")[1])
        return lambda raw: Decimal(_int(raw)).scaleb(scale, _EXACT)
    if form[:2] == "ti":
        return _INTERVALS[form]
    if form == "tdD":
        return lambda raw: Date(_int(raw))
    if form == "tdm":
        return lambda raw: Date(_int(raw) // _MILLISECONDS_PER_DAY)
    unit = _NANOSECONDS[form[2]]
    if form[:2] == "ts":
        return lambda raw: Timestamp(_int(raw) * unit // 10**6)
    if form[:2] == "tt":
        return lambda raw: Time(_int(raw) * unit)
    return lambda raw: Duration(0, 0, _int(raw) * unit)


def _int(raw: bytes) -> int:
    return int.from_bytes(raw, byteorder, signed=True)


def _days(raw: bytes) -> Duration:
    days, milliseconds = unpack("=ii", raw)
    return Duration(0, days, milliseconds * 10**6)


_INTERVALS: Final[dict[str, Callable[[bytes], Any]]] = {
    "tiM": lambda raw: Duration(_int(raw), 0, 0),
    "tiD": _days,
    "tin": lambda raw: Duration(*unpack("=iiq", raw)),
}


def _offsets(part: Part) -> list[tuple[int, int]]:
    if not part.length:
        return []
    offsets = unpack(f"={part.length + 1}{'i' if part.shape.width == 4 else 'q'}", part.buffers[0])
    return list(pairwise(offset - part.first for offset in offsets))


def _plain(raw: bytes, form: str) -> Any:
    return _readable(bytes.decode, raw) if form[-1] in "uU" else raw


def _varlen(part: Part, nulls: set[int]) -> list[Any]:
    content, form = part.buffers[1], part.shape.format
    pairs = enumerate(_offsets(part))
    return [None if place in nulls else _plain(content[begin:end], form) for place, (begin, end) in pairs]


def _views(part: Part, nulls: set[int]) -> list[Any]:
    raw, form = part.buffers[0], part.shape.format
    items = (raw[at * 16 : at * 16 + 16] for at in range(part.length))
    return [None if place in nulls else _plain(_viewed(item, part), form) for place, item in enumerate(items)]


def _viewed(view: bytes, part: Part) -> bytes:
    size: int
    size, _, number, begin = unpack("=i4sii", view)
    if 0 <= size <= 12:
        return view[4 : 4 + size]
    content = part.buffers[number + 1] if 0 <= number < len(part.buffers) - 1 else b""
    if size < 0 or not 0 <= begin <= len(content) - size:
        raise InterfaceError("the Arrow data is inconsistent: a view is outside its buffer")
    return content[begin : begin + size]


def _lists(part: Part, nulls: set[int]) -> list[Any]:
    child = part.children[0]
    if part.shape.format == "+m":
        items: list[Any] = list(zip(*(values_of(each) for each in child.children), strict=True))
    else:
        items = values_of(child)
    return [items[begin:end] for begin, end in _offsets(part)]


def _fixed_lists(part: Part, nulls: set[int]) -> list[Any]:
    width = part.shape.width
    items = values_of(part.children[0])
    return [items[at * width : (at + 1) * width] for at in range(part.length)]


def _structs(part: Part, nulls: set[int]) -> list[Any]:
    names = [child.name for child in part.shape.children]
    columns = [values_of(child) for child in part.children]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


_BY_KIND: Final[dict[str, Callable[[Part, set[int]], list[Any]]]] = {
    "bits": _booleans,
    "fixed": _fixed,
    "fixed_list": _fixed_lists,
    "list": _lists,
    "struct": _structs,
    "varlen": _varlen,
    "view": _views,
}
