"""Requests against a real Cassandra: what a user of a session touches."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.plugins.canary import VALUE

import aiocql
from aiocql.session.session import Session

pytestmark = pytest.mark.cassandra

SELECT = "SELECT p, k, v FROM t WHERE p = ? AND k = ?"
INSERT = "INSERT INTO t (p, k, v) VALUES (?, ?, ?)"


@dataclasses.dataclass
class Item:
    p: int
    k: int
    v: str | None


@pytest.fixture(params=[4, 5])
async def session(
    request: pytest.FixtureRequest, cassandra_cluster: Any, cassandra_keyspace: str
) -> AsyncIterator[Session]:
    async with aiocql.connect(
        *cassandra_cluster.contact_points, keyspace=cassandra_keyspace, protocol_version=request.param
    ) as session:
        await session.execute("CREATE TABLE t (p int, k int, v text, PRIMARY KEY (p, k))")
        await session.execute("CREATE TABLE c (p int PRIMARY KEY, n counter)")
        yield session


@pytest.fixture
async def other(session: Session, cassandra_cluster: Any) -> AsyncIterator[Session]:
    """Another client of the same keyspace and version."""
    async with aiocql.connect(
        *cassandra_cluster.contact_points,
        keyspace=session.keyspace,
        protocol_version=session.protocol_version,
    ) as other:
        yield other


async def test_rows_in_every_shape(session: Session) -> None:
    await session.execute(INSERT, {"p": 1, "k": 2, "v": "two"})
    shapes: list[tuple[Any, Any]] = [
        (None, (1, 2, "two")), (tuple, (1, 2, "two")), (dict, {"p": 1, "k": 2, "v": "two"}), (Item, Item(1, 2, "two"))
    ]  # fmt: skip
    for into, expected in shapes:
        row: Any = (await session.execute(SELECT, [1, 2], into=into)).one()
        assert row == expected
    assert (await session.execute("SELECT v FROM t", into="scalar")).one() == "two"


async def test_null_and_unset(session: Session) -> None:
    await session.execute(INSERT, [1, 1, VALUE])
    await session.execute(INSERT, [1, 1, aiocql.UNSET])
    assert (await session.execute(SELECT, [1, 1], into=Item)).one() == Item(1, 1, VALUE)
    await session.execute(INSERT, [1, 1, None])
    assert (await session.execute(SELECT, [1, 1], into=Item)).one() == Item(1, 1, None)


async def test_batches(session: Session) -> None:
    prepared = await session.prepare(INSERT)
    await session.batch(
        [(prepared, [1, 1, "a"]), (INSERT, {"p": 1, "k": 2, "v": "b"}), "INSERT INTO t (p, k) VALUES (1, 3)"]
    )
    assert await (await session.execute("SELECT v FROM t WHERE p = 1", into="scalar")).all() == [
        "a",
        "b",
        None,
    ]
    await session.batch(
        [("DELETE FROM t WHERE p = ? AND k = ?", [1, k]) for k in (1, 2)], batch_type="unlogged"
    )
    await session.batch(
        [("UPDATE c SET n = n + ? WHERE p = ?", [n, 1]) for n in (2, 3)], batch_type="counter"
    )
    assert (await session.execute("SELECT n FROM c WHERE p = 1", into="scalar")).one() == 5


async def test_light_weight_transactions(session: Session) -> None:
    once = INSERT + " IF NOT EXISTS"
    assert (await session.execute(once, [1, 1, "first"])).was_applied
    refused = await session.execute(
        once, [1, 1, "second"], serial_consistency_level="LOCAL_SERIAL", into=Item
    )
    assert not refused.was_applied
    row: Any = refused.one()
    assert (row["[applied]"], row.v) == (False, "first")
    batch = await session.batch([(once, [1, 1, "third"]), (INSERT, [1, 2, "x"])])
    assert not batch.was_applied
    read = await session.execute(SELECT, [1, 1], consistency_level="SERIAL")
    assert read.was_applied
    assert read.one() == (1, 1, "first")


async def test_paging(session: Session) -> None:
    await session.execute_concurrent(INSERT, ([1, k, str(k)] for k in range(500)), concurrency=50)
    query = "SELECT k FROM t WHERE p = ?"
    assert [k async for k in session.stream(query, [1], page_size=37, into="scalar")] == list(range(500))
    first = await session.execute(query, [1], page_size=200, into="scalar")
    assert first.has_more_pages
    with pytest.raises(aiocql.MorePagesError):
        len(first)
    kept = first.paging_state
    resumed = await session.execute(query, [1], page_size=200, into="scalar", paging_state=kept)
    assert resumed.rows == list(range(200, 400))
    with pytest.raises(aiocql.ServerError):
        await session.execute(query, [1], paging_state=b"no state of this server's")
    seen = [k async for k in session.stream("SELECT k FROM t", page_size=100, into="scalar")]
    assert sorted(seen) == list(range(500))
    async for _ in session.stream(query, [1], page_size=10):
        break
    assert (await session.execute(SELECT, [1, 7])).one() == (1, 7, "7")


async def test_many_at_once(session: Session) -> None:
    await session.execute_concurrent(((INSERT, [1, k, str(k)]) for k in range(200)), concurrency=20)
    results = await session.execute_concurrent(SELECT, ([1, k] for k in range(200)), into=Item)
    assert [result.one() for result in results] == [Item(1, k, str(k)) for k in range(200)]


@pytest.mark.fault(39)
async def test_rows_of_an_altered_table_are_read_as_they_are(session: Session, other: Session) -> None:
    star = "SELECT * FROM t WHERE p = ?"
    await session.execute(INSERT, [1, 1, VALUE])
    before = await session.prepare(star)
    assert (await session.execute(before, [1])).one() == (1, 1, VALUE)
    await other.execute("ALTER TABLE t ADD a bigint")
    # The other client prepares it first: this one's requests never meet UNPREPARED.
    await other.execute(star, [1])
    await other.execute("UPDATE t SET a = 5 WHERE p = 1 AND k = 1")
    results = await asyncio.gather(*(session.execute(before, [1]) for _ in range(20)))
    assert {result.one() for result in results} == {(1, 1, 5, VALUE)}
    await other.execute("ALTER TABLE t DROP v")
    assert (await session.execute(before, [1])).one()._asdict() == {"p": 1, "k": 1, "a": 5}
    assert (await session.execute(before, [1], into=dict)).one() == {"p": 1, "k": 1, "a": 5}


@pytest.mark.fault(39)
async def test_rows_of_a_table_made_anew_are_read_in_its_types(session: Session, other: Session) -> None:
    select = "SELECT v FROM t WHERE p = ?"
    await session.execute(INSERT, [1, 1, VALUE])
    read, write = await session.prepare(select), await session.prepare(INSERT)
    assert (await session.execute(read, [1])).one() == (VALUE,)
    await other.execute("DROP TABLE t")
    await other.execute("CREATE TABLE t (p int, k int, v int, PRIMARY KEY (p, k))")
    # The other client prepares the same text first: this one's requests never meet UNPREPARED.
    await other.execute(INSERT, [1, 1, 4])
    await other.execute(select, [1])
    assert [(await session.execute(read, [1])).one() for _ in range(2)] == [(4,)] * 2
    await other.execute("DROP TABLE t")
    await other.execute("CREATE TABLE t (p int, k int, v bigint, PRIMARY KEY (p, k))")
    with pytest.raises(aiocql.EncodeError, match="column v is bigint"):
        await session.execute(write, [1, 1, VALUE])
    await session.execute(write, [1, 1, 2**40])
    assert (await session.execute(read, [1])).one() == (2**40,)


async def test_keyspaces(session: Session) -> None:
    keyspace = session.keyspace
    await session.execute(INSERT, [1, 1, VALUE])
    await session.set_keyspace("system")
    assert (await session.execute("SELECT key FROM local WHERE key = ?", ["local"])).one() == ("local",)
    await session.execute(f"USE {keyspace}")
    assert (session.keyspace, (await session.execute(SELECT, [1, 1])).one()) == (keyspace, (1, 1, VALUE))
    with pytest.raises(aiocql.InvalidRequest):
        await session.set_keyspace("there_is_no_such_keyspace")
    if session.protocol_version >= 5:
        query = "SELECT keyspace_name FROM keyspaces WHERE keyspace_name = ?"
        found = await session.execute(query, [keyspace], keyspace="system_schema", into="scalar")
        assert found.one() == keyspace


async def test_timestamps_and_time_to_live(session: Session) -> None:
    await session.execute(INSERT, [1, 1, VALUE], timestamp=1_000_000)
    query = "SELECT writetime(v) FROM t WHERE p = 1 AND k = ?"
    assert (await session.execute(query, [1], into="scalar")).one() == 1_000_000
    await session.execute(INSERT, [1, 2, VALUE])
    assert (await session.execute(query, [2], into="scalar")).one() > 1_700_000_000_000_000
    await session.execute(INSERT + " USING TTL ?", [1, 3, VALUE, 1000])
    assert (
        990
        <= (await session.execute("SELECT ttl(v) FROM t WHERE p = 1 AND k = 3", into="scalar")).one()
        <= 1000
    )


async def test_trace(session: Session) -> None:
    result = await session.execute(SELECT, [1, 1], trace=True)
    trace = await result.get_trace()
    assert (trace.trace_id, trace.duration > 0) == (result.trace_id, True)
    assert trace.coordinator == result.coordinator.address
    assert len(trace.events) > 1
    assert SELECT in trace.parameters["query"]


async def test_warnings_are_surfaced_and_logged(session: Session, caplog: pytest.LogCaptureFixture) -> None:
    query = "SELECT count(*) FROM t"
    with caplog.at_level(logging.WARNING, "aiocql.warnings"):
        result = await session.execute(query)
    assert any("Aggregation" in warning for warning in result.warnings)
    assert query in caplog.text


async def test_errors_say_what_and_where(session: Session) -> None:
    with pytest.raises(aiocql.SyntaxException) as syntax:
        await session.execute("SELEC", [])
    assert (syntax.value.query, syntax.value.host) == ("SELEC", session.hosts[0])
    with pytest.raises(aiocql.InvalidRequest):
        await session.execute("SELECT nothing FROM t")
    with pytest.raises(aiocql.EncodeError, match="column k is int"):
        await session.execute(SELECT, [1, VALUE])
    with pytest.raises(aiocql.Unavailable) as unavailable:
        await session.execute(INSERT, [1, 1, VALUE], consistency_level="THREE")
    assert unavailable.value.query == INSERT


async def test_custom_payload_is_taken(session: Session) -> None:
    assert (await session.execute(SELECT, [1, 1], custom_payload={"a": b"x", "b": None})).rows == []
    assert (await session.execute("SELECT p FROM t", custom_payload={"a": b"x"})).rows == []


async def test_close_lets_requests_finish(session: Session, other: Session) -> None:
    statement = await other.prepare(INSERT)
    tasks = [asyncio.create_task(other.execute(statement, [1, k, VALUE])) for k in range(500)]
    await asyncio.sleep(0)
    await other.close()
    assert [(await task).rows for task in tasks] == [[]] * 500
    assert (await session.execute("SELECT count(*) FROM t WHERE p = 1", into="scalar")).one() == 500
    with pytest.raises(aiocql.SessionClosed):
        await other.execute(statement, [1, 1, VALUE])


@pytest.mark.parametrize(
    ("query", "values", "hint"),
    [
        ("SELECT v FROM t WHERE p = %s", None, "aiocql uses ? or :name markers, not %s"),
        ("SELECT v FROM t WHERE p = %s", [1], "aiocql uses ? or :name markers, not %s"),
        ("SELECT v FROM t WHERE p = $1", [1], "aiocql uses ? or :name markers, not $1"),
        (
            "SELECT v FROM t WHERE p = ?",
            None,
            "the statement has markers; pass their values: execute(query, [value, ...])",
        ),
        (
            "SELECT v FROM t WHERE p = 1",
            [1],
            "the statement has no ? or :name markers; leave the values out, or put a marker where each belongs",
        ),
    ],
)
async def test_frequent_mistakes_with_markers_get_a_hint(
    session: Session, query: str, values: list[int] | None, hint: str
) -> None:
    with pytest.raises(aiocql.Error) as caught:
        await session.execute(query, values)
    assert caught.value.hint == hint


async def test_wrong_arguments_name_the_method_that_was_called(session: Session) -> None:
    call: Any = session.execute
    with pytest.raises(TypeError, match=r"^Session\.execute\(\) takes"):
        await call("SELECT v FROM t WHERE p = ?", 1, "a")
