"""async-cassandra's API on a real server: values, placeholders, transactions, batches, streams, traces, errors."""

from __future__ import annotations

import contextlib
import datetime as dt
import uuid
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest

from aiocql.compat.async_cassandra import (
    AsyncCassandraSession,
    AsyncCluster,
    ConnectionError,
    ConnectionMonitor,
    StreamConfig,
    create_streaming_statement,
)
from aiocql.compat.cassandra import AlreadyExists, InvalidRequest
from aiocql.compat.cassandra.protocol import SyntaxException
from aiocql.compat.cassandra.query import BatchStatement, SimpleStatement, ValueSequence
from aiocql.compat.cassandra.util import Date, Time, uuid_from_time

pytestmark = pytest.mark.cassandra


@contextlib.asynccontextmanager
async def connected(cluster: Any, keyspace: str) -> AsyncIterator[AsyncCassandraSession]:
    async with AsyncCluster(cluster.contact_points) as made:
        yield await made.connect(keyspace)


async def test_values_come_and_go_as_with_cassandra_driver(
    cassandra_cluster: Any, cassandra_keyspace: str
) -> None:
    async with connected(cassandra_cluster, cassandra_keyspace) as session:
        await session.execute(
            "CREATE TABLE v (k int PRIMARY KEY, at timestamp, d date, t time, i inet, n decimal, u timeuuid, "
            "s set<text>, m map<text, int>, l list<timestamp>)"
        )
        at = dt.datetime(2024, 2, 29, 12, 30)
        made = uuid_from_time(at)
        values = (1, at, Date("2024-02-29"), Time("12:30:05"), "127.0.0.1", Decimal("1.5"), made)
        values += ({"a", "b"}, {"x": 1}, [at])
        places = ", ".join(["%s"] * len(values))
        insert = f"INSERT INTO v (k, at, d, t, i, n, u, s, m, l) VALUES ({places})"
        await session.execute(insert, values)
        prepared = await session.prepare(insert.replace("%s", "?"))
        await session.execute(prepared, (2, *values[1:]))
        result = await session.execute("SELECT * FROM v WHERE k IN %s", [ValueSequence([1, 2])])
        assert len(result) == 2
        for row in result:
            assert (row.at, row.d, row.t, row.i, row.n, row.u) == values[1:7]
            assert row.at.tzinfo is None
            assert row.d.date() == dt.date(2024, 2, 29)
            assert row.t.time() == dt.time(12, 30, 5)
            assert (row.s, row.m, row.l) == values[7:]


async def test_placeholders_are_bound_by_place_and_by_name(
    cassandra_cluster: Any, cassandra_keyspace: str
) -> None:
    async with connected(cassandra_cluster, cassandra_keyspace) as session:
        await session.execute('CREATE TABLE p (k int PRIMARY KEY, v text, "from" text)')
        evil = "it's 100% '); DROP TABLE p; -- %s"
        await session.execute("INSERT INTO p (k, v) VALUES (%s, %s) /* %s */", (1, evil))
        named = {"key": 2, "Value": evil, "from": "x"}
        await session.execute(
            'INSERT INTO p (k, v, "from") VALUES (%(key)s, %(Value)s, %(from)s) USING TTL 600', named
        )
        await session.execute("UPDATE p SET v = '%%s' WHERE k = %s", [3])
        rows = {row.k: row for row in await session.execute("SELECT * FROM p")}
        assert (rows[1].v, rows[2].v, rows[3].v) == (evil, evil, "%s")
        limited = await session.execute("SELECT k FROM p LIMIT %s", (1,))
        assert len(limited) == 1


async def test_transactions_batches_and_functions(cassandra_cluster: Any, cassandra_keyspace: str) -> None:
    async with connected(cassandra_cluster, cassandra_keyspace) as session:
        await session.execute("CREATE TABLE b (k int PRIMARY KEY, v text)")
        prepared = await session.prepare("INSERT INTO b (k, v) VALUES (?, ?)")
        batch = BatchStatement()
        batch.add(prepared, (1, "a"))
        batch.add(SimpleStatement("INSERT INTO b (k, v) VALUES (%s, %s)"), (2, "b"))
        await session.execute_batch(batch)
        result = await session.execute("INSERT INTO b (k, v) VALUES (1, 'x') IF NOT EXISTS")
        assert result.one().applied is False
        assert result[0][0] is False
        assert result.one().v == "a"
        result = await session.execute("INSERT INTO b (k, v) VALUES (9, 'x') IF NOT EXISTS")
        assert result.one().applied is True
        row = (await session.execute("SELECT count(*), max(writetime(v)) FROM b")).one()
        assert row.count == 3
        assert row.system_max_writetime_v > 0
        # A value that is missing leaves its column as it is.
        await session.execute(prepared.bind([1]))
        assert (await session.execute("SELECT v FROM b WHERE k = 1")).one().v == "a"


