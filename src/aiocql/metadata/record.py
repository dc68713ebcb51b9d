"""The base of what describes the schema: made once, never changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any, ClassVar, TypeVar

__all__ = ["Record", "named"]

T = TypeVar("T")


class Record:
    """An object whose attributes are given by name when it is made, and stay.

    What is worked out from them is kept (`functools.cached_property`).
    """

    FIELDS: ClassVar[tuple[str, ...]] = ()

    def __init__(self, **fields: Any) -> None:
        for name in self.FIELDS:
            self.__dict__[name] = fields[name]

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__} cannot be changed")

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{type(self).__name__} cannot be changed")


def named(items: Iterable[T], key: Callable[[T], str]) -> Mapping[str, T]:
    """Records by name, in the order of their names."""
    return MappingProxyType(dict(sorted((key(item), item) for item in items)))
