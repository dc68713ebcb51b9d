"""The retry table, end to end: what fails how, and how often the servers saw it."""

from __future__ import annotations

from typing import Any

import pytest
from tests.plugins.canary import VALUE, value_of
from tests.scripted.in_memory import in_memory
from tests.scripted.scripted_sessions import INSERT, SELECT, one_node, sends, three_nodes

import aiocql
from aiocql.policies.retry import RetryDecision, RetryInput, RetryPolicy, RetryVerdict
from aiocql.testing import (
    Answer,
    CasWriteUnknownAnswer,
    ErrorAnswer,
    FunctionFailureAnswer,
    Opcode,
    ReadFailureAnswer,
    ReadTimeoutAnswer,
    UnavailableAnswer,
    Void,
    WriteFailureAnswer,
    WriteTimeoutAnswer,
)

NEVER, ONCE, EACH = 1, 2, 3
"""How often three nodes see a request that fails everywhere."""

TABLE: list[tuple[str, Answer, int, int]] = [
    ("read timeout without data", ReadTimeoutAnswer(received=2, required=2, data_present=False), NEVER, ONCE),
    ("read timeout with data", ReadTimeoutAnswer(received=2, required=2, data_present=True), NEVER, ONCE),
    ("read timeout, too few", ReadTimeoutAnswer(received=1, required=2), NEVER, ONCE),
    ("write timeout", WriteTimeoutAnswer(), NEVER, ONCE),
    ("write timeout of the batch log", WriteTimeoutAnswer(write_type="BATCH_LOG"), NEVER, ONCE),
    ("write timeout of a transaction", WriteTimeoutAnswer(write_type="CAS"), NEVER, NEVER),
    ("unavailable", UnavailableAnswer(), ONCE, ONCE),
    ("unavailable at a serial level", UnavailableAnswer(consistency=8), NEVER, ONCE),
    ("overloaded", ErrorAnswer(0x1001), NEVER, EACH),
    ("server error", ErrorAnswer(0x0000), NEVER, EACH),
    ("truncate error", ErrorAnswer(0x1003), NEVER, EACH),
    ("bootstrapping", ErrorAnswer(0x1002), EACH, EACH),
    ("read failure of an unknown reason", ReadFailureAnswer(reasons={"127.0.0.1": 0}), NEVER, ONCE),
    ("read failure by the schema", ReadFailureAnswer(reasons={"127.0.0.1": 3}), NEVER, ONCE),
    ("read failure by tombstones", ReadFailureAnswer(reasons={"127.0.0.1": 1}), NEVER, NEVER),
    ("write failure", WriteFailureAnswer(), NEVER, NEVER),
    ("function failure", FunctionFailureAnswer(), NEVER, NEVER),
    ("outcome unknown", CasWriteUnknownAnswer(), NEVER, NEVER),
    ("syntax error", ErrorAnswer(0x2000), NEVER, NEVER),
    ("unauthorized", ErrorAnswer(0x2100), NEVER, NEVER),
    ("invalid", ErrorAnswer(0x2200), NEVER, NEVER),
    ("an unknown code", ErrorAnswer(0x7777), NEVER, NEVER),
    ("connection lost", Void(close="reset"), NEVER, EACH),
]


