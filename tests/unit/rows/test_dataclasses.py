"""Rows of dataclasses: made without a call where that comes to the same, by a call where the class does more."""

from __future__ import annotations

import dataclasses
import gc
from typing import Any

import pytest

from aiocql.errors import DecodeError
from aiocql.protocol.metadata import Column, ResultMetadata
from aiocql.protocol.row_decoder import decode_rows
from aiocql.rows.row import DataclassDecoder, row_decoder
from aiocql.types.names import parse_cql_type

COLUMNS = ResultMetadata([Column("ks", "t", name, parse_cql_type("int")) for name in ("k", "v")])
ROW = b"\0\0\0\4\0\0\0\1\0\0\0\4\0\0\0\2"


@dataclasses.dataclass
class Plain:
    k: int
    v: int


@dataclasses.dataclass
class OtherOrder:
    v: int
    k: int


@dataclasses.dataclass(frozen=True)
class Frozen:
    k: int
    v: int


@dataclasses.dataclass(slots=True, kw_only=True)
class Slots:
    k: int
    v: int = 7


@dataclasses.dataclass(frozen=True, slots=True)
class FrozenSlots:
    k: int
    v: list[int] = dataclasses.field(default_factory=list)


class Child(Plain):
    pass


@pytest.mark.parametrize("kind", [Plain, OtherOrder, Frozen, Slots, FrozenSlots, Child])
def test_class_that_is_its_fields_is_filled(kind: Any) -> None:
    decoder = row_decoder(COLUMNS, None, kind)
    assert isinstance(decoder, DataclassDecoder)
    for row in decode_rows(decoder, ROW * 3, 3):
        assert (type(row), row) == (kind, kind(k=1, v=2))


@dataclasses.dataclass
class WithPostInit:
    k: int
    v: int

    def __post_init__(self) -> None:
        self.v += 10


@dataclasses.dataclass(init=False)
class WithInit:
    k: int
    v: int

    def __init__(self, k: int, v: int) -> None:
        self.k, self.v = k, v + 10


@dataclasses.dataclass
class WithSetattr:
    k: int
    v: int

    def __setattr__(self, name: str, value: int) -> None:
        object.__setattr__(self, name, value + 10 if name == "v" else value)


@dataclasses.dataclass
class WithNew:
    k: int
    v: int

    def __new__(cls, *args: Any, **named: Any) -> Any:
        made = super().__new__(cls)
        made.seen = True
        return made

    def __getattribute__(self, name: str) -> Any:
        found = object.__getattribute__(self, name)
        return found + 10 if name == "v" else found


@dataclasses.dataclass
class WithInitVar:
    k: int
    v: dataclasses.InitVar[int]

    def __post_init__(self, v: int) -> None:
        self.sum = self.k + v


class Meta(type):
    def __call__(cls, *args: Any, **named: Any) -> Any:
        made = super().__call__(*args, **named)
        made.v += 10
        return made


@dataclasses.dataclass
class WithMeta(metaclass=Meta):
    k: int
    v: int


@dataclasses.dataclass
class WithDefault:
    k: int
    v: int
    w: int = 5


EXECUTED: dict[str, Any] = {}
exec(
    "import dataclasses\n"
    "@dataclasses.dataclass\n"
    "class Swapping:\n"
    "    k: int\n"
    "    v: int\n"
    "    def __init__(self, k, v):\n"
    "        self.k, self.v = v, k\n",
    EXECUTED,
)
"""Its own ``__init__`` is made from text too, as in ``python -c``."""


@pytest.mark.parametrize(
    "kind",
    [WithPostInit, WithInit, WithSetattr, WithNew, WithInitVar, WithMeta, WithDefault, EXECUTED["Swapping"]],
)
def test_class_that_does_more_is_called(kind: Any) -> None:
    decoder = row_decoder(COLUMNS, None, kind)
    assert not isinstance(decoder, DataclassDecoder)
    (row,) = decode_rows(decoder, ROW, 1)
    assert vars(row) == vars(kind(1, 2))


def test_value_that_cannot_be_read_is_named() -> None:
    with pytest.raises(DecodeError, match=r"column ks.t.v .* of row 1"):
        decode_rows(row_decoder(COLUMNS, None, Plain), ROW + ROW[:8] + b"\0\0\0\2\0\0", 2)


@pytest.mark.parametrize("enabled", [False, True])
@pytest.mark.parametrize("kind", [None, Plain, dict])
def test_collector_is_left_as_it_was(enabled: bool, kind: Any) -> None:
    decoder = row_decoder(COLUMNS, None, kind)
    before = gc.isenabled()
    try:
        (gc.enable if enabled else gc.disable)()
        assert len(decode_rows(decoder, ROW * 500, 500)) == 500
        assert gc.isenabled() is enabled
        with pytest.raises(DecodeError):
            decode_rows(decoder, ROW * 499 + ROW[:8] + b"\0\0\0\2\0\0" + b"\0\0", 500)
        assert gc.isenabled() is enabled
    finally:
        (gc.enable if before else gc.disable)()
