"""UNPREPARED: prepared again once, sent once more, however many ask; the rows are those of the statement as it is."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests import internals
from tests.plugins.canary import VALUE, value_of
from tests.plugins.fault_table import Record
from tests.scripted.in_memory import in_memory
from tests.scripted.scripted_sessions import INSERT, SELECT, one_node, sends, three_nodes

import aiocql
from aiocql.testing import (
    Answer,
    ErrorAnswer,
    NoAnswer,
    Opcode,
    Prepared,
    ReceivedRequest,
    UnpreparedAnswer,
    Void,
)
from aiocql.testing.server.result_metadata import metadata_id


@pytest.mark.parametrize("version", [3, 4, 5])
@in_memory
async def test_forgotten_statement_is_prepared_again_and_sent_once_more(version: int) -> None:
    async with one_node(protocol_version=version, keyspace="system") as (server, session):
        assert (await session.execute(SELECT, [1])).one() == (value_of(1),)
        server.forget_prepared()
        result = await session.execute(SELECT, [2])
        assert result.one() == (value_of(2),)
        assert result.attempts == ()
        assert (sends(server, Opcode.PREPARE), sends(server, Opcode.EXECUTE)) == (2, 3)


@pytest.mark.parametrize("version", [3, 4, 5])
@in_memory
async def test_many_requests_wait_for_one_prepare(version: int) -> None:
    async with one_node(protocol_version=version) as (server, session):
        await session.execute(INSERT, [0, VALUE])
        server.forget_prepared()
        # All are on their way before the first answer comes: each gets its own UNPREPARED.
        await asyncio.gather(*(session.execute(INSERT, [k, VALUE]) for k in range(200)))
        connections = len({request.connection for request in server.requests})
        assert sends(server, Opcode.PREPARE) <= 1 + connections
        assert sends(server, Opcode.EXECUTE) <= 401


@pytest.mark.fault(24, 58)
@pytest.mark.parametrize("version", [3, 4, 5])
@in_memory
async def test_server_that_always_forgets_gets_one_prepare_an_attempt(
    version: int, record_property: Record
) -> None:
    async with one_node(protocol_version=version) as (server, session):
        statement = await session.prepare(INSERT)
        server.prime(lambda request: request.opcode is Opcode.EXECUTE, UnpreparedAnswer(id=statement.id))
        with pytest.raises(aiocql.Unprepared) as caught:
            await session.execute(statement, [1, VALUE])
        assert (sends(server, Opcode.PREPARE), sends(server, Opcode.EXECUTE)) == (2, 2)
        assert caught.value.query == INSERT
    record_property("seen", "UNPREPARED for ever: 1 PREPARE and 2 EXECUTEs, then the error")


@pytest.mark.fault(24, 58)
@pytest.mark.parametrize("version", [3, 4, 5])
@in_memory
async def test_another_id_is_an_error_that_says_so(version: int) -> None:
    async with one_node(protocol_version=version) as (server, session):
        statement = await session.prepare(SELECT)
        server.forget_prepared()
        prime = server.prime(SELECT, prepare=Prepared(b"other", [("k", "int")]), columns=[("v", "text")])
        with pytest.raises(aiocql.InterfaceError, match="id changed"):
            await session.execute(statement, [1])
        assert prime.count == 0


@pytest.mark.parametrize("version", [3, 4, 5])
@in_memory
async def test_prepare_that_is_refused_is_the_outcome(version: int) -> None:
    async with one_node(protocol_version=version) as (server, session):
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
        result = await session.execute(statement, [1, VALUE])
        assert overloaded.count == 1
        assert [type(attempt.error) for attempt in result.attempts] == [aiocql.Overloaded]
        assert sum(request.opcode is Opcode.EXECUTE for request in cluster.requests) == 3


@pytest.mark.fault(24)
@pytest.mark.parametrize("version", [3, 4, 5])
@in_memory
async def test_prepare_without_an_answer_ends_with_the_request(version: int) -> None:
    async with one_node(protocol_version=version) as (server, session):
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
        task = asyncio.create_task(session.execute(statement, [1, VALUE]))
        await server.until(lambda: held.count == 1)
        server.release()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await session.execute("SELECT key FROM system.local")
        assert (sends(server, Opcode.PREPARE), sends(server, Opcode.EXECUTE)) == (1, 1)


@pytest.mark.fault(23, 39)
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


@pytest.mark.fault(39)
@pytest.mark.parametrize(("version", "skipped"), [(3, False), (4, False), (5, True)])
@in_memory
async def test_columns_are_left_out_of_answers_where_that_is_safe(version: int, skipped: bool) -> None:
    """v5 says in each request which columns are known; before, no statement is safe."""
    async with one_node(protocol_version=version) as (server, session):
        for query in ("SELECT * FROM t", "SELECT v FROM t"):
            server.prime(query, columns=[("v", "text")], rows=[("one",)])
            assert (await session.execute(query, [])).one() == ("one",)
            assert server.requests[-1].options.skip_metadata is skipped


@pytest.mark.fault(39)
@pytest.mark.parametrize("version", [3, 4, 5])
@in_memory
async def test_table_that_was_made_anew_is_read_with_its_own_types(version: int) -> None:
    """Another client has prepared the same text since, under the same id: there is no UNPREPARED that would tell."""
    async with one_node(protocol_version=version) as (server, session):
        prime = server.prime(SELECT, bind=[("k", "int")], columns=[("v", "text")], rows=[(VALUE,)])
        statement = await session.prepare(SELECT)
        assert [(await session.execute(statement, [1])).one() for _ in range(2)] == [(VALUE,)] * 2
        prime.columns, prime.rows = [("v", "int")], [(4,)]
        assert [(await session.execute(statement, [1])).one() for _ in range(2)] == [(4,)] * 2
        assert [column.type.name for column in statement.result_columns] == ["int"]
        assert (await session.execute(statement, [1], into="scalar")).one() == 4


@pytest.mark.parametrize("version", [3, 4, 5])
@in_memory
async def test_values_for_a_table_that_was_made_anew_are_not_sent_in_the_old_types(version: int) -> None:
    async with one_node(protocol_version=version) as (server, session):
        statement = await session.prepare(INSERT)
        server.forget_prepared()
        prime = server.prime(INSERT, bind=[("k", "int"), ("v", "int")], partition_key=[0])
        outcomes = await asyncio.gather(
            *(session.execute(statement, [k, VALUE]) for k in range(2)), return_exceptions=True
        )
        assert [type(outcome) for outcome in outcomes] == [aiocql.EncodeError] * 2
        assert "v is int" in str(outcomes[0])
        assert prime.count == 0
        with pytest.raises(aiocql.EncodeError, match="v is int"):
            await session.execute(statement, [1, VALUE])
        await session.execute(statement, [1, 4])
        assert prime.requests[-1].bound == {"k": 1, "v": 4}
        server.forget_prepared()
        prime.bind = [("k", "int"), ("v", "text")]
        with pytest.raises(aiocql.EncodeError, match="v is text"):
            await session.batch([(statement, [1, 4])])
        assert prime.count == 1
        await session.batch([(statement, [1, VALUE])])


@pytest.mark.fault(39)
@pytest.mark.parametrize("version", [3, 4, 5])
@in_memory
async def test_answer_is_read_with_the_columns_that_its_request_named_though_prepared_again_since(
    version: int,
) -> None:
    """Prepared again the statement has new columns; by the time it is executed the table has its old ones back."""
    old, new = [("v", "text")], [("v", "int")]
    async with one_node(protocol_version=version) as (server, session):
        prime = server.prime(SELECT, bind=[("k", "int")], columns=old, rows=[(VALUE,)])
        statement = await session.prepare(SELECT)
        prime.columns = new
        server.forget_prepared()

        def back(request: ReceivedRequest) -> Answer:
            prime.columns = old
            return Prepared(statement.id, [("k", "int")], (), new, metadata_id(new))

        prime.prepare = back
        assert (await session.execute(statement, [1])).one() == (VALUE,)


@in_memory
async def test_new_columns_that_do_not_fit_fail_their_request_alone() -> None:
    def item(v: str) -> str:
        return v

    async with one_node() as (server, session):
        prime = server.prime(
            SELECT, bind=[("k", "int")], columns=[("v", "text")], pages=[[("a",)], [("b",)], [("c",)]]
        )
        result: Any = await session.execute(SELECT, [1], into=item)
        prime.columns, prime.pages = [("w", "int")], [[(1,)], [(2,)], [(3,)]]
        for _ in range(2):
            with pytest.raises(aiocql.InterfaceError, match="no place for w"):
                await result.fetch_next_page()
        assert await (await session.execute(SELECT, [1], into="scalar")).all() == [1, 2, 3]
    async with one_node(into=item) as (server, session):
        prime = server.prime(
            SELECT, bind=[("k", "int")], columns=[("v", "text")], pages=[[("a",)], [("b",)], [("c",)]]
        )
        result = await session.execute(SELECT, [1])
        prime.columns, prime.pages = [("w", "int")], [[(1,)], [(2,)], [(3,)]]
        # Now the session knows the new columns, of which the class knows nothing.
        assert (await session.execute(SELECT, [1], into=dict)).rows == [{"w": 1}]
        for _ in range(2):
            with pytest.raises(aiocql.InterfaceError, match="no place for w"):
                await result.fetch_next_page()
        assert len({request.connection for request in server.requests}) == len(server.connections)


@in_memory
async def test_one_prepare_for_all_connections_of_a_host() -> None:
    pool = aiocql.PoolOptions(core_local=4, max_local=4, selection="round_robin")
    async with one_node(pool=pool) as (server, session):
        await session.warm_up()
        await session.execute(INSERT, [0, VALUE])
        server.forget_prepared()
        before = len(server.requests)
        await asyncio.gather(*(session.execute(INSERT, [k, VALUE]) for k in range(200)))
        executes = [request for request in server.requests[before:] if request.opcode is Opcode.EXECUTE]
        assert len({request.connection for request in executes}) == 4
        assert sends(server, Opcode.PREPARE) == 2


@in_memory
async def test_unprepared_that_comes_after_it_was_prepared_again_sends_no_other_prepare() -> None:
    pool = aiocql.PoolOptions(core_local=2, max_local=2, selection="round_robin")
    async with one_node(pool=pool) as (server, session):
        await session.warm_up()
        statement = await session.prepare(INSERT)
        server.forget_prepared()
        late = server.prime(
            lambda request: request.opcode is Opcode.EXECUTE,
            UnpreparedAnswer(id=statement.id),
            hold=True,
            times=1,
        )
        task = asyncio.create_task(session.execute(statement, [1, VALUE]))
        await server.until(lambda: late.count == 1)
        await asyncio.sleep(0.1)
        await session.execute(statement, [2, VALUE])
        server.release()
        await task
        assert (sends(server, Opcode.PREPARE), sends(server, Opcode.EXECUTE)) == (2, 4)


@in_memory
async def test_prepare_without_an_answer_is_given_up_and_the_next_host_asked() -> None:
    async with three_nodes(connect_timeout=1.0) as (cluster, session):
        statement = await session.prepare(INSERT)
        for server in cluster.nodes:
            server.forget_prepared()
        silent = cluster.prime(lambda request: request.opcode is Opcode.PREPARE, NoAnswer(), times=1)
        start = internals.loop(session).time()
        result = await session.execute(statement, [1, VALUE], timeout=None)
        assert internals.loop(session).time() - start == pytest.approx(1.0, abs=0.01)
        (attempt,) = result.attempts
        assert isinstance(attempt.error, aiocql.OperationTimedOut)
        assert "prepare it again in time" in str(attempt.error)
        # The host is asked once more by the next request: what was not answered does not stand in its way.
        await session.execute(statement, [1, VALUE], host=attempt.host)
        assert silent.count == 1


@in_memory
async def test_what_breaks_on_the_new_columns_fails_each_request_and_nothing_else() -> None:
    async with one_node() as (server, session):
        statement = await session.prepare(SELECT)
        server.forget_prepared()
        internals.services(session).factory.rebind = lambda *_: 1 / 0  # type: ignore[method-assign, assignment, return-value]
        outcomes = await asyncio.gather(
            *(session.execute(statement, [k]) for k in range(3)), return_exceptions=True
        )
        assert [type(outcome) for outcome in outcomes] == [aiocql.InterfaceError] * 3
        assert isinstance(outcomes[0].__cause__, ZeroDivisionError)  # type: ignore[union-attr]
        assert (await session.execute(statement, [1])).one() == (value_of(1),)


@pytest.mark.fault(23, 39)
@pytest.mark.parametrize("version", [3, 4, 5])
@in_memory
async def test_each_answer_is_read_with_the_columns_of_its_own_request(version: int) -> None:
    """Apache's CASSJAVA-130: the columns change while answers to older requests are under way."""
    async with one_node(protocol_version=version) as (server, session):
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
        result = await session.execute(INSERT, [1, VALUE], consistency_level="QUORUM", into=dict)
        assert (result.rows, result.columns, result.was_applied) == ([], (), True)
        assert not server.requests[-1].options.skip_metadata
        server.prime(INSERT, Void(), bind=[("k", "int"), ("v", "text")])
        assert await (await session.execute(INSERT, [1, VALUE])).all() == []
