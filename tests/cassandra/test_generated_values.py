"""Generated values of every type and of random nestings, through a real server: what was bound is what comes back."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.types.cql_values import PLAIN, SCALAR_VALUES, typed_values

import aiocql
from aiocql.types.containers import CqlSet
from aiocql.types.descriptors import (
    CqlType,
    ListType,
    MapType,
    ScalarType,
    SetType,
    TupleType,
    UserType,
    VectorType,
)

pytestmark = pytest.mark.cassandra


def generated(strategy: st.SearchStrategy[Any], count: int) -> list[Any]:
    """The same values in every run."""
    found: list[Any] = []

    @settings(max_examples=count, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(strategy)
    def collect(value: Any) -> None:
        found.append(value)

    collect()
    return found


def plain(value: Any) -> Any:
    """A value for comparison: with its type, its sign and its scale, but sets and maps in any order.

    What was generated twice (a `CqlSet` takes it, as its elements have no hash) the server has once.
    """
    if isinstance(value, Mapping):
        return "map", sorted({repr(plain(k)): plain(v) for k, v in value.items()}.items())
    if isinstance(value, Set | CqlSet):
        return "set", sorted({repr(plain(element)) for element in value})
    if isinstance(value, tuple):
        return "tuple", [*map(plain, value)]
    if isinstance(value, list):
        return "list", [*map(plain, value)]
    return type(value).__name__, repr(value)


def holds_durations(cql_type: CqlType) -> bool:
    return "duration" in str(cql_type)


def is_allowed(cql_type: CqlType) -> bool:
    """The server has no order of durations: they are no elements of sets and no keys of maps, however deep."""
    match cql_type:
        case ListType(element):
            return is_allowed(element)
        case SetType(element):
            return is_allowed(element) and not holds_durations(element)
        case MapType(key, value):
            return is_allowed(key) and is_allowed(value) and not holds_durations(key)
        case TupleType(elements):
            return all(map(is_allowed, elements))
        case UserType():
            return all(map(is_allowed, cql_type.field_types))
        case VectorType(element, _):
            return is_allowed(element)
    return True


def declare(cql_type: CqlType, made: list[str]) -> str:
    """The type in CQL, frozen; the statements that make its user types are added to `made`."""
    match cql_type:
        case ScalarType(name):
            return name
        case ListType(element):
            return f"frozen<list<{declare(element, made)}>>"
        case SetType(element):
            return f"frozen<set<{declare(element, made)}>>"
        case MapType(key, value):
            return f"frozen<map<{declare(key, made)}, {declare(value, made)}>>"
        case TupleType(elements):
            return f"frozen<tuple<{', '.join(declare(element, made) for element in elements)}>>"
        case UserType():
            fields = [f"f{i} {declare(field, made)}" for i, field in enumerate(cql_type.field_types)]
            name = f"made{len(made)}"
            made.append(f"CREATE TYPE {name} ({', '.join(fields)})")
            return f"frozen<{name}>"
        case VectorType(element, dimensions):
            return f"vector<{declare(element, made)}, {dimensions}>"
    raise AssertionError(cql_type)


@pytest.mark.parametrize("version", [4, 5])
@pytest.mark.timeout(240)
async def test_every_scalar(version: int, cassandra_cluster: Any, cassandra_keyspace: str) -> None:
    async with aiocql.connect(
        *cassandra_cluster.contact_points, keyspace=cassandra_keyspace, protocol_version=version
    ) as session:
        columns = ", ".join(f"v_{name} {name}" for name in sorted(PLAIN))
        await session.execute(f"CREATE TABLE scalars (k int PRIMARY KEY, {columns})", timeout=30.0)
        for name in sorted(PLAIN):
            values = generated(SCALAR_VALUES[name], 60)
            write = f"INSERT INTO scalars (k, v_{name}) VALUES (?, ?)"
            await session.execute_concurrent(write, enumerate(values), concurrency=20)
            results = await session.execute_concurrent(
                f"SELECT v_{name} FROM scalars WHERE k = ?",
                [(k,) for k in range(len(values))],
                concurrency=20,
            )
            for value, result in zip(values, results, strict=True):
                assert plain(result.one()[0]) == plain(value), name


@pytest.mark.timeout(240)
async def test_random_nestings(cassandra_cluster: Any, cassandra_keyspace: str) -> None:
    cases = [
        (t, v) for t, v in generated(typed_values, 150) if not isinstance(t, ScalarType) and is_allowed(t)
    ]
    assert len(cases) > 40
    async with aiocql.connect(*cassandra_cluster.contact_points, keyspace=cassandra_keyspace) as session:
        made: list[str] = []
        columns = [f"c{i} {declare(cql_type, made)}" for i, (cql_type, _) in enumerate(cases)]
        for statement in made:
            await session.execute(statement, timeout=30.0)
        await session.execute(f"CREATE TABLE nested (k int PRIMARY KEY, {', '.join(columns)})", timeout=30.0)
        for i, (cql_type, value) in enumerate(cases):
            await session.execute(f"INSERT INTO nested (k, c{i}) VALUES (?, ?)", [i, value])
            found = (await session.execute(f"SELECT c{i} FROM nested WHERE k = ?", [i])).one()[0]
            assert plain(found) == plain(value), cql_type
