"""BATCH: what is sent, where it goes, and what becomes of it when it fails."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
from tests import internals
from tests.plugins.canary import VALUE
from tests.scripted.in_memory import in_memory
from tests.scripted.scripted_sessions import INSERT, SELECT, one_node, sends, three_nodes

import aiocql
from aiocql.policies.retry import RetryDecision, RetryInput, RetryPolicy, RetryVerdict
from aiocql.testing import ErrorAnswer, Opcode, Prepared, UnavailableAnswer, WriteTimeoutAnswer

DELETE = "DELETE FROM t WHERE k = 1"


@pytest.mark.parametrize("version", [3, 4, 5])
@pytest.mark.parametrize(("kind", "number"), [("logged", 0), ("UNLOGGED", 1), (aiocql.BatchType.COUNTER, 2)])
@in_memory
async def test_strings_and_prepared_statements_go_together(version: int, kind: Any, number: int) -> None:
    async with one_node(protocol_version=version) as (server, session):
        prepared = await session.prepare(INSERT)
        result = await session.batch(
            [(INSERT, [1, "one"]), (prepared, {"k": 2, "v": "two"}), DELETE, (DELETE, None)],
            batch_type=kind,
            consistency_level="QUORUM",
            timestamp=12345,
        )
        batch = server.requests[-1]
        assert (batch.opcode, batch.batch_type) == (Opcode.BATCH, number)
        assert [each.query for each in batch.statements] == [INSERT, INSERT, DELETE, DELETE]
        assert [each.prepared_id for each in batch.statements] == [prepared.id, prepared.id, None, None]
        assert [each.values for each in batch.statements] == [
            [b"\0\0\0\1", b"one"],
            [b"\0\0\0\2", b"two"],
            [],
            [],
        ]
        assert (batch.options.consistency, batch.options.timestamp) == (4, 12345)
        assert (result.rows, result.was_applied) == ([], True)
        assert sends(server, Opcode.PREPARE) == 1


@in_memory
async def test_batch_goes_to_a_replica_of_its_first_partition() -> None:
    async with three_nodes() as (_cluster, session):
        prepared = await session.prepare(INSERT)
        for k in range(20):
            single = await session.execute(prepared, [k, VALUE])
            batch = await session.batch([DELETE, (prepared, [k, VALUE])])
            assert batch.coordinator is single.coordinator


@in_memory
async def test_each_forgotten_statement_of_a_batch_is_prepared_again() -> None:
    other = "UPDATE t SET v = ? WHERE k = ?"
    async with one_node() as (server, session):
        server.prime(other, bind=[("v", "text"), ("k", "int")], partition_key=[1])
        entries: Any = [(INSERT, [1, VALUE]), (other, [VALUE, 1]), (INSERT, [2, VALUE])]
        await session.batch(entries)
        server.forget_prepared()
        result = await session.batch(entries)
        assert result.attempts == ()
        assert (sends(server, Opcode.PREPARE), sends(server, Opcode.BATCH)) == (4, 4)


@pytest.mark.parametrize(("idempotent", "seen"), [(None, 1), (False, 1), (True, 2)])
@in_memory
async def test_batch_log_timeout_is_tried_again_only_if_idempotent(
    idempotent: bool | None, seen: int
) -> None:
    async with one_node() as (server, session):
        failing = server.prime(
            lambda request: request.opcode is Opcode.BATCH, WriteTimeoutAnswer(write_type="BATCH_LOG")
        )
        with pytest.raises(aiocql.WriteTimeout) as caught:
            await session.batch([(INSERT, [1, VALUE]), DELETE], idempotent=idempotent)
        assert failing.count == seen
        assert "INSERT INTO t" in str(caught.value)
        assert VALUE not in str(caught.value)


@in_memory
async def test_batch_of_idempotent_statements_is_idempotent_and_a_counter_batch_never() -> None:
    async with one_node() as (server, session):
        safe = await session.prepare(INSERT, idempotent=True)
        failing = server.prime(
            lambda request: request.opcode is Opcode.BATCH, WriteTimeoutAnswer(write_type="BATCH_LOG")
        )
        for kind, statement, seen in (("logged", safe, 2), ("counter", safe, 1), ("logged", INSERT, 1)):
            before = failing.count
            with pytest.raises(aiocql.WriteTimeout):
                await session.batch([(statement, [1, VALUE])], batch_type=kind)
            assert failing.count - before == seen


@in_memory
async def test_unavailable_batch_is_not_sent_twice() -> None:
    async with three_nodes() as (cluster, session):
        failing = cluster.prime(lambda request: request.opcode is Opcode.BATCH, UnavailableAnswer())
        with pytest.raises(aiocql.Unavailable):
            await session.batch([(INSERT, [1, VALUE])])
        assert failing.count == 1


@in_memory
async def test_weaker_level_is_written_behind_the_statements() -> None:
    class Weaker(RetryPolicy):
        def decide(self, failed: RetryInput) -> RetryVerdict | RetryDecision:
            assert failed.is_batch
            if failed.retries:
                return RetryDecision.RETHROW
            return RetryVerdict(RetryDecision.RETRY_SAME, aiocql.ConsistencyLevel.ONE)

    async with one_node(retry=Weaker()) as (server, session):
        await session.prepare(INSERT)
        server.prime(lambda request: request.opcode is Opcode.BATCH, ErrorAnswer(0x1001), times=1)
        await session.batch(
            [(INSERT, [1, None]), DELETE, (INSERT, [2, aiocql.UNSET])], consistency_level="ALL"
        )
        first, second = server.requests[-2:]
        assert (first.options.consistency, second.options.consistency) == (5, 1)
        assert first.statements == second.statements


@in_memory
async def test_large_batch_is_noted(caplog: pytest.LogCaptureFixture) -> None:
    async with one_node(batch_size_warn_threshold=1100) as (_server, session):
        with caplog.at_level(logging.WARNING, "aiocql.warnings"):
            await session.batch([(INSERT, [k, "x" * 90]) for k in range(10)])
            assert caplog.records == []
            await session.batch([(INSERT, [k, "x" * 90]) for k in range(11)])
        (record,) = caplog.records
        assert "batch_size_warn_threshold (1100)" in record.getMessage()
        assert "xxx" not in record.getMessage()


@pytest.mark.parametrize(
    ("entries", "options"),
    [
        ([SELECT], {}),
        ([(SELECT, [1])], {}),
        ([5], {}),
        ([(INSERT, [1, VALUE], "more")], {}),
        ([DELETE], {"batch_type": "other"}),
        ([DELETE], {"page_size": 5}),
        ([(INSERT, [1])], {}),
        ([(INSERT, ["text", VALUE])], {}),
    ],
)
@in_memory
async def test_what_cannot_be_a_batch_is_refused_and_not_sent(entries: Any, options: Any) -> None:
    async with one_node() as (server, session):
        with pytest.raises(aiocql.Error):
            await session.batch(entries, **options)
        assert sends(server, Opcode.BATCH) == 0


@in_memory
async def test_one_deadline_for_a_batch_and_all_that_it_prepares() -> None:
    async with one_node() as (server, session):
        texts = [f"INSERT INTO t (k, v) VALUES (?, ?) USING TTL {ttl}" for ttl in range(5)]
        for n, text in enumerate(texts):
            server.prime(text, prepare=Prepared(b"id%d" % n, [("k", "int"), ("v", "text")], delay=2.0))
        begun = internals.loop(session).time()
        with pytest.raises(aiocql.OperationTimedOut):
            await session.batch([(text, [1, VALUE]) for text in texts], timeout=3.0)
        assert internals.loop(session).time() - begun == pytest.approx(3.0, abs=0.01)


@in_memory
async def test_a_batch_may_be_any_iterable_of_pairs_and_changed_while_something_is_prepared() -> None:
    async with one_node() as (server, session):
        server.prime(INSERT, prepare=Prepared(b"slow", [("k", "int"), ("v", "text")], delay=1.0))
        entries: Any = [[INSERT, [1, "a"]], DELETE]
        batch = asyncio.ensure_future(session.batch(entries))
        await asyncio.sleep(0.5)
        entries[0][1] = [2, "b"]
        entries.clear()
        await batch
        await session.batch((INSERT, (k, "v")) for k in (7, 8))
        first, second = (each for each in server.requests if each.opcode is Opcode.BATCH)
        assert [each.values for each in first.statements] == [[b"\0\0\0\1", b"a"], []]
        assert [each.values for each in second.statements] == [[b"\0\0\0\7", b"v"], [b"\0\0\0\10", b"v"]]


@in_memory
async def test_text_of_a_class_of_its_own_is_a_text() -> None:
    class Table(str):
        __slots__ = ()

        def __str__(self) -> str:
            return "something else"

    async with one_node() as (server, session):
        await session.batch([(Table(INSERT), [1, "v"]), Table(DELETE)])
        assert [each.query for each in server.requests[-1].statements] == [INSERT, DELETE]


@in_memory
async def test_value_that_does_not_fit_is_named_with_its_place() -> None:
    async with one_node() as (server, session):
        with pytest.raises(aiocql.EncodeError, match="column k is int: str does not fit") as refused:
            await session.batch([(INSERT, [1, "v"]), DELETE, (INSERT, ["secret", "v"])])
        assert refused.value.__notes__ == ["at statement 3 of 3 in the batch"]
        assert refused.value.query == INSERT
        assert sends(server, Opcode.BATCH) == 0


@in_memory
async def test_statement_of_another_session_is_refused() -> None:
    async with one_node() as (server, session), one_node() as (_other_server, other):
        foreign = await other.prepare(INSERT)
        with pytest.raises(aiocql.InterfaceError, match="prepared by another session"):
            await session.batch([(INSERT, [1, "v"]), (foreign, [2, "v"])])
        assert sends(server, Opcode.BATCH) == 0


@in_memory
async def test_statements_used_by_batches_alone_stay_in_the_cache() -> None:
    other = "UPDATE t SET v = ? WHERE k = ?"
    async with one_node(prepared_cache_size=2) as (server, session):
        server.prime(other, bind=[("v", "text"), ("k", "int")], partition_key=[1])
        await session.prepare(INSERT)
        await asyncio.sleep(1)
        await session.prepare(SELECT)
        await asyncio.sleep(1)
        await session.batch([(INSERT, [1, "v"])])
        await session.prepare(other)
        before = sends(server, Opcode.PREPARE)
        await session.batch([(INSERT, [1, "v"])])
        assert sends(server, Opcode.PREPARE) == before


@in_memory
async def test_each_batch_has_a_timestamp_of_its_own() -> None:
    async with one_node() as (server, session):
        for _ in range(3):
            await session.batch([(INSERT, [1, "v"])])
        await session.batch([(INSERT, [1, "v"])], timestamp=None)
        *stamped, last = (each.options.timestamp for each in server.requests[-4:])
        assert stamped == sorted(set(stamped))
        assert last is None


@in_memory
async def test_payload_and_keyspace_of_a_batch() -> None:
    async with one_node() as (server, session):
        await session.batch([(INSERT, [1, "v"]), DELETE], keyspace="other", custom_payload={"a": b"1"})
        prepare, batch = server.requests[-2:]
        assert (prepare.opcode, prepare.options.keyspace) == (Opcode.PREPARE, "other")
        assert (batch.options.keyspace, batch.payload) == ("other", {"a": b"1"})
        assert [each.query for each in batch.statements] == [INSERT, DELETE]


@in_memory
async def test_batch_of_a_limited_session_passes_its_limit() -> None:
    async with one_node() as (_server, session):
        limited = session.rate_limited(5)
        await limited.batch([(INSERT, [1, "v"])])
        assert limited.limits.admitted == 1
