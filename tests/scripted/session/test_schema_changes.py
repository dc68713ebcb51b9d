"""Statements that outlive a change of the schema: values are sent in the types that the columns have, or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from tests.plugins.canary import VALUE
from tests.scripted.in_memory import in_memory
from tests.scripted.scripted_sessions import INSERT, SELECT, one_node, prime_table, sends, three_nodes

import aiocql
from aiocql.policies import ConstantSpeculativeExecutionPolicy
from aiocql.session.session import Session
from aiocql.testing import (
    Answer,
    ErrorAnswer,
    NoAnswer,
    Opcode,
    Prepared,
    Prime,
    ReceivedRequest,
    SchemaChange,
    SchemaChangeEvent,
    ScriptedServer,
    UnpreparedAnswer,
    tuple_of,
    udt,
)
from aiocql.testing.server.cql_types import Type, TypeLike

ALTER = "ALTER TABLE ks.t ..."
NUMBER = [("k", "int"), ("v", "int")]
OTHER = "INSERT INTO other (k, v) VALUES (?, ?)"

Send = Callable[[Session, Any, Any], Awaitable[Any]]


def int32(value: int) -> bytes:
    return value.to_bytes(4, "big")


async def by_execute(session: Session, statement: Any, values: Any) -> Any:
    return await session.execute(statement, values)


async def by_options(session: Session, statement: Any, values: Any) -> Any:
    return await session.execute(statement, values, consistency_level="QUORUM", timestamp=1)


async def by_batch(session: Session, statement: Any, values: Any) -> Any:
    return await session.batch([("DELETE FROM ks.t WHERE k = 0", None), (statement, values)])


async def by_concurrent(session: Session, statement: Any, values: Any) -> Any:
    return await session.execute_concurrent(statement, [values])


async def by_limited(session: Session, statement: Any, values: Any) -> Any:
    return await session.rate_limited(1).execute(statement, values)


SENDS = [by_execute, by_options, by_batch, by_concurrent, by_limited]


def bound(request: ReceivedRequest) -> Any:
    """Return the values of an EXECUTE, or those of the second statement of a BATCH."""
    return request.values if request.opcode is Opcode.EXECUTE else request.statements[1].values


async def changed_here(server: ScriptedServer, session: Session) -> None:
    """This session changes the table; its result says so."""
    server.prime(ALTER, SchemaChange("UPDATED", "TABLE", "ks", "t"))
    await session.execute(ALTER)


async def changed_elsewhere(server: ScriptedServer, session: Session) -> None:
    """Another client changes it; the server announces that."""
    server.push(SchemaChangeEvent("DROPPED", "TABLE", "ks", "t"))
    server.push(SchemaChangeEvent("CREATED", "TABLE", "ks", "t"))
    await asyncio.sleep(0.001)


CHANGES = [changed_here, changed_elsewhere]


@pytest.mark.parametrize("version", [3, 4, 5])
@pytest.mark.parametrize("send", SENDS)
@pytest.mark.parametrize("change", CHANGES)
@in_memory
async def test_values_are_bound_to_the_new_columns_though_the_server_knows_the_statement(
    change: Callable[..., Awaitable[None]], send: Send, version: int
) -> None:
    """Another client has prepared the text since: there is no UNPREPARED that would tell."""
    async with one_node(protocol_version=version) as (server, session):
        held = await session.prepare(INSERT)
        own = await session.prepare(INSERT, idempotent=True)
        for statement in (INSERT, held, own):
            await send(session, statement, [1, VALUE])
        prime = server.prime(INSERT, bind=NUMBER, partition_key=[0])
        await change(server, session)
        for statement in (INSERT, held, own):
            before = len(server.requests)
            with pytest.raises(aiocql.EncodeError, match="v is int"):
                await send(session, statement, [1, VALUE])
            assert not any(
                request.opcode in (Opcode.EXECUTE, Opcode.BATCH) for request in server.requests[before:]
            )
            await send(session, statement, [1, 4])
            assert bound(server.requests[-1]) == [int32(1), int32(4)]
        prepared = len(prime.prepares)
        for statement in (INSERT, held, own):
            await send(session, statement, [1, 4])
        assert len(prime.prepares) == prepared


@pytest.mark.parametrize("change", CHANGES)
@in_memory
async def test_prepare_asks_the_server_after_a_change(change: Callable[..., Awaitable[None]]) -> None:
    async with one_node() as (server, session):
        await session.prepare(INSERT)
        server.prime(INSERT, bind=NUMBER, partition_key=[0])
        await change(server, session)
        statement = await session.prepare(INSERT)
        assert [str(column.type) for column in statement.columns] == ["int", "int"]
        assert await session.prepare(INSERT) is statement


@in_memory
async def test_change_of_another_table_prepares_nothing_again() -> None:
    async with one_node() as (server, session):
        server.prime(OTHER, bind=NUMBER, table="other")
        for text in (INSERT, OTHER):
            await session.execute(text, [1, VALUE if text is INSERT else 1])
        for event in (
            SchemaChangeEvent("UPDATED", "TABLE", "ks", "third"),
            SchemaChangeEvent("UPDATED", "TABLE", "elsewhere", "t"),
            SchemaChangeEvent("UPDATED", "TYPE", "ks", "address"),
            SchemaChangeEvent("CREATED", "FUNCTION", "ks", "plus", ["int"]),
            SchemaChangeEvent("CREATED", "KEYSPACE", "elsewhere"),
        ):
            server.push(event)
        await asyncio.sleep(0.001)
        before = sends(server, Opcode.PREPARE)
        for text in (INSERT, OTHER):
            await session.execute(text, [1, VALUE if text is INSERT else 1])
        assert sends(server, Opcode.PREPARE) == before
        server.push(SchemaChangeEvent("DROPPED", "KEYSPACE", "ks"))
        await asyncio.sleep(0.001)
        for text in (INSERT, OTHER):
            await session.execute(text, [1, VALUE if text is INSERT else 1])
        assert sends(server, Opcode.PREPARE) == before + 2


@pytest.mark.parametrize("version", [3, 4, 5])
@in_memory
async def test_new_field_of_a_user_type_is_bound_wherever_the_type_is_nested(version: int) -> None:
    street: dict[str, TypeLike] = {"street": "text"}
    async with one_node(protocol_version=version) as (server, session):
        prime = server.prime(INSERT, bind=[("k", "int"), ("v", addresses(street))], partition_key=[0])
        await session.execute(INSERT, [1, [(7, {"street": "a"})]])
        prime.bind = [("k", "int"), ("v", addresses({**street, "zip": "int"}))]
        server.push(SchemaChangeEvent("UPDATED", "TYPE", "ks", "address"))
        await asyncio.sleep(0.001)
        await session.execute(INSERT, [1, [(7, {"street": "a", "zip": 5})]])
        assert prime.requests[-1].bound["v"][0][1]["zip"] == 5


def addresses(fields: dict[str, TypeLike]) -> TypeLike:
    return Type("list", (tuple_of("int", udt("ks", "address", fields)),))


def unprepared_once(server: ScriptedServer, statement: Any) -> Prime:
    """The next EXECUTE or BATCH meets a server that has forgotten the statement; its answer is held back."""
    return server.prime(
        lambda request: request.opcode in (Opcode.EXECUTE, Opcode.BATCH),
        UnpreparedAnswer(id=statement.id),
        hold=True,
        times=1,
    )


@pytest.mark.parametrize("version", [3, 4, 5])
@pytest.mark.parametrize("send", SENDS)
@in_memory
async def test_values_in_flight_are_bound_again_when_the_table_was_altered(send: Send, version: int) -> None:
    async with one_node(protocol_version=version) as (server, session):
        prime = server.prime(INSERT, bind=NUMBER, partition_key=[0])
        statement = await session.prepare(INSERT)
        forgotten = unprepared_once(server, statement)
        task = asyncio.ensure_future(send(session, statement, [1, 4]))
        await server.until(lambda: forgotten.count == 1)
        prime.bind = [("k", "int"), ("v", "bigint")]
        server.release()
        await task
        assert bound(server.requests[-1]) == [int32(1), (4).to_bytes(8, "big")]
        assert str(statement.columns[1].type) == "bigint"


@pytest.mark.parametrize("version", [4, 5])
@in_memory
async def test_rebound_request_keeps_everything_else(version: int) -> None:
    """Payload, timestamp, paging state and levels stay what they were."""
    async with one_node(protocol_version=version) as (server, session):
        prime = server.prime(INSERT, bind=NUMBER, partition_key=[0])
        statement = await session.prepare(INSERT)
        for send in (
            lambda **options: session.execute(statement, [1, 4], **options),
            lambda **options: session.batch([(statement, [1, 4])], **options),
        ):
            forgotten = unprepared_once(server, statement)
            task = asyncio.ensure_future(
                send(custom_payload={"a": b"b"}, consistency_level="ALL", serial_consistency_level="SERIAL")
            )
            await server.until(lambda held=forgotten: held.count == 1)
            first = server.requests[-1]
            prime.bind = [("k", "int"), ("v", "bigint" if prime.bind[1][1] == "int" else "int")]
            server.release()
            await task
            again = server.requests[-1]
            first.options.values = again.options.values
            assert again.options == first.options
            assert again.payload == first.payload == {"a": b"b"}


@in_memory
async def test_request_whose_values_were_changed_in_flight_fails_rather_than_store_them() -> None:
    async with one_node() as (server, session):
        prime = server.prime(INSERT, bind=NUMBER, partition_key=[0])
        statement = await session.prepare(INSERT)
        for send in (by_execute, by_batch):
            values = [1, 4]
            forgotten = unprepared_once(server, statement)
            task = asyncio.ensure_future(send(session, statement, values))
            await server.until(lambda held=forgotten: held.count == 1)  # type: ignore[misc]
            sent = sends(server, Opcode.EXECUTE, Opcode.BATCH)
            values[1] = 5
            prime.bind = [("k", "int"), ("v", "bigint" if prime.bind[1][1] == "int" else "int")]
            server.release()
            with pytest.raises(aiocql.InterfaceError, match="values changed"):
                await task
            assert sends(server, Opcode.EXECUTE, Opcode.BATCH) == sent


@in_memory
async def test_list_that_is_used_again_while_its_statement_is_prepared_is_bound_as_it_was() -> None:
    async with one_node() as (server, session):
        statement = await session.prepare(INSERT)
        prime = server.prime(INSERT, bind=NUMBER, partition_key=[0])
        await changed_here(server, session)
        values = [1, 4]
        tasks = [
            asyncio.ensure_future(session.execute(statement, values)),
            asyncio.ensure_future(session.batch([(statement, values)])),
        ]
        await asyncio.sleep(0)
        values[1] = 5
        await asyncio.gather(*tasks)
        assert prime.requests[-1].bound == {"k": 1, "v": 4}
        [batch] = [request for request in server.requests if request.opcode is Opcode.BATCH]
        assert batch.statements[0].values == [int32(1), int32(4)]


@in_memory
async def test_request_that_waits_for_room_is_bound_again_before_it_is_sent() -> None:
    pool = aiocql.PoolOptions(core_local=1, max_local=1, max_requests_per_connection=2)
    async with one_node(pool=pool) as (server, session):
        prime = server.prime(INSERT, bind=NUMBER, partition_key=[0])
        statement = await session.prepare(INSERT)
        held = server.prime("SELECT 1", NoAnswer(), times=4)
        blocking = [asyncio.ensure_future(session.execute("SELECT 1", timeout=1.0)) for _ in range(2)]
        await server.until(lambda: held.count >= 1)
        waiting = [asyncio.ensure_future(session.execute(statement, [k, 4])) for k in range(5)]
        await asyncio.sleep(0.01)
        assert prime.count == 0
        prime.bind = [("k", "int"), ("v", "bigint")]
        server.push(SchemaChangeEvent("UPDATED", "TABLE", "ks", "t"))
        await asyncio.gather(*blocking, return_exceptions=True)
        server.release()
        for task in blocking:
            task.cancel()
        await session.warm_up()
        outcomes = await asyncio.gather(*waiting, return_exceptions=True)
        sent = [request.bound for request in prime.requests]
        assert all(each["v"] == 4 for each in sent)
        assert len(sent) == sum(not isinstance(each, BaseException) for each in outcomes)


@in_memory
async def test_statement_whose_prepare_was_answered_before_the_change_is_prepared_again() -> None:
    async with one_node() as (server, session):
        slow = server.prime(lambda request: request.opcode is Opcode.PREPARE, old_columns, hold=True, times=1)
        task = asyncio.ensure_future(session.execute(INSERT, [1, 4]))
        await server.until(lambda: slow.count == 1)
        prime = server.prime(INSERT, bind=NUMBER, partition_key=[0])
        server.push(SchemaChangeEvent("CREATED", "TABLE", "ks", "t"))
        await asyncio.sleep(0.001)
        server.release()
        await task
        assert prime.requests[-1].bound == {"k": 1, "v": 4}


def old_columns(request: ReceivedRequest) -> Answer:
    import hashlib

    assert request.query is not None
    name = hashlib.md5(request.query.encode(), usedforsecurity=False).digest()
    return Prepared(name, [("k", "int"), ("v", "text")], (0,))


@in_memory
async def test_server_that_forgets_twice_while_the_schema_changes_is_asked_twice() -> None:
    async with one_node() as (server, session):
        prime = server.prime(INSERT, bind=NUMBER, partition_key=[0])
        statement = await session.prepare(INSERT)
        for _ in range(2):
            server.prime(
                lambda request: request.opcode is Opcode.EXECUTE, UnpreparedAnswer(id=statement.id), times=1
            )
        kinds = iter(["bigint", "varint"])

        def altered(request: ReceivedRequest) -> Answer:
            prime.bind = [("k", "int"), ("v", next(kinds))]
            return Prepared(statement.id, prime.bind, (0,))

        prime.prepare = altered
        await session.execute(statement, [1, 4])
        assert prime.requests[-1].bound == {"k": 1, "v": 4}
        assert [str(column.type) for column in statement.columns] == ["int", "varint"]


@in_memory
async def test_other_statements_over_the_table_learn_from_one_that_was_prepared_again() -> None:
    """Before any event comes: one UNPREPARED is enough."""
    async with one_node() as (server, session):
        text = "INSERT INTO t (v, k) VALUES (?, ?)"
        again = server.prime(INSERT, bind=NUMBER, partition_key=[0])
        other = server.prime(text, bind=[("v", "int"), ("k", "int")], partition_key=[1])
        first, second = await session.prepare(INSERT), await session.prepare(INSERT, idempotent=True)
        third = await session.prepare(text)
        server.forget_prepared()
        again.bind = [("k", "int"), ("v", "bigint")]
        other.bind = [("v", "bigint"), ("k", "int")]
        await session.execute(first, [1, 4])
        await session.execute(second, [1, 4])
        await session.execute(third, [4, 1])
        assert [each.bound for each in again.requests[-2:]] == [{"k": 1, "v": 4}] * 2
        assert other.requests[-1].bound == {"v": 4, "k": 1}
        every = ((first, [1, 4]), (second, [1, 4]), (third, [4, 1]))
        for statement, values in every:
            await session.execute(statement, values)
        prepared = sends(server, Opcode.PREPARE)
        for statement, values in every:
            await session.execute(statement, values)
        assert sends(server, Opcode.PREPARE) == prepared


@in_memory
async def test_pages_after_a_change_are_asked_for_with_values_of_the_new_types() -> None:
    async with one_node() as (server, session):
        rows = [[(f"row {page}",)] for page in range(4)]
        prime = server.prime(SELECT, bind=[("k", "int")], columns=[("v", "text")], pages=rows)
        result: Any = await session.execute(SELECT, [7], page_size=1)
        stream = session.stream(SELECT, [7], page_size=1)
        assert (await anext(stream)).v == "row 0"
        prime.bind = [("k", "bigint")]
        server.push(SchemaChangeEvent("UPDATED", "TABLE", "ks", "t"))
        await asyncio.sleep(0.001)
        assert [row.v async for row in stream] == ["row 1", "row 2", "row 3"]
        assert [row.v for row in await result.all()] == [f"row {page}" for page in range(4)]
        assert prime.requests[-1].bound == {"k": 7}
        assert len(prime.prepares) <= 3


@in_memory
async def test_speculative_execution_of_what_is_prepared_again_is_bound_too() -> None:
    async with three_nodes(speculative=ConstantSpeculativeExecutionPolicy(0.1, 2)) as (
        cluster,
        session,
    ):
        statement = await session.prepare(INSERT, idempotent=True)
        _, prime = prime_table(cluster)
        prime.bind = NUMBER
        slow = cluster.prime(lambda request: request.opcode is Opcode.PREPARE, NoAnswer(), times=1)
        cluster.push(SchemaChangeEvent("UPDATED", "TABLE", "ks", "t"))
        await asyncio.sleep(0.001)
        await session.execute(statement, [1, 4])
        assert slow.count == 1
        assert prime.requests[-1].bound == {"k": 1, "v": 4}


@in_memory
async def test_what_changed_while_no_event_could_come_is_prepared_again() -> None:
    async with one_node(reconnection=aiocql.ConstantReconnectionPolicy(0.5)) as (server, session):
        statement = await session.prepare(INSERT)
        prime = server.prime(INSERT, bind=NUMBER, partition_key=[0])
        for connection in tuple(server.connections):
            connection.reset()
        server.view.schema.add_keyspace("made_meanwhile", {"class": "SimpleStrategy"})
        server.view.schema_version = "00000000-0000-0000-0000-000000000002"
        await asyncio.sleep(5)
        await session.execute(statement, [1, 4])
        assert prime.requests[-1].bound == {"k": 1, "v": 4}


@in_memory
async def test_cancelled_request_that_waits_for_its_statement_sends_nothing() -> None:
    async with one_node() as (server, session):
        statement = await session.prepare(INSERT)
        prime = server.prime(INSERT, bind=NUMBER, partition_key=[0], prepare=None)
        server.push(SchemaChangeEvent("UPDATED", "TABLE", "ks", "t"))
        await asyncio.sleep(0.001)
        slow = server.prime(lambda request: request.opcode is Opcode.PREPARE, old_columns, hold=True, times=1)
        task = asyncio.ensure_future(session.execute(statement, [1, 4]))
        await server.until(lambda: slow.count == 1)
        task.cancel()
        await asyncio.wait([task])
        server.release()
        await session.execute("SELECT key FROM system.local")
        assert prime.count == 0


@in_memory
async def test_table_that_is_gone_is_what_the_server_says() -> None:
    async with one_node() as (server, session):
        statement = await session.prepare(INSERT)
        await changed_here(server, session)
        server.prime(
            lambda request: request.opcode is Opcode.PREPARE,
            ErrorAnswer(0x2200, "table t does not exist"),
        )
        for send in SENDS:
            with pytest.raises(aiocql.InvalidRequest, match="does not exist"):
                await send(session, statement, [1, VALUE])


@pytest.mark.parametrize("named", [False, True])
@in_memory
async def test_the_first_request_after_a_change_goes_to_a_replica(named: bool) -> None:
    async with three_nodes() as (cluster, session):
        prepared = await session.prepare(INSERT)
        for k in range(20):
            values = {"k": k, "v": VALUE} if named else [k, VALUE]
            usual = await session.execute(prepared, values)
            cluster.push(SchemaChangeEvent("UPDATED", "TABLE", "ks", "t"))
            await asyncio.sleep(0.001)
            assert prepared.stale_since
            after = await session.execute(prepared, values)
            assert after.coordinator is usual.coordinator


@in_memory
async def test_values_that_encoding_uses_up_are_encoded_once() -> None:
    async with one_node() as (server, session):
        prepared = await session.prepare(INSERT)
        server.push(SchemaChangeEvent("UPDATED", "TABLE", "ks", "t"))
        await asyncio.sleep(0.001)
        encoded = 0

        class Key:
            def __index__(self) -> int:
                nonlocal encoded
                encoded += 1
                return 7

        await session.execute(prepared, [Key(), VALUE])
        assert encoded == 1


@in_memory
async def test_first_batch_after_a_change_goes_to_a_replica() -> None:
    async with three_nodes() as (cluster, session):
        prepared = await session.prepare(INSERT)
        for k in range(20):
            entries = [("DELETE FROM ks.t WHERE k = 0", None), (prepared, [k, VALUE])]
            usual = await session.batch(entries)
            cluster.push(SchemaChangeEvent("UPDATED", "TABLE", "ks", "t"))
            await asyncio.sleep(0.001)
            assert prepared.stale_since
            after = await session.batch(entries)
            assert after.coordinator is usual.coordinator
