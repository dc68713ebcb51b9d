"""The types of other libraries' arrays: which buffers a format string of Arrow's C data interface asks for."""

from __future__ import annotations

from typing import Final, NamedTuple

from aiocql.errors import InterfaceError

__all__ = ["Part", "Shape"]

# Format: kind, width of a value or an offset in bytes.
_PLAIN: Final[dict[str, tuple[str, int]]] = {
    "n": ("null", 0),
    "b": ("bits", 0),
    **dict.fromkeys("cC", ("fixed", 1)),
    **dict.fromkeys("sSe", ("fixed", 2)),
    **dict.fromkeys(("i", "I", "f", "tdD", "tts", "ttm", "tiM"), ("fixed", 4)),
    **dict.fromkeys(("l", "L", "g", "tdm", "ttu", "ttn", "tDs", "tDm", "tDu", "tDn", "tiD"), ("fixed", 8)),
    "tin": ("fixed", 16),
    **dict.fromkeys(("u", "z"), ("varlen", 4)),
    **dict.fromkeys(("U", "Z"), ("varlen", 8)),
    **dict.fromkeys(("vu", "vz"), ("view", 16)),
    "+l": ("list", 4),
    "+m": ("list", 4),
    "+L": ("list", 8),
    "+s": ("struct", 0),
}
_BUFFERS: Final = {
    "null": 0,
    "bits": 2,
    "fixed": 2,
    "varlen": 3,
    "list": 2,
    "struct": 1,
    "fixed_list": 1,
    "view": 3,
}
_CHILDREN: Final = {"list": 1, "fixed_list": 1}
_WIDEST: Final = 1 << 20


class Shape:
    """The type of an array. `format` is its format string; `kind` and `width` say what its buffers hold."""

    __slots__ = ("buffers", "children", "dictionary", "format", "kind", "name", "width")

    def __init__(self, format: str, name: str, children: tuple[Shape, ...], dictionary: Shape | None) -> None:
        self.format = format
        self.name = name
        self.kind, self.width = _kind_of(format)
        self.buffers = _BUFFERS[self.kind]
        self.children = children
        self.dictionary = dictionary
        wanted = len(children) if self.kind == "struct" else _CHILDREN.get(self.kind, 0)
        keyed = format != "+m" or (children[0].kind == "struct" and len(children[0].children) == 2)
        if (
            len(children) != wanted
            or not keyed
            or (dictionary is not None and format not in tuple("cCsSiIlL"))
        ):
            raise InterfaceError("the Arrow data is inconsistent: a type has the wrong children")


class Part(NamedTuple):
    """A copy of some values of an array. Bits begin at `shift`; `first` is the offset that counts as 0."""

    shape: Shape
    length: int
    shift: int
    first: int
    validity: bytes | None
    buffers: tuple[bytes, ...]
    children: tuple[Part, ...]
    dictionary: Part | None


def _kind_of(format: str) -> tuple[str, int]:
    known = _PLAIN.get(format)
    if known is not None:
        return known
    if format[:2] == "ts" and format[2:3] in ("s", "m", "u", "n") and format[3:4] == ":":
        return "fixed", 8
    kind, _, rest = format.partition(":")
    if kind in ("w", "+w") and rest.isdecimal() and int(rest) <= _WIDEST:
        return ("fixed" if kind == "w" else "fixed_list"), int(rest)
    if kind == "d":
        numbers = rest.split(",")
        bits = numbers[2] if len(numbers) == 3 else "128"
        if len(numbers) in (2, 3) and bits in ("32", "64", "128", "256"):
            return "fixed", int(bits) // 8
    raise InterfaceError("a column has an Arrow type that cannot be inserted", hint="cast it to a plain type")
