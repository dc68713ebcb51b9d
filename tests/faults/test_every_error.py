"""Row 8: every error of a server, for every idempotence, consistency level and protocol version: how often it is sent.

The third node of a plan is reached by what goes on along the plan, the second by what is tried once more.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.plugins.fault_table import Record
from tests.scripted.in_memory import in_memory
from tests.scripted.scripted_sessions import INSERT, SELECT, three_nodes

import aiocql
from aiocql import ConsistencyLevel
from aiocql.testing import (
    AlreadyExistsAnswer,
    CasWriteUnknownAnswer,
    ErrorAnswer,
    FunctionFailureAnswer,
    Opcode,
    ReadFailureAnswer,
    ReadTimeoutAnswer,
    ReceivedRequest,
    ScriptedCluster,
    UnavailableAnswer,
    WriteFailureAnswer,
    WriteTimeoutAnswer,
)

pytestmark = pytest.mark.fault(8)

NEVER, ONCE, EACH = 1, 2, 3
"""How often three nodes see a request that fails everywhere."""

SERIAL = (ConsistencyLevel.SERIAL, ConsistencyLevel.LOCAL_SERIAL)
REPEATED = ("SIMPLE", "BATCH", "UNLOGGED_BATCH", "BATCH_LOG")
WRITE_TYPES = ("SIMPLE", "BATCH", "UNLOGGED_BATCH", "COUNTER", "BATCH_LOG", "CAS", "VIEW", "CDC")

Case = tuple[ErrorAnswer, type[aiocql.Error], int, int]
"""What the server says, what that is called, how often it is sent if not idempotent, and if it is."""

CASES: list[Case] = [
    (ErrorAnswer(0x0000), aiocql.InternalServerError, NEVER, EACH),
    (ErrorAnswer(0x000A), aiocql.ServerProtocolError, NEVER, NEVER),
    (ErrorAnswer(0x0100), aiocql.BadCredentials, NEVER, NEVER),
    (UnavailableAnswer(), aiocql.Unavailable, ONCE, ONCE),
    (ErrorAnswer(0x1001), aiocql.Overloaded, NEVER, EACH),
    (ErrorAnswer(0x1002), aiocql.IsBootstrapping, EACH, EACH),
    (ErrorAnswer(0x1003), aiocql.TruncateError, NEVER, EACH),
    *[
        (
            WriteTimeoutAnswer(write_type=kind),
            aiocql.WriteTimeout,
            NEVER,
            ONCE if kind in REPEATED else NEVER,
        )
        for kind in WRITE_TYPES
    ],
    (ReadTimeoutAnswer(received=2, required=2, data_present=False), aiocql.ReadTimeout, NEVER, ONCE),
    (ReadTimeoutAnswer(received=2, required=2, data_present=True), aiocql.ReadTimeout, NEVER, ONCE),
    (ReadTimeoutAnswer(received=1, required=2), aiocql.ReadTimeout, NEVER, ONCE),
    (ReadFailureAnswer(), aiocql.ReadFailure, NEVER, ONCE),
    (FunctionFailureAnswer(), aiocql.FunctionFailure, NEVER, NEVER),
    *[(WriteFailureAnswer(write_type=kind), aiocql.WriteFailure, NEVER, NEVER) for kind in WRITE_TYPES],
    (ErrorAnswer(0x1600), aiocql.CDCWriteFailure, NEVER, NEVER),
    (CasWriteUnknownAnswer(), aiocql.CASWriteUnknown, NEVER, NEVER),
    (ErrorAnswer(0x2000), aiocql.SyntaxException, NEVER, NEVER),
    (ErrorAnswer(0x2100), aiocql.Unauthorized, NEVER, NEVER),
    (ErrorAnswer(0x2200), aiocql.InvalidRequest, NEVER, NEVER),
    (ErrorAnswer(0x2300), aiocql.InvalidConfiguration, NEVER, NEVER),
    (AlreadyExistsAnswer(), aiocql.AlreadyExists, NEVER, NEVER),
    (ErrorAnswer(0x7777), aiocql.ServerError, NEVER, NEVER),
]


def expected(case: Case, idempotent: bool, level: ConsistencyLevel, version: int) -> int:
    """How often it is sent. A serial round that was lost may be completed by another client."""
    answer, _, unsafe, safe = case
    if isinstance(answer, ReadTimeoutAnswer) and level in SERIAL:
        return (
            safe if idempotent and answer.received >= answer.required and not answer.data_present else NEVER
        )
    if isinstance(answer, ReadFailureAnswer) and version < 5:
        return NEVER  # the reasons of replicas came with v5
    if isinstance(answer, UnavailableAnswer) and level in SERIAL and not idempotent:
        return NEVER
    return safe if idempotent else unsafe


def said_at(answer: ErrorAnswer, level: ConsistencyLevel) -> ErrorAnswer:
    """The answer as a server gives it to a request at that level, which it names."""
    return replace(answer, consistency=int(level)) if hasattr(answer, "consistency") else answer  # type: ignore[call-arg]


class Counted:
    """Answers all requests of one opcode with one error, and counts them."""

    def __init__(self, cluster: ScriptedCluster, opcode: Opcode) -> None:
        self.sent = 0
        self.levels: set[int] = set()
        self.answer = ErrorAnswer()
        cluster.prime(lambda request: request.opcode is opcode, self._say, keep=False)

    def _say(self, request: ReceivedRequest) -> ErrorAnswer:
        self.sent += 1
        self.levels.add(request.options.consistency)
        return self.answer


async def warm(
    session: aiocql.Session, cluster: ScriptedCluster, statement: aiocql.PreparedStatement
) -> None:
    for server in cluster.nodes:
        server.keep_requests = False
        values: list[Any] = [1, "v"] if statement.query == INSERT else [1]
        await session.execute(statement, values, host=(server.address, server.port))


@pytest.mark.parametrize("version", [3, 4, 5])
@pytest.mark.parametrize("query", [SELECT, INSERT], ids=["read", "write"])
@in_memory
async def test_every_error_at_every_consistency_level(
    query: str, version: int, record_property: Record
) -> None:
    done = 0
    values: list[Any] = [1] if query == SELECT else [1, "v"]
    async with three_nodes(protocol_version=version) as (cluster, session):
        statement = await session.prepare(query)
        await warm(session, cluster, statement)
        counted = Counted(cluster, Opcode.EXECUTE)
        for case in CASES:
            for level in ConsistencyLevel:
                counted.answer = said_at(case[0], level)
                for idempotent in (False, True):
                    counted.sent = 0
                    counted.levels.clear()
                    with pytest.raises(aiocql.Error) as caught:
                        await session.execute(
                            statement, values, consistency_level=level, idempotent=idempotent
                        )
                    error = caught.value
                    where = (case[0], level, idempotent)
                    assert type(error) is case[1], where
                    assert counted.sent == expected(case, idempotent, level, version), where
                    assert len(error.attempts) == counted.sent, where
                    assert counted.levels == {int(level)}, "no retry weakens what was asked for"
                    assert getattr(error, "consistency", level) is level
                    done += 1
        stats = session.stats()
        assert (stats.in_flight, stats.waiting) == (0, 0)
        assert all(len(server.connections) <= 2 for server in cluster.nodes), "no error closes a connection"
    record_property("seen", (done, "errors answered to reads and writes, v3 to v5"))


@pytest.mark.parametrize("version", [3, 4, 5])
@in_memory
async def test_every_error_of_a_batch(version: int, record_property: Record) -> None:
    """Of a batch that is not idempotent nothing is sent again but what no node began."""
    done = 0
    async with three_nodes(protocol_version=version) as (cluster, session):
        statement = await session.prepare(INSERT)
        await warm(session, cluster, statement)
        counted = Counted(cluster, Opcode.BATCH)
        for case in CASES:
            for idempotent in (False, True):
                counted.answer, counted.sent = case[0], 0
                with pytest.raises(case[1]):
                    await session.batch([(statement, [1, "v"]), (statement, [2, "v"])], idempotent=idempotent)
                unavailable = isinstance(case[0], UnavailableAnswer) and not idempotent
                wanted = (
                    NEVER if unavailable else expected(case, idempotent, ConsistencyLevel.LOCAL_ONE, version)
                )
                assert counted.sent == wanted, (case[0], idempotent)
                done += 1
    record_property("seen", (done, "errors answered to batches"))


@pytest.mark.parametrize("version", [3, 4, 5])
@pytest.mark.parametrize("level", SERIAL)
@in_memory
async def test_a_transaction_without_enough_replicas_is_not_begun_twice(
    level: ConsistencyLevel, version: int
) -> None:
    """The statement's own level is QUORUM; it is the round's level that was short of replicas."""
    query = "UPDATE t SET v = ? WHERE k = ? IF v = ?"
    async with three_nodes(protocol_version=version) as (cluster, session):
        said = cluster.prime(
            query,
            UnavailableAnswer(consistency=int(level)),
            bind=[("v", "text"), ("k", "int"), ("if", "text")],
        )
        for idempotent, wanted in ((False, NEVER), (True, ONCE)):
            before = said.count
            with pytest.raises(aiocql.Unavailable) as caught:
                await session.execute(
                    query,
                    ["new", 1, "old"],
                    consistency_level="QUORUM",
                    serial_consistency_level=level,
                    idempotent=idempotent,
                )
            assert said.count - before == wanted
            assert caught.value.consistency is level
