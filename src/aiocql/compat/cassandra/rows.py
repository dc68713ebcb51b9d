"""Row factories as cassandra-driver has them: functions of the column names and the rows."""

from __future__ import annotations

import keyword
import re
from collections import OrderedDict, namedtuple
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any

__all__ = [
    "RowFactory",
    "apply_factory",
    "dict_factory",
    "named_tuple_factory",
    "ordered_dict_factory",
    "shape_for",
    "tuple_factory",
]

RowFactory = Callable[[Sequence[str], Iterable[Any]], list[Any]]


def tuple_factory(colnames: Sequence[str], rows: Iterable[Any]) -> list[Any]:
    """Rows as tuples."""
    return list(rows)


def dict_factory(colnames: Sequence[str], rows: Iterable[Any]) -> list[Any]:
    """Rows as dicts."""
    return [dict(zip(colnames, row, strict=True)) for row in rows]


def ordered_dict_factory(colnames: Sequence[str], rows: Iterable[Any]) -> list[Any]:
    """Rows as ordered dicts."""
    return [OrderedDict(zip(colnames, row, strict=True)) for row in rows]


def named_tuple_factory(colnames: Sequence[str], rows: Iterable[Any]) -> list[Any]:
    """Rows as named tuples. ``[applied]`` is `applied`, ``system.now()`` is `system_now`."""
    make: Callable[[Any], Any] = _named_tuple(tuple(colnames))._make
    return [make(row) for row in rows]


@lru_cache(maxsize=1024)
def _named_tuple(names: tuple[str, ...]) -> Any:
    fields: list[str] = []
    for place, name in enumerate(map(_attribute, names)):
        usable = name.isidentifier() and not keyword.iskeyword(name) and name not in fields
        fields.append(name if usable else f"field_{place}_")
    return namedtuple("Row", fields)


def _attribute(name: str) -> str:
    """The name without what Python cannot write after a dot."""
    return re.sub(r"_+", "_", re.sub(r"[^a-zA-Z0-9_]", "_", name)).strip("_")


@lru_cache(maxsize=1024)
def _are_attributes(names: tuple[str, ...]) -> bool:
    return len(set(names)) == len(names) and all(
        name.isidentifier() and not keyword.iskeyword(name) and not name.startswith("_") for name in names
    )


def shape_for(factory: RowFactory) -> Any:
    """`into=` of a request whose rows the factory gets, or makes needless."""
    if factory is named_tuple_factory:
        return None
    return dict if factory is dict_factory else tuple


def apply_factory(factory: RowFactory, names: tuple[str, ...], rows: list[Any]) -> list[Any]:
    """What the factory makes of the rows of one page, which came in its `shape_for`.

    aiocql's own rows are named tuples already where all names are attributes.
    """
    if factory is dict_factory or (factory is named_tuple_factory and _are_attributes(names)):
        return rows
    return factory(names, rows)
