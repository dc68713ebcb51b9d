"""Statements that outlive a change of the schema, on a real Cassandra: no wrong value is stored and no write fails."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests import internals

import aiocql
from aiocql.testing import CassandraCluster

pytestmark = pytest.mark.cassandra

WRITERS = 50
VERSIONS = pytest.mark.parametrize("version", [4, 5])


@contextlib.asynccontextmanager
async def two_sessions(
    cluster: CassandraCluster, version: int
) -> AsyncIterator[tuple[aiocql.Session, aiocql.Session]]:
    options: dict[str, Any] = {"protocol_version": version, "request_timeout": 60.0}
    async with (
        aiocql.connect(*cluster.contact_points, **options) as first,
        aiocql.connect(*cluster.contact_points, **options) as second,
    ):
        yield first, second


async def make(session: aiocql.Session, table: str, kind: str) -> None:
    await session.execute(f"DROP TABLE IF EXISTS {table}")
    await session.execute(f"CREATE TABLE {table} (k int PRIMARY KEY, v {kind})")


async def stored(session: aiocql.Session, table: str) -> Any:
    return (await session.execute(f"SELECT v FROM {table} WHERE k = 1", into="scalar")).one()


@VERSIONS
@pytest.mark.parametrize("by_another", [False, True])
async def test_table_that_is_made_anew_with_other_types(
    cassandra_cluster: CassandraCluster, cassandra_keyspace: str, by_another: bool, version: int
) -> None:
    table = f"{cassandra_keyspace}.t"
    insert = f"INSERT INTO {table} (k, v) VALUES (?, ?)"
    async with two_sessions(cassandra_cluster, version) as (session, other):
        await make(session, table, "int")
        held = await session.prepare(insert)
        own = await session.prepare(insert, idempotent=True)
        for statement in (insert, held, own):
            await session.execute(statement, [1, 1])
        changer = other if by_another else session
        await make(changer, table, "text")
        if by_another:
            await other.execute(insert, [2, "makes the server know the statement"])
            await asyncio.sleep(1.0)
        else:
            await other.execute(insert, [2, "makes the server know the statement"])
        for statement in (insert, held, own):
            with pytest.raises(aiocql.EncodeError, match="v is text"):
                await session.execute(statement, [1, 2])
            with pytest.raises(aiocql.EncodeError, match="v is text"):
                await session.batch([(statement, [1, 2])])
            assert await stored(session, table) in (None, "one")
            await session.execute(statement, [1, "one"])
            await session.batch([(statement, [1, "one"])])
            assert await stored(session, table) == "one"
        assert str((await session.prepare(insert)).columns[1].type) == "text"


@VERSIONS
async def test_keyspace_that_is_made_anew(
    cassandra_cluster: CassandraCluster, cassandra_keyspace: str, version: int
) -> None:
    keyspace = f"{cassandra_keyspace}_again"
    create = f"CREATE KEYSPACE {keyspace} WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}}"
    insert = f"INSERT INTO {keyspace}.t (k, v) VALUES (?, ?)"
    async with two_sessions(cassandra_cluster, version) as (session, other):
        await session.execute(create)
        await make(session, f"{keyspace}.t", "int")
        held = await session.prepare(insert)
        await session.execute(held, [1, 1])
        await session.execute(f"DROP KEYSPACE {keyspace}")
        with pytest.raises(aiocql.InvalidRequest):
            await session.execute(held, [1, 1])
        await session.execute(create)
        await make(session, f"{keyspace}.t", "text")
        await other.execute(insert, [2, "two"])
        await session.execute(held, [1, "one"])
        assert await stored(session, f"{keyspace}.t") == "one"
        await session.execute(f"DROP KEYSPACE {keyspace}")


@VERSIONS
async def test_writes_go_on_while_another_client_alters_their_type_and_table(
    cassandra_cluster: CassandraCluster, cassandra_keyspace: str, version: int
) -> None:
    keyspace, table = cassandra_keyspace, f"{cassandra_keyspace}.people"
    insert = f"INSERT INTO {table} (k, home) VALUES (?, ?)"
    async with two_sessions(cassandra_cluster, version) as (session, other):
        await session.execute(f"CREATE TYPE {keyspace}.address (street text, number int)")
        await session.execute(f"CREATE TABLE {table} (k int PRIMARY KEY, home frozen<{keyspace}.address>)")
        held = await session.prepare(insert, idempotent=True)
        stopping = asyncio.Event()
        written = 0

        async def write(number: int) -> None:
            nonlocal written
            home = {"street": "Main", "number": number}
            while not stopping.is_set():
                if number % 3 == 0:
                    await session.execute(insert, [number, home], idempotent=True)
                elif number % 3 == 1:
                    await session.execute(held, [number, home])
                else:
                    await session.batch([(held, [number, home]), (insert, [number + 1000, home])])
                written += 1

        async with asyncio.TaskGroup() as group:
            for number in range(WRITERS):
                group.create_task(write(number))
            for change in ("zip int", "city text", "country text"):
                await asyncio.sleep(0.3)
                await other.execute(f"ALTER TYPE {keyspace}.address ADD {change}")
            for column in range(5):
                await other.execute(f"ALTER TABLE {table} ADD c{column} int")
            stopping.set()
        assert written > WRITERS
        home = {"street": "Main", "number": 1, "zip": 12345, "city": "Ulm", "country": "DE"}
        for statement in (insert, held):
            await session.execute(statement, [1, home])
            row = (await session.execute(f"SELECT home FROM {table} WHERE k = 1")).one()
            assert row is not None
            assert row.home._asdict() == home


@VERSIONS
async def test_keyspace_that_is_dropped_while_it_is_the_sessions(
    cassandra_cluster: CassandraCluster, cassandra_keyspace: str, version: int
) -> None:
    current, table = f"{cassandra_keyspace}_current", f"{cassandra_keyspace}.t"
    insert = f"INSERT INTO {table} (k, v) VALUES (?, ?)"
    create = (
        f"CREATE KEYSPACE {current} WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}}"
    )
    async with two_sessions(cassandra_cluster, version) as (session, other):
        await make(other, table, "int")
        await other.execute(create)
        await session.set_keyspace(current)
        await other.execute(f"DROP KEYSPACE {current}")
        for _ in range(2):
            held = await session.prepare(insert)
            await session.execute(held, [1, 1])
            await session.execute(insert, [1, 1])
            await session.batch([(insert, [1, 1])])
            assert await stored(session, table) == 1
            # And once more over connections that are opened now, when nobody can set their keyspace.
            [host] = session.hosts
            for connection in list(internals.pools(session)[host].connections):
                connection.abort(aiocql.ConnectionLost("by this test"))
            async with asyncio.timeout(60):
                while not host.open_connections:  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
        with pytest.raises(aiocql.InvalidRequest, match=current):
            await session.execute("SELECT v FROM t")
        await session.execute(create)
        await session.execute("CREATE TABLE t (k int PRIMARY KEY, v text)")
        await session.execute("INSERT INTO t (k, v) VALUES (?, ?)", [1, "one"])
        assert await stored(session, "t") == "one"
        await session.execute(f"DROP KEYSPACE {current}")
