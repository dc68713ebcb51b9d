"""The base of what describes the schema: made once, never changed, and copied by `copy` and `pickle`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any, ClassVar, TypeVar

from aiocql.metadata.cql_text import identifier

__all__ = ["FrozenMapping", "Record", "name_order", "named"]

T = TypeVar("T")
V = TypeVar("V")


class Record:
    """An object whose attributes are given by name when it is made, and stay.

    What is worked out from them is kept (`functools.cached_property`). `before_4` says that the server is older than
    Cassandra 4.0 and reserves more words.
    """

    FIELDS: ClassVar[tuple[str, ...]] = ()
    before_4: bool = False

    def __init__(self, *, before_4: bool = False, **fields: Any) -> None:
        self.__dict__["before_4"] = before_4
        for name in self.FIELDS:
            self.__dict__[name] = fields[name]

    def _quoted(self, name: str) -> str:
        return identifier(name, before_4=self.before_4)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} cannot be changed")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} cannot be changed")

    def __getstate__(self) -> dict[str, Any]:
        """The attributes without what is worked out from them."""
        of = type(self)
        return {
            name: value
            for name, value in self.__dict__.items()
            if not isinstance(getattr(of, name, None), cached_property)
        }


class FrozenMapping(Mapping[str, V]):
    """A mapping that cannot be changed. Unlike `types.MappingProxyType` it can be copied and pickled."""

    __slots__ = ("_items",)

    def __init__(self, items: Mapping[str, V] | Iterable[tuple[str, V]] = ()) -> None:
        self._items = dict(items)

    def __getitem__(self, name: str) -> V:
        return self._items[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __repr__(self) -> str:
        return repr(self._items)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._items,)


def named(items: Iterable[T], key: Callable[[T], str]) -> FrozenMapping[T]:
    """Records by name, in the order of their names."""
    return FrozenMapping(sorted(((key(item), item) for item in items), key=lambda pair: pair[0]))


def name_order(name: str) -> tuple[str, str]:
    """The key that sorts names as DESCRIBE does: without regard to capitals."""
    return name.upper().lower(), name
