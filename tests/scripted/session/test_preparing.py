"""Prepared once, however many ask; the cancellation of one fails nobody else; the cache knows the keyspace."""

from __future__ import annotations

import asyncio

import pytest
from tests import internals
from tests.plugins.canary import VALUE, value_of
from tests.plugins.fault_table import Record, record_steps
from tests.scripted.in_memory import in_memory
from tests.scripted.scripted_sessions import INSERT, SELECT, one_node, sends, three_nodes

import aiocql
from aiocql.testing import ErrorAnswer, NoAnswer, Opcode, Prepared, SetKeyspace, Victim, cancel_at_every_step


@pytest.mark.fault(57)
@in_memory
async def test_a_thousand_tasks_prepare_the_same_statement_once() -> None:
    async with three_nodes() as (cluster, session):
        results = await asyncio.gather(*(session.execute(SELECT, [k]) for k in range(1000)))
        assert [result.one() for result in results] == [(value_of(k),) for k in range(1000)]
        # Once for the session, and once on each connection of the hosts that did not know it.
        assert sends(cluster, Opcode.PREPARE) <= 3
        assert sends(cluster, Opcode.EXECUTE) <= 2000


@pytest.mark.fault(57)
@in_memory
async def test_a_thousand_tasks_while_nodes_restart() -> None:
    async with three_nodes() as (cluster, session):
        statement = await session.prepare(SELECT)

        async def restart() -> None:
            for index in range(3):
                await asyncio.sleep(0.01)
                await cluster.stop_node(index)
                await asyncio.sleep(2.0)
                await cluster.start_node(index)
                await asyncio.sleep(2.0)

        async def read(k: int) -> None:
            for _ in range(20):
                assert (await session.execute(statement, [k])).one() == (value_of(k),)
                await asyncio.sleep(0.7)

        await asyncio.gather(restart(), *(read(k) for k in range(50)))
        assert sends(cluster, Opcode.PREPARE) <= 1 + 3 * 3


@in_memory
async def test_cancelling_one_who_asked_fails_nobody_else() -> None:
    async with one_node() as (server, session):
        prime = server.prime(
            SELECT,
            bind=[("k", "int")],
            columns=[("v", "text")],
            rows=[("v",)],
            prepare=Prepared(b"id", [("k", "int")], (), [("v", "text")], hold=True),
        )
        tasks = [asyncio.create_task(session.execute(SELECT, [k])) for k in range(5)]
        await server.until(lambda: len(prime.prepares) == 1)
        tasks[0].cancel()
        await asyncio.sleep(0)
        server.release()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        assert [isinstance(outcome, asyncio.CancelledError) for outcome in outcomes] == [True] + [False] * 4
        assert len(prime.prepares) == 1


@in_memory
async def test_failure_reaches_all_who_asked_and_is_not_kept() -> None:
    async with one_node() as (server, session):
        server.prime(SELECT, prepare=[ErrorAnswer(0x2000, "line 1:1"), Prepared(b"id", [("k", "int")])])
        outcomes = await asyncio.gather(*(session.prepare(SELECT) for _ in range(3)), return_exceptions=True)
        assert {type(outcome) for outcome in outcomes} == {aiocql.SyntaxException}
        assert outcomes[0].query == SELECT
        assert (await session.prepare(SELECT)).id == b"id"


@in_memory
async def test_time_to_prepare_counts() -> None:
    async with one_node() as (server, session):
        slow = server.prime(
            SELECT,
            bind=[("k", "int")],
            columns=[("v", "text")],
            rows=[("v",)],
            delay=2.0,
            prepare=Prepared(b"id", [("k", "int")], (), [("v", "text")], delay=2.0),
        )
        start = internals.loop(session).time()
        with pytest.raises(aiocql.OperationTimedOut, match="within 3 s"):
            await session.execute(SELECT, [1], timeout=3.0)
        assert internals.loop(session).time() - start == pytest.approx(3.0, abs=0.01)
        assert slow.count == 1
        never = server.prime("SELECT 1", prepare=NoAnswer())
        with pytest.raises(aiocql.OperationTimedOut, match="not prepared within 1 s"):
            await session.execute("SELECT 1", [], timeout=1.0)
        assert never.count == 0


@in_memory
async def test_timeout_that_is_longer_than_the_sessions_holds_for_preparing_too() -> None:
    async with one_node(request_timeout=2.0) as (server, session):
        server.prime(
            SELECT,
            prepare=Prepared(b"id", [("k", "int")], (), [("v", "text")], delay=3.0),
            columns=[("v", "text")],
            rows=[("late",)],
        )
        assert (await session.execute(SELECT, [1], timeout=10.0)).one() == ("late",)


@pytest.mark.fault(58)
@pytest.mark.parametrize("version", [4, 5])
@in_memory
async def test_cache_knows_the_keyspace(version: int) -> None:
    async with one_node(protocol_version=version, keyspace="system") as (server, session):
        server.view.schema.add_keyspace("ks")
        first = await session.prepare(SELECT)
        assert await session.prepare(SELECT) is first
        await session.set_keyspace("ks")
        second = await session.prepare(SELECT)
        assert (first.id, first.prepared_keyspace, second.prepared_keyspace) != (second.id, "ks", "system")
        assert session.keyspace == "ks"
        await session.execute("USE system")
        assert session.keyspace == "system"
        assert await session.prepare(SELECT) is first


