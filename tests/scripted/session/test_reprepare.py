"""UNPREPARED: prepared again once, sent once more, however many ask; the rows are those of the statement as it is."""

from __future__ import annotations

import asyncio

import pytest
from tests.scripted.in_memory import in_memory
from tests.scripted.scripted_sessions import INSERT, SELECT, one_node, sends, three_nodes

import aiocql
from aiocql.testing import ErrorAnswer, NoAnswer, Opcode, Prepared, UnpreparedAnswer, Void


@pytest.mark.parametrize("version", [3, 4, 5])
@in_memory
async def test_forgotten_statement_is_prepared_again_and_sent_once_more(version: int) -> None:
    async with one_node(protocol_version=version, keyspace="system") as (server, session):
        assert (await session.execute(SELECT, [1])).one() == ("value of 1",)
        server.forget_prepared()
        result = await session.execute(SELECT, [2])
        assert result.one() == ("value of 2",)
        assert result.attempts == ()
        assert (sends(server, Opcode.PREPARE), sends(server, Opcode.EXECUTE)) == (2, 3)


@in_memory
async def test_many_requests_wait_for_one_prepare() -> None:
    async with one_node() as (server, session):
        await session.execute(INSERT, [0, "v"])
        server.forget_prepared()
        # All are on their way before the first answer comes: each gets its own UNPREPARED.
        await asyncio.gather(*(session.execute(INSERT, [k, "v"]) for k in range(200)))
        connections = len({request.connection for request in server.requests})
        assert sends(server, Opcode.PREPARE) <= 1 + connections
        assert sends(server, Opcode.EXECUTE) <= 401


@in_memory
async def test_server_that_always_forgets_gets_one_prepare_an_attempt() -> None:
    async with one_node() as (server, session):
        statement = await session.prepare(INSERT)
        server.prime(lambda request: request.opcode is Opcode.EXECUTE, UnpreparedAnswer(id=statement.id))
        with pytest.raises(aiocql.Unprepared) as caught:
            await session.execute(statement, [1, "v"])
        assert (sends(server, Opcode.PREPARE), sends(server, Opcode.EXECUTE)) == (2, 2)
        assert caught.value.query == INSERT


@in_memory
async def test_another_id_is_an_error_that_says_so() -> None:
    async with one_node() as (server, session):
        statement = await session.prepare(SELECT)
        server.forget_prepared()
        prime = server.prime(SELECT, prepare=Prepared(b"other", [("k", "int")]), columns=[("v", "text")])
        with pytest.raises(aiocql.InterfaceError, match="id changed"):
            await session.execute(statement, [1])
        assert prime.count == 0


@in_memory
async def test_prepare_that_is_refused_is_the_outcome() -> None:
    async with one_node() as (server, session):
        statement = await session.prepare(SELECT)
        server.forget_prepared()
        server.prime(SELECT, prepare=ErrorAnswer(0x2200, "unconfigured table t"), columns=[("v", "text")])
        outcomes = await asyncio.gather(
            *(session.execute(statement, [k]) for k in range(3)), return_exceptions=True
        )
        assert [type(outcome) for outcome in outcomes] == [aiocql.InvalidRequest] * 3
        assert len({id(outcome) for outcome in outcomes}) == 3


@in_memory
async def test_prepare_that_fails_at_a_host_goes_on_to_the_next_though_not_idempotent() -> None:
    async with three_nodes() as (cluster, session):
        statement = await session.prepare(INSERT)
        for server in cluster.nodes:
            server.forget_prepared()
        overloaded = cluster.prime(
            lambda request: request.opcode is Opcode.PREPARE, ErrorAnswer(0x1001, "overloaded"), times=1
        )
        result = await session.execute(statement, [1, "v"])
        assert overloaded.count == 1
        assert [type(attempt.error) for attempt in result.attempts] == [aiocql.Overloaded]
        assert sum(request.opcode is Opcode.EXECUTE for request in cluster.requests) == 3


