"""A user's object says anything of its length: its items alone count, and no memory is taken for what it says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from aiocql.errors import EncodeError
from aiocql.types.names import parse_cql_type
from aiocql.types.registry import default_registry

LENGTHS = [0, 1, 2**40, 2**62]


class LyingList(list[Any]):
    said = 0

    def __len__(self) -> int:
        return self.said


class LyingTuple(tuple[Any, ...]):
    __slots__ = ()
    said = 0

    def __len__(self) -> int:
        return self.said


class LyingItems:
    """Only iterable, with a hint."""

    def __init__(self, items: list[Any], said: int) -> None:
        self.items, self.said = items, said

    def __iter__(self) -> Iterator[Any]:
        return iter(self.items)

    def __length_hint__(self) -> int:
        return self.said


class LyingMapping(Mapping[Any, Any]):
    def __init__(self, pairs: dict[Any, Any], said: int) -> None:
        self.pairs, self.said = pairs, said

    def __getitem__(self, key: Any) -> Any:
        return self.pairs[key]

    def __iter__(self) -> Iterator[Any]:
        return iter(self.pairs)

    def __len__(self) -> int:
        return self.said


@pytest.mark.parametrize("said", LENGTHS)
@pytest.mark.parametrize(
    "cql", ["list<int>", "set<int>", "tuple<int, int, int>", "vector<int, 3>", "vector<float, 3>"]
)
def test_items_alone_are_bound(cql: str, said: int) -> None:
    codec = default_registry().codec(parse_cql_type(cql))
    expected = codec.to_bytes([1, 2, 3])
    for kind in (LyingList, LyingTuple):
        liar = type("Liar", (kind,), {"said": said})([1, 2, 3])
        assert codec.to_bytes(liar) == expected
    if not cql.startswith("tuple"):
        assert codec.to_bytes(LyingItems([1, 2, 3], said)) == expected


@pytest.mark.parametrize("said", LENGTHS)
def test_pairs_alone_are_bound(said: int) -> None:
    codec = default_registry().codec(parse_cql_type("map<int, int>"))
    assert codec.to_bytes(LyingMapping({1: 2, 3: 4}, said)) == codec.to_bytes({1: 2, 3: 4})


@pytest.mark.parametrize("said", LENGTHS)
def test_wrong_number_of_items_is_an_error_whatever_is_said(said: int) -> None:
    for cql in ("tuple<int, int>", "vector<int, 2>"):
        codec = default_registry().codec(parse_cql_type(cql))
        with pytest.raises(EncodeError):
            codec.to_bytes(type("Liar", (LyingList,), {"said": said})([1, 2, 3]))
