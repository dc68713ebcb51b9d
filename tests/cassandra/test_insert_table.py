"""Data frames into tables of a real cluster, and back."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import duckdb
import pandas
import polars
import pyarrow
import pytest

import aiocql
from aiocql.testing import CassandraCluster
from aiocql.types.values import Duration

pytestmark = [pytest.mark.cassandra, pytest.mark.timeout(400)]

SAMPLES: dict[str, Any] = {
    "ascii": "plain",
    "bigint": -(2**63),
    "blob": b"\x00\xff",
    "boolean": True,
    "date": datetime.date(1969, 12, 31),
    "decimal": Decimal("-12.500000000000000000"),
    "double": 1.5,
    "duration": Duration(1, 2, 3),
    "float": 0.25,
    "frozen<list<text>>": ["a", "b"],
    "frozen<map<text, frozen<list<int>>>>": {"a": [1, 2]},
    "inet": "2001:db8::1",
    "int": -5,
    "list<uuid>": [UUID(int=7)],
    "map<uuid, decimal>": {UUID(int=1): Decimal("1.000000000000000000")},
    "set<inet>": ["10.0.0.1", "10.0.0.2"],
    "smallint": -300,
    "text": "grün",
    "time": datetime.time(1, 2, 3, 4),
    "timestamp": datetime.datetime(2024, 5, 6, 7, 8, 9, 123000, datetime.UTC),
    "timeuuid": UUID("8c4d7e40-0b5f-11ef-8000-000000000000"),
    "tinyint": -128,
    "frozen<tuple<int, text>>": (1, "x"),
    "uuid": UUID(int=2**127),
    "varint": -(10**30),
    "frozen<pair>": {"left": 1, "right": ["r"]},
}


async def test_every_type_comes_back_as_it_went(
    cassandra_cluster: CassandraCluster, cassandra_keyspace: str
) -> None:
    async with aiocql.connect(*cassandra_cluster.contact_points, keyspace=cassandra_keyspace) as session:
        await session.execute('CREATE TYPE pair ("left" int, "right" frozen<list<text>>)')
        columns = {f"c{number}": cql for number, cql in enumerate(SAMPLES)}
        kinds = ", ".join(f"{name} {cql}" for name, cql in columns.items())
        for table in ("source", "copy"):
            await session.execute(f"CREATE TABLE {table} (k int PRIMARY KEY, {kinds})")
        names = ", ".join(["k", *columns])
        insert = f"INSERT INTO source ({names}) VALUES ({', '.join('?' * (len(columns) + 1))})"
        await session.execute(insert, [1, *SAMPLES.values()])
        await session.execute(insert, [2, *[None] * len(columns)])
        found = await session.table("SELECT * FROM source")
        result = await session.insert_table("copy", found)
        assert result == (2, ())
        assert (await session.table("SELECT * FROM copy")).to_pylist() == found.to_pylist()


async def test_frames_of_other_libraries_are_written(
    cassandra_cluster: CassandraCluster, cassandra_keyspace: str
) -> None:
    async with aiocql.connect(*cassandra_cluster.contact_points, keyspace=cassandra_keyspace) as session:
        await session.execute("CREATE TABLE item (k int PRIMARY KEY, v text)")
        rows = {"k": [1, 2], "v": ["one", None]}
        frames: list[Any] = [
            pandas.DataFrame(rows),
            polars.DataFrame(rows),
            pyarrow.table(rows),
            duckdb.sql("SELECT 1 AS k, 'one' AS v UNION ALL SELECT 2, NULL"),
        ]
        for frame in frames:
            await session.execute("TRUNCATE item")
            await session.execute("INSERT INTO item (k, v) VALUES (2, 'kept')")
            await session.insert_table("item", frame)
            found = (await session.table("SELECT k, v FROM item")).to_pylist()
            assert sorted(row["v"] for row in found) == ["kept", "one"]
        await session.insert_table("item", frames[1], nulls="null")
        found = (await session.table("SELECT k, v FROM item")).to_pylist()
        assert {row["k"]: row["v"] for row in found} == {1: "one", 2: None}


async def test_rows_have_a_time_to_live_and_leave_those_that_are_there(
    cassandra_cluster: CassandraCluster, cassandra_keyspace: str
) -> None:
    async with aiocql.connect(*cassandra_cluster.contact_points, keyspace=cassandra_keyspace) as session:
        await session.execute("CREATE TABLE item (k int PRIMARY KEY, v text)")
        await session.execute("INSERT INTO item (k, v) VALUES (1, 'first')")
        frame = polars.DataFrame({"k": [1, 2], "v": ["second", "second"]})
        assert await session.insert_table("item", frame, ttl=1000, if_not_exists=True) == (1, ())
        rows = (await session.execute("SELECT k, v, ttl(v) AS left FROM item")).rows
        found = {row.k: (row.v, row.left) for row in rows}
        assert found[1] == ("first", None)
        assert found[2][0] == "second"
        assert 0 < found[2][1] <= 1000
        await session.insert_table("item", frame, timestamp=1, consistency_level="ONE")
        assert (await session.execute("SELECT v FROM item WHERE k = 1")).one().v == "first"