@pytest.mark.fault(8, 41)
@pytest.mark.parametrize("idempotent", [False, True])
@pytest.mark.parametrize(
    ("answer", "unsafe", "safe"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
@in_memory
async def test_table(answer: Answer, unsafe: int, safe: int, idempotent: bool) -> None:
    async with three_nodes() as (cluster, session):
        statement = await session.prepare(INSERT)
        for server in cluster.nodes:
            host = session.find_host((server.address, server.port))
            await session.execute(statement, [1, VALUE], host=host)
        before = sends(cluster, Opcode.EXECUTE)
        cluster.prime(lambda request: request.opcode is Opcode.EXECUTE, answer)
        with pytest.raises(aiocql.Error) as caught:
            await session.execute(statement, [1, VALUE], idempotent=idempotent)
        expected = safe if idempotent else unsafe
        assert sends(cluster, Opcode.EXECUTE) - before == expected
        assert len(caught.value.attempts) == expected
        assert caught.value.query == INSERT


@pytest.mark.parametrize("answer", [ReadTimeoutAnswer(received=1, required=2), WriteTimeoutAnswer()])
@in_memory
async def test_late_timeout_of_one_coordinator_is_repeated_at_another(answer: Answer) -> None:
    async with three_nodes() as (cluster, session):
        failing = cluster.prime(INSERT, answer, bind=[("k", "int"), ("v", "text")], times=1)
        result = await session.execute(INSERT, [1, VALUE], idempotent=True)
        assert failing.count == 1
        (failed,) = result.attempts
        assert failed.host is not result.coordinator


class Always(RetryPolicy):
    """Says the same to every failure."""

    def __init__(self, verdict: Any) -> None:
        self.verdict = verdict
        self.seen: list[RetryInput] = []

    def decide(self, failed: RetryInput) -> Any:
        self.seen.append(failed)
        if isinstance(self.verdict, Exception):
            raise self.verdict
        return self.verdict if failed.retries == 0 else RetryDecision.RETHROW


@pytest.mark.parametrize("version", [3, 4, 5])
@pytest.mark.parametrize("payload", [None, {"name": b"value", "null": None}])
@in_memory
async def test_another_consistency_level_is_what_the_retry_asks_for(version: int, payload: Any) -> None:
    if version == 3:
        payload = None
    policy = Always(RetryVerdict(RetryDecision.RETRY_SAME, aiocql.ConsistencyLevel.ONE))
    async with one_node(protocol_version=version, retry=policy) as (server, session):
        text = "INSERT INTO t (k) VALUES (1)"
        for query, values in ((INSERT, [1, VALUE]), (text, None)):
            policy.seen.clear()
            server.prime(query, bind=[("k", "int"), ("v", "text")] if values else [])
            failing = server.prime(query, UnavailableAnswer(), times=1)
            options: Any = {"consistency_level": "QUORUM", "serial_consistency_level": "LOCAL_SERIAL"}
            await session.execute(query, values, custom_payload=payload, **options)
            first, second = server.requests[-2:]
            assert failing.count == 1
            assert (first.options.consistency, second.options.consistency) == (0x04, 0x01)
            assert (first.values, first.payload) == (second.values, second.payload)
            assert [each.consistency.name for each in policy.seen] == ["QUORUM"]
            assert policy.seen[0].serial_consistency == aiocql.ConsistencyLevel.LOCAL_SERIAL


@in_memory
async def test_second_failure_is_judged_at_the_level_of_the_second_attempt() -> None:
    policy = Always(RetryVerdict(RetryDecision.RETRY_SAME, aiocql.ConsistencyLevel.TWO))
    async with one_node(retry=policy) as (server, session):
        await session.prepare(INSERT)
        server.prime(INSERT, UnavailableAnswer(), bind=[("k", "int"), ("v", "text")])
        with pytest.raises(aiocql.Unavailable) as caught:
            await session.execute(INSERT, [1, VALUE], consistency_level="ALL")
        assert [each.consistency.name for each in policy.seen] == ["ALL", "TWO"]
        assert len(caught.value.attempts) == 2


@pytest.mark.parametrize("verdict", [ZeroDivisionError("of the user's"), None, "RETHROW"])
@in_memory
async def test_policy_that_breaks_fails_its_request_alone(verdict: Any) -> None:
    async with one_node(retry=Always(verdict)) as (server, session):
        failing = server.prime(SELECT, UnavailableAnswer(), times=1, bind=[("k", "int")])
        with pytest.raises(aiocql.InterfaceError) as caught:
            await session.execute(SELECT, [1])
        assert [type(attempt.error) for attempt in caught.value.attempts] == [aiocql.Unavailable]
        assert (await session.execute("SELECT key FROM system.local")).one() == ("local",)
        assert failing.count == 1
        assert all(connection.transport is not None for connection in server.connections)


@in_memory
async def test_ignored_error_is_an_empty_result() -> None:
    async with one_node(retry=Always(RetryDecision.IGNORE)) as (server, session):
        server.prime(SELECT, UnavailableAnswer(), bind=[("k", "int")])
        result = await session.execute(SELECT, [1])
        assert (result.rows, len(result.attempts)) == ([], 1)


@pytest.mark.fault(41)
@in_memory
async def test_attempt_timeout_tries_the_next_host_and_only_if_idempotent() -> None:
    async with three_nodes(attempt_timeout=1.0, request_timeout=10.0) as (cluster, session):
        statement = await session.prepare(SELECT)
        for server in cluster.nodes:
            await session.execute(statement, [1], host=(server.address, server.port))
        before = sends(cluster, Opcode.EXECUTE)
        cluster.prime(lambda request: request.opcode is Opcode.EXECUTE, Void(copies=0), times=2)
        result = await session.execute(statement, [1])
        assert [type(attempt.error) for attempt in result.attempts] == [aiocql.OperationTimedOut] * 2
        assert sends(cluster, Opcode.EXECUTE) - before == 3
        cluster.prime(lambda request: request.opcode is Opcode.EXECUTE, Void(copies=0), times=1)
        with pytest.raises(aiocql.OperationTimedOut):
            await session.execute(statement, [1], idempotent=False)
        assert sends(cluster, Opcode.EXECUTE) - before == 4


@in_memory
async def test_policy_of_hosts_that_breaks_fails_its_request_alone() -> None:
    class Broken:
        def plan(self, snapshot: Any, routing: Any) -> Any:
            yield snapshot.hosts[0]
            raise ZeroDivisionError

    async with one_node() as (server, session):
        await session.prepare(SELECT)
        server.prime(SELECT, ErrorAnswer(0x1001), times=1, bind=[("k", "int")])
        with pytest.raises(aiocql.InterfaceError):
            await session.execute(SELECT, [1], load_balancing=Broken())
        assert (await session.execute(SELECT, [1])).one() == (value_of(1),)
