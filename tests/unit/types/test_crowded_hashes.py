"""Elements and keys whose hashes are the same: decoding and lookup take time in proportion to the value."""

from __future__ import annotations

import ipaddress
import os
import subprocess
import sys
import uuid
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from aiocql.errors import DecodeError, EncodeError
from aiocql.types.containers import CqlMap, CqlSet, _fold
from aiocql.types.crowding import is_crowded
from aiocql.types.descriptors import CqlType, MapType, ScalarType, SetType, TupleType
from aiocql.types.registry import default_registry
from aiocql.types.values import Date, Duration, Time, Timestamp

MODULUS = 2**61 - 1
COUNT = 2000


def _uuid(n: int) -> uuid.UUID:
    return uuid.UUID(int=5 + n * MODULUS)


def _timeuuid(n: int) -> uuid.UUID:
    number = n << 80 | 1 << 76
    return uuid.UUID(int=number + (-number % MODULUS))


KINDS: dict[str, tuple[CqlType, Callable[[int], Any]]] = {
    "uuid": (ScalarType("uuid"), _uuid),
    "timeuuid": (ScalarType("timeuuid"), _timeuuid),
    "varint": (ScalarType("varint"), lambda n: 5 + n * MODULUS),
    "inet": (ScalarType("inet"), lambda n: ipaddress.IPv6Address(5 + n * MODULUS)),
    "decimal": (ScalarType("decimal"), lambda n: Decimal(5 + n * MODULUS)),
    "tuple": (
        TupleType([ScalarType("int"), ScalarType("varint")]),
        lambda n: (1, 5 + n * MODULUS),
    ),
    "nested tuple": (
        TupleType([TupleType([ScalarType("uuid")]), ScalarType("text")]),
        lambda n: ((_uuid(n),), "t"),
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_set_of_values_with_one_hash_is_no_python_set(kind: str) -> None:
    cql_type, make = KINDS[kind]
    values = [make(n) for n in range(COUNT)]
    codec = default_registry().codec(SetType(cql_type))
    decoded = codec.from_bytes(codec.to_bytes(values))
    assert isinstance(decoded, CqlSet)
    assert list(decoded) == values
    assert values[-1] in decoded
    assert make(COUNT) not in decoded
    assert decoded == CqlSet(values[::-1])


@pytest.mark.parametrize("kind", KINDS)
def test_map_with_keys_of_one_hash_is_no_python_dict(kind: str) -> None:
    cql_type, make = KINDS[kind]
    values = {n: make(n) for n in range(COUNT)}
    codec = default_registry().codec(MapType(cql_type, ScalarType("int")))
    decoded = codec.from_bytes(codec.to_bytes(CqlMap([(key, n) for n, key in values.items()])))
    assert isinstance(decoded, CqlMap)
    assert all(decoded[key] == n for n, key in values.items())


def test_large_sets_and_maps_of_ordinary_values_are_pythons_own() -> None:
    registry = default_registry()
    values = [uuid.uuid5(uuid.NAMESPACE_DNS, str(n)) for n in range(COUNT)]
    codec = registry.codec(SetType(ScalarType("uuid")))
    decoded = codec.from_bytes(codec.to_bytes(values))
    assert type(decoded) is set
    assert decoded == set(values)
    codec = registry.codec(MapType(ScalarType("bigint"), ScalarType("int")))
    mapping = {n: n for n in range(COUNT)}
    decoded = codec.from_bytes(codec.to_bytes(mapping))
    assert type(decoded) is dict
    assert decoded == mapping


def test_values_of_different_hashes_are_not_crowded() -> None:
    assert not is_crowded(range(-100, 100))
    assert is_crowded([n * MODULUS for n in range(100)])


def _chain(size: int, count: int) -> list[int]:
    """The places of a table in the order in which an occupied one is left."""
    places, place = [], 0
    for _ in range(count):
        places.append(place)
        place = (place * 5 + 1) % size
    return places


def _joins(number: int, taken: bytearray, size: int) -> bool:
    """Whether a number meets only occupied places until nothing but the last one decides the next."""
    perturb, place = number, number % size
    while perturb:
        if not taken[place]:
            return False
        perturb >>= 5
        place = (place * 5 + perturb + 1) % size
    return bool(taken[place])


def test_numbers_that_wait_in_one_chain_of_a_table_are_crowded() -> None:
    size = 1 << 15
    chain = _chain(size, size // 2)
    taken = bytearray(size)
    for place in chain:
        taken[place] = 1
    late = [number for number in range(size, 10 * size) if _joins(number, taken, size)][:5000]
    assert len(late) == 5000
    assert not is_crowded(chain)
    assert is_crowded(chain + late)


@pytest.mark.parametrize(
    "make",
    [
        lambda n: uuid.UUID(int=n),
        lambda n: ipaddress.IPv6Address(n),
        lambda n: (1, n),
        lambda n: Decimal(n),
        float,
    ],
)
def test_index_of_a_crowded_set_is_not_crowded(make: Callable[[int], Any]) -> None:
    """What the values are found by in a CqlSet has hashes that nobody can choose."""
    folds = [_fold(make(n)) for n in range(300)]
    assert len(set(map(hash, folds))) == 300
    assert all(type(fold) in (str, bytes, tuple, Decimal) for fold in folds)
    assert not any(hash(fold) == hash(make(n)) for n, fold in enumerate(folds, 1))


HASHES = """
from aiocql.types.values import Date, Duration, Time, Timestamp
values = [Time(1), Time(999), Timestamp(2**62), Date(2**30), Duration(0, 0, 1), Duration(1, 2, 3)]
print(*map(hash, values))
"""


def test_hashes_of_times_that_no_python_value_equals_are_chosen_by_nobody() -> None:
    """Another process has others, as it has of text."""

    def hashes(seed: str) -> list[str]:
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        done = subprocess.run(
            [sys.executable, "-c", HASHES], env=environment, check=True, capture_output=True
        )
        return done.stdout.decode().split()

    one, again, other = hashes("1"), hashes("1"), hashes("2")
    assert len(set(one)) == 6
    assert one == again
    assert set(one).isdisjoint(other)


@pytest.mark.parametrize(
    "value", [Date(5), Timestamp(5), Time(1000), Time(5), Timestamp(2**62), Duration(1, 2, 3)]
)
def test_times_are_found_by_what_is_equal(value: Any) -> None:
    held = CqlSet([value, Time(7)])
    assert value in held
    assert (
        CqlMap([(value, "v")])[type(value)(value.months, 2, 3) if isinstance(value, Duration) else value]
        == "v"
    )
    if not isinstance(value, Duration) and (plain := value._python()) is not None:
        assert plain in held


@pytest.mark.parametrize(
    "values",
    [
        [n << 32 for n in range(5000)],
        [n * 1_000_000 for n in range(5000)],
        [2**n for n in range(62)] * 3,
        [n * 4096 for n in range(20_000)],
        [-n for n in range(20_000)],
        [float(n) / 8 for n in range(20_000)],
        [(n % 100, n // 100) for n in range(20_000)],
        [uuid.UUID(int=n << 64 | 0x1000_8000_0000_0000) for n in range(20_000)],
    ],
)
def test_regular_numbers_are_not_crowded(values: list[Any]) -> None:
    assert not is_crowded(list(dict.fromkeys(values)))


@pytest.mark.parametrize(
    "values",
    [
        [Decimal("1." + "0" * n) for n in range(1, 2000)],
        [float("nan")] * 20_000,
        [(0.0, n) for n in range(5000)] + [(-0.0, n) for n in range(5000)],
    ],
    ids=["decimals", "NaN", "tuples"],
)
def test_sets_of_elements_that_are_equal_in_python_compare_in_linear_time(values: list[Any]) -> None:
    one, other = CqlSet(values), CqlSet(reversed(values))
    assert one == other
    assert len(one | other) == len(set(map(repr, values)))
    assert values[-1] in one
    assert CqlMap([(value, n) for n, value in enumerate(values)])[values[0]] == 0


@pytest.mark.parametrize(
    ("held", "equal"),
    [
        (1, 1.0),
        (2**200, 2.0**200),
        (0.5, Decimal("0.5")),
        (0.5, Fraction(1, 2)),
        (Decimal("1.50"), 1.5),
        (Decimal("3"), 3),
        (Decimal("1E+3"), 1000),
        (Decimal("0.1"), Decimal("0.10")),
        (-0.0, 0),
        (True, 1),
    ],
)
def test_number_is_found_by_an_equal_one_of_another_type(held: Any, equal: Any) -> None:
    assert equal in CqlSet([held])
    assert CqlMap([(equal, "v")])[held] == "v"


def test_decimal_too_long_to_convert_in_time_is_refused() -> None:
    codec = default_registry().codec(ScalarType("decimal"))
    with pytest.raises(DecodeError, match="unscaled value"):
        codec.from_bytes(bytes(4) + b"\x7f" * 131_073)
    with pytest.raises(EncodeError, match="digits"):
        codec.to_bytes(Decimal("9" * 315_654))
    whole = Decimal("9" * 315_000)
    assert codec.from_bytes(codec.to_bytes(whole)) == whole