async def test_all_pages_are_read_at_once_or_one_by_one(
    cassandra_cluster: Any, cassandra_keyspace: str
) -> None:
    async with connected(cassandra_cluster, cassandra_keyspace) as session:
        await session.execute("CREATE TABLE s (k int, n int, PRIMARY KEY (k, n))")
        prepared = await session.prepare("INSERT INTO s (k, n) VALUES (1, ?)")
        for number in range(25):
            await session.execute(prepared, [number])
        result = await session.execute(SimpleStatement("SELECT n FROM s WHERE k = %s", fetch_size=10), [1])
        assert [row.n for row in result] == list(range(25))
        statement = create_streaming_statement("SELECT n FROM s", fetch_size=10)
        async with await session.execute_stream(statement) as stream:
            assert [len(page) async for page in stream.pages()] == [10, 10, 5]
        config = StreamConfig(fetch_size=7)
        async with await session.execute_stream("SELECT n FROM s", stream_config=config) as stream:
            assert [row.n async for row in stream] == list(range(25))


async def test_user_types_are_objects_of_a_class(cassandra_cluster: Any, cassandra_keyspace: str) -> None:
    class Address:
        def __init__(self, street: str, number: int) -> None:
            self.street, self.number = street, number

    async with connected(cassandra_cluster, cassandra_keyspace) as session:
        await session.execute("CREATE TYPE address (street text, number int)")
        await session.execute("CREATE TABLE u (k int PRIMARY KEY, a frozen<address>)")
        session.cluster.register_user_type(cassandra_keyspace, "address", Address)
        await session.execute("INSERT INTO u (k, a) VALUES (%s, %s)", (1, Address("Main", 5)))
        found = (await session.execute("SELECT a FROM u")).one().a
        assert isinstance(found, Address)
        assert (found.street, found.number) == ("Main", 5)


async def test_traces_come_with_the_result(cassandra_cluster: Any, cassandra_keyspace: str) -> None:
    async with connected(cassandra_cluster, cassandra_keyspace) as session:
        trace = (await session.execute("SELECT now() FROM system.local", trace=True)).get_query_trace()
        assert trace is not None
        assert trace.duration > dt.timedelta(0)
        assert trace.events
        assert trace.events[0].description
        assert isinstance(trace.trace_id, uuid.UUID)


async def test_errors_of_the_server(cassandra_cluster: Any, cassandra_keyspace: str) -> None:
    async with connected(cassandra_cluster, cassandra_keyspace) as session:
        await session.execute("CREATE TABLE e (k int PRIMARY KEY)")
        with pytest.raises(AlreadyExists) as exists:
            await session.execute("CREATE TABLE e (k int PRIMARY KEY)")
        assert (exists.value.keyspace, exists.value.table) == (cassandra_keyspace, "e")
        with pytest.raises(SyntaxException, match="Syntax error in CQL query"):
            await session.execute("SELEC")
        with pytest.raises(InvalidRequest, match="does not exist"):
            await session.prepare("SELECT v FROM missing")
        prepared = "SELECT k FROM e"
        await session.prepare(prepared)
        await session.execute("DROP TABLE e")
        with pytest.raises(InvalidRequest):
            await session.prepare(prepared)
        with pytest.raises(InvalidRequest):
            await session.set_keyspace("missing")
        with pytest.raises(ConnectionError, match="after 1 attempt") as missing:
            await session.cluster.connect("missing")
        assert missing.value.cause is not None


async def test_the_monitor_asks_real_hosts(cassandra_cluster: Any, cassandra_keyspace: str) -> None:
    async with connected(cassandra_cluster, cassandra_keyspace) as session:
        monitor = ConnectionMonitor(session)
        await monitor.warmup_connections()
        metrics = await monitor.get_cluster_metrics()
        assert metrics.healthy_hosts == len(metrics.hosts) == len(session.hosts)
        assert metrics.unhealthy_hosts == 0
        assert all(host.connection_count >= 1 and host.latency_ms for host in metrics.hosts)