@pytest.mark.fault(58)
@in_memory
async def test_keyspace_of_one_request() -> None:
    text = "SELECT v FROM t"
    async with one_node() as (server, session):
        server.prime(text, columns=[("v", "text")])
        await session.execute(SELECT, [1], keyspace="other")
        await session.execute(text, keyspace="other")
        prepare = next(request for request in server.requests if request.opcode is Opcode.PREPARE)
        assert prepare.options.keyspace == server.requests[-1].options.keyspace == "other"
    async with one_node(protocol_version=4) as (server, session):
        for query, values in ((SELECT, [1]), (text, None)):
            with pytest.raises(aiocql.InterfaceError, match="needs protocol v5"):
                await session.execute(query, values, keyspace="other")


@in_memory
async def test_use_holds_when_it_is_answered_for_every_connection() -> None:
    pool = aiocql.PoolOptions(core_local=3, max_local=3)
    async with one_node(pool=pool) as (server, session):
        await session.warm_up()
        server.view.schema.add_keyspace("ks")
        await session.execute("USE ks")
        pooled = {id(each) for pool in internals.pools(session).values() for each in pool.connections}
        assert len(pooled) == 3
        assert sum(connection.keyspace == "ks" for connection in server.connections) == 3


@pytest.mark.fault(51)
@in_memory
async def test_keyspace_that_is_not_there_changes_nothing() -> None:
    async with one_node(keyspace="system") as (server, session):
        with pytest.raises(aiocql.InvalidRequest):
            await session.set_keyspace("nowhere")
        assert session.keyspace == "system"
        server.prime("USE other", SetKeyspace("other"))
        with pytest.raises(aiocql.InvalidRequest):
            await session.execute("USE other")
        assert session.keyspace == "system"


@pytest.mark.fault(54)
@in_memory
async def test_oldest_use_is_forgotten_first() -> None:
    async with one_node(prepared_cache_size=2) as (server, session):
        for query in (SELECT, INSERT, SELECT):
            await session.execute(query, [1] if query is SELECT else [1, VALUE])
            await asyncio.sleep(1)
        server.prime("SELECT 1", columns=[("v", "text")])
        await session.prepare("SELECT 1")
        before = sends(server, Opcode.PREPARE)
        await session.execute(SELECT, [1])
        assert sends(server, Opcode.PREPARE) == before
        await session.execute(INSERT, [1, VALUE])
        assert sends(server, Opcode.PREPARE) == before + 1


@in_memory
async def test_statement_of_another_session_is_refused() -> None:
    async with one_node() as (_, first), one_node() as (_, second):
        statement = await first.prepare(SELECT)
        with pytest.raises(aiocql.InterfaceError, match="another session"):
            await second.execute(statement, [1])


@pytest.mark.fault(17)
def test_cancelled_at_every_step(record_property: Record) -> None:
    async def scenario(victim: Victim) -> None:
        async with one_node() as (server, session):
            await victim(session.execute(SELECT, [1]))
            assert (await session.execute(SELECT, [2])).one() == (value_of(2),)
            assert sends(server, Opcode.PREPARE) == 1

    outcomes = cancel_at_every_step(scenario)
    assert outcomes[-1].value.one() == (value_of(1),)
    assert {outcome.cancelled for outcome in outcomes[:-1]} == {True}
    record_steps(record_property, outcomes)


@pytest.mark.fault(17)
def test_repreparing_cancelled_at_every_step(record_property: Record) -> None:
    async def scenario(victim: Victim) -> None:
        async with one_node() as (server, session):
            statement = await session.prepare(SELECT)
            server.forget_prepared()
            await victim(session.execute(statement, [1]))
            assert (await session.execute(statement, [2])).one() == (value_of(2),)
            assert all(
                connection.core.in_flight == 0
                for pool in internals.pools(session).values()
                for connection in pool.connections
            )

    outcomes = cancel_at_every_step(scenario)
    assert outcomes[-1].value.one() == (value_of(1),)
    record_steps(record_property, outcomes)


@in_memory
async def test_statements_over_one_table_have_their_columns_in_common() -> None:
    """What equals is one object, so that thousands of statements do not each fetch their own; what differs is not."""
    texts = [f"SELECT v FROM t WHERE k=? LIMIT {n}" for n in (1, 2)]
    other = "SELECT v FROM t WHERE k=? AND c=?"
    async with one_node() as (server, session):
        for text in (*texts, other):
            bind = [("k", "int"), ("c", "text")] if text is other else [("k", "int")]
            server.prime(text, bind=bind, columns=[("v", "text")], rows=[("v",)], partition_key=[0])
        first, second = [await session.prepare(text) for text in texts]
        third = await session.prepare(other)
        assert first.columns is second.columns
        assert first.codecs is second.codecs
        assert first.pk_indexes is second.pk_indexes
        assert first.pk_indexes == (0,)
        assert first.keyspace is second.keyspace is third.keyspace
        assert [column.name for column in third.columns] == ["k", "c"]
        assert first.id != second.id
        for statement in (first, second):
            assert (await session.execute(statement, [1])).one() == ("v",)
        assert (await session.execute(third, [1, "c"])).one() == ("v",)
