"""Objects whose own code acts against the driver: it changes what is bound, lies about lengths, reads, raises."""

from __future__ import annotations

import datetime as dt
import decimal
import uuid
from collections.abc import Callable, Iterator, Mapping
from random import Random
from typing import Any

__all__ = ["Boom", "Trouble", "disguised"]


class Boom(BaseException):
    """What no `except Exception` takes. (A MemoryError reaches its request unchanged, so none is raised here.)"""


class Trouble:
    """Does one of `acts`, or raises, each time that the driver runs an object's code."""

    def __init__(self, rng: Random, acts: list[Callable[[], object]], rate: float = 0.3) -> None:
        self.rng, self.acts, self.rate = rng, acts, rate
        self.left = 40

    def act(self) -> None:
        """Act, within an act too, but never endlessly."""
        if self.left and self.rng.random() < self.rate:
            self.left -= 1
            if self.acts and self.rng.random() < 0.9:
                self.rng.choice(self.acts)()
            else:
                raise self.rng.choice((Boom, GeneratorExit, ValueError, TypeError, StopIteration))


class Number:
    def __init__(self, trouble: Trouble, value: Any) -> None:
        self.trouble, self.value = trouble, value

    def __index__(self) -> int:
        self.trouble.act()
        return int(self.value)

    def __float__(self) -> float:
        self.trouble.act()
        return float(self.value)


class LyingText(str):
    def __len__(self) -> int:
        return 100_000


class LyingBytes(bytes):
    def __len__(self) -> int:
        return 100_000


class LyingList(list[Any]):
    trouble: Trouble

    def __len__(self) -> int:
        self.trouble.act()
        return self.trouble.rng.choice((0, 1, 3, 2**40))

    def __iter__(self) -> Iterator[Any]:
        for item in list.__iter__(self):
            self.trouble.act()
            yield item


class Named(Mapping[Any, Any]):
    def __init__(self, trouble: Trouble, pairs: list[tuple[Any, Any]]) -> None:
        self.trouble, self.pairs = trouble, pairs

    def __getitem__(self, name: Any) -> Any:
        self.trouble.act()
        for key, value in self.pairs:
            if key is name or key == name:
                return value
        raise KeyError

    def __iter__(self) -> Iterator[Any]:
        for key, _ in self.pairs:
            self.trouble.act()
            yield key

    def __len__(self) -> int:
        return self.trouble.rng.choice((0, 1, len(self.pairs)))


class Moment(dt.datetime):
    trouble: Trouble

    def utcoffset(self) -> Any:
        self.trouble.act()
        return self.trouble.rng.choice((None, 7, "x", dt.timedelta(hours=1), dt.timedelta(days=1, hours=1)))


class Amount(decimal.Decimal):
    trouble: Trouble

    def as_tuple(self) -> Any:
        self.trouble.act()
        return self.trouble.rng.choice(
            ((0, (1, 2), -1), (0, [1], 0), (0, (2**70, "x"), 1), (), (1, (), 2**80))
        )


class Id(uuid.UUID):
    trouble: Trouble

    @property
    def int(self) -> Any:  # type: ignore[misc]
        """Something else each time."""
        self.trouble.act()
        return self.trouble.rng.choice((0, -1, 2**128, 2**127, "x", None))


def _with_trouble(made: Any, trouble: Trouble) -> Any:
    made.trouble = trouble
    return made


def _scalar(trouble: Trouble, value: Any) -> Any:
    match value:
        case bool() | None:
            return value
        case int() | float():
            return Number(trouble, value)
        case str():
            return LyingText(value)
        case bytes():
            return LyingBytes(value)
        case decimal.Decimal():
            return _with_trouble(Amount(value), trouble)
        case uuid.UUID():
            other = Id.__new__(Id)
            object.__setattr__(other, "trouble", trouble)
            return other
        case dt.datetime():
            return _with_trouble(Moment(2024, 2, 29, tzinfo=dt.UTC), trouble)
    return value


def _generated(trouble: Trouble, items: list[Any]) -> Iterator[Any]:
    for item in items:
        trouble.act()
        yield item


def _change(rng: Random, items: list[Any]) -> None:
    """One of the changes that a list cannot be iterated or indexed through carelessly."""
    what = rng.randrange(4)
    if what == 0:
        items.clear()
    elif what == 1:
        items += [None] * 50
    elif items:
        items[rng.randrange(len(items))] = object()


def disguised(trouble: Trouble, value: Any) -> Any:
    """The same value in objects of the kinds above; its lists are changed by the trouble's acts."""
    rng = trouble.rng
    if isinstance(value, list | tuple):
        items = [disguised(trouble, item) for item in value]
        trouble.acts.append(lambda: _change(rng, items))
        kind = rng.randrange(4)
        if kind == 0:
            return _generated(trouble, items)
        return _with_trouble(LyingList(items), trouble) if kind == 1 else items if kind == 2 else tuple(items)
    if isinstance(value, Mapping):
        return Named(trouble, [(disguised(trouble, k), disguised(trouble, v)) for k, v in value.items()])
    if hasattr(value, "__iter__") and not isinstance(value, str | bytes):
        return disguised(trouble, list(value))
    return _scalar(trouble, value) if rng.random() < 0.6 else value