@in_memory
async def test_prepare_without_an_answer_ends_with_the_request() -> None:
    async with one_node() as (server, session):
        statement = await session.prepare(SELECT)
        server.forget_prepared()
        server.prime(lambda request: request.opcode is Opcode.PREPARE, NoAnswer())
        with pytest.raises(aiocql.OperationTimedOut):
            await session.execute(statement, [1], timeout=1.0)


@in_memory
async def test_request_cancelled_with_unprepared_on_its_way_is_not_sent_again() -> None:
    async with one_node() as (server, session):
        statement = await session.prepare(INSERT)
        server.forget_prepared()
        held = server.prime(
            lambda request: request.opcode is Opcode.EXECUTE, UnpreparedAnswer(id=statement.id), hold=True
        )
        task = asyncio.create_task(session.execute(statement, [1, "v"]))
        await server.until(lambda: held.count == 1)
        server.release()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await session.execute("SELECT key FROM system.local")
        assert (sends(server, Opcode.PREPARE), sends(server, Opcode.EXECUTE)) == (1, 1)


@pytest.mark.parametrize("version", [3, 4, 5])
@in_memory
async def test_rows_after_an_alteration_are_read_with_the_new_columns(version: int) -> None:
    star = "SELECT * FROM t WHERE k = ?"
    async with one_node(protocol_version=version) as (server, session):
        prime = server.prime(
            star, bind=[("k", "int")], columns=[("k", "int"), ("v", "text")], rows=[(1, "one")]
        )
        assert (await session.execute(star, [1])).one() == (1, "one")
        # Another client has prepared it since: there is no UNPREPARED that would tell.
        prime.columns, prime.rows = [("k", "int"), ("a", "bigint")], [(1, 2**40)]
        row = (await session.execute(star, [1])).one()
        assert (row.k, row.a) == (1, 2**40)
        prime.columns, prime.rows = [("a", "bigint")], [(7,)]
        server.forget_prepared()
        assert (await session.execute(star, [1])).one()._asdict() == {"a": 7}
        assert (await session.execute(star, [1])).one()._asdict() == {"a": 7}


@pytest.mark.parametrize(("version", "skipped"), [(3, False), (4, False), (5, True)])
@in_memory
async def test_columns_are_left_out_of_answers_where_that_is_safe(version: int, skipped: bool) -> None:
    star, named = "SELECT * FROM t", "SELECT count(*), v FROM t"
    async with one_node(protocol_version=version) as (server, session):
        for query in (star, named):
            server.prime(query, columns=[("v", "text")], rows=[("one",)])
            assert (await session.execute(query, [])).one() == ("one",)
        skip = {request.query: request.options.skip_metadata for request in server.requests}
        assert (skip[star], skip[named]) == (skipped, True)


@in_memory
async def test_each_answer_is_read_with_the_columns_of_its_own_request() -> None:
    """Apache's CASSJAVA-130: the columns change while answers to older requests are under way."""
    async with one_node() as (server, session):
        statement = await session.prepare(SELECT)
        prime = server.prime(SELECT, bind=[("k", "int")], columns=[("v", "text")], rows=[("old",)], hold=True)
        first = asyncio.create_task(session.execute(statement, [1]))
        await server.until(lambda: prime.count == 1)
        server.prime(SELECT, bind=[("k", "int")], columns=[("v", "int")], rows=[(5,)])
        assert (await session.execute(statement, [1])).one() == (5,)
        server.release()
        assert (await first).one() == ("old",)
        assert (await session.execute(statement, [1], into=dict)).one() == {"v": 5}


@in_memory
async def test_statement_without_rows_is_told_of_none() -> None:
    async with one_node() as (server, session):
        result = await session.execute(INSERT, [1, "v"], consistency_level="QUORUM", into=dict)
        assert (result.rows, result.columns, result.was_applied) == ([], (), True)
        assert not server.requests[-1].options.skip_metadata
        server.prime(INSERT, Void(), bind=[("k", "int"), ("v", "text")])
        assert await (await session.execute(INSERT, [1, "v"])).all() == []
