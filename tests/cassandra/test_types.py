"""Every type through a real server: what CQL literals mean is what is decoded, and what is bound comes back."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from tests.golden.literals import CASES, NOON
from tests.unit.types.cql_values import exactly

import aiocql
from aiocql.errors import EncodeError
from aiocql.types.timeuuid import max_uuid_from_time, min_uuid_from_time, uuid_from_time
from aiocql.types.values import Timestamp

pytestmark = pytest.mark.cassandra

NAMED = [(f"c{place}", cql, CASES[cql]) for place, cql in enumerate(CASES)]


@asynccontextmanager
async def table(points: list[str], keyspace: str) -> AsyncIterator[Any]:
    """A session, and a table `t` with a column for each type."""
    async with aiocql.connect(*points, keyspace=keyspace) as session:
        await session.execute('CREATE TYPE "Odd type" ("class" int, "a b" text, plain frozen<list<int>>)')
        columns = ", ".join(f"{column} {cql}" for column, cql, _ in NAMED)
        await session.execute(f"CREATE TABLE t (k int PRIMARY KEY, {columns})")
        yield session


def same(found: Any, expected: Any) -> bool:
    """`exactly`, where a user type's value is written as a tuple."""
    if isinstance(found, list) and isinstance(expected, list):
        return len(found) == len(expected) and all(map(same, found, expected))
    if isinstance(found, tuple) and type(found) is not tuple:
        found = tuple(found)
    return exactly(found, expected)


async def test_every_type_through_the_server(cassandra_cluster: Any, cassandra_keyspace: str) -> None:
    wrong = []
    async with table(cassandra_cluster.contact_points, cassandra_keyspace) as session:
        for column, cql, cases in NAMED:
            for literal, value in cases:
                await session.execute(f"INSERT INTO t (k, {column}) VALUES (1, {literal})")
                read = f"SELECT {column} FROM t WHERE k = ?"
                from_literal = (await session.execute(read, [1])).one()[0]
                await session.execute(f"INSERT INTO t (k, {column}) VALUES (?, ?)", [2, value])
                from_value = (await session.execute(read, [2])).one()[0]
                if not (same(from_literal, value) and same(from_value, value)):
                    wrong.append((cql, value, from_literal, from_value))
    assert wrong == []


async def test_null_and_empty_stay_apart(cassandra_cluster: Any, cassandra_keyspace: str) -> None:
    async with table(cassandra_cluster.contact_points, cassandra_keyspace) as session:
        for column, cql, cases in NAMED:
            write = f"INSERT INTO t (k, {column}) VALUES (?, ?)"
            await session.execute(write, [1, cases[0][1]])
            await session.execute(write, [1, aiocql.UNSET])
            kept = (await session.execute(f"SELECT {column} FROM t WHERE k = 1")).one()[0]
            assert same(kept, cases[0][1]), f"{cql}: UNSET leaves the value"
            await session.execute(write, [1, None])
            gone = (await session.execute(f"SELECT {column} FROM t WHERE k = 1")).one()[0]
            assert gone is None, cql
            with pytest.raises(EncodeError):
                await session.execute(write, [1, object()])


async def test_bounds_of_time_uuids_are_the_servers(cassandra_cluster: Any, cassandra_keyspace: str) -> None:
    async with aiocql.connect(*cassandra_cluster.contact_points, keyspace=cassandra_keyspace) as session:
        await session.execute("CREATE TABLE e (k int, t timeuuid, PRIMARY KEY (k, t))")
        made = [
            uuid_from_time(NOON, node, seq)
            for node in (0, 2**48 - 1, 0x808080808080)
            for seq in (0, 2**14 - 1)
        ]
        for value in made:
            await session.execute("INSERT INTO e (k, t) VALUES (1, ?)", [value])
        inside = "SELECT t FROM e WHERE k = 1 AND t >= ? AND t <= ?"
        low, high = min_uuid_from_time(NOON), max_uuid_from_time(NOON)
        assert {row.t for row in await session.execute(inside, [low, high])} == set(made)
        later = NOON + dt.timedelta(microseconds=1)
        assert len(await session.execute(inside, [min_uuid_from_time(later), max_uuid_from_time(later)])) == 0
        functions = "SELECT minTimeuuid(?), maxTimeuuid(?) FROM system.local"
        server = (await session.execute(functions, [NOON, NOON])).one()
        assert tuple(server) == (low, max_uuid_from_time(Timestamp.from_datetime(NOON)))
