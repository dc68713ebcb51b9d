"""Every kind of request cancelled at every step: nothing is broken, nothing left in flight."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from tests import internals
from tests.plugins.canary import value_of
from tests.scripted.scripted_sessions import INSERT, SELECT, one_node, three_nodes

from aiocql.session.session import Session
from aiocql.testing import ErrorAnswer, Opcode, ScriptedServer, Victim, cancel_at_every_step

pytestmark = pytest.mark.fault(38)

Doing = Callable[[Session], Awaitable[Any]]


async def page(session: Session) -> Any:
    return await (await session.execute("SELECT v FROM many", page_size=2)).fetch_next_page()


async def all_pages(session: Session) -> Any:
    return await (await session.execute("SELECT v FROM many", page_size=2)).all()


async def batch(session: Session) -> Any:
    return await session.batch([(INSERT, [1, "a"]), (INSERT, [2, "b"])])


async def text(session: Session) -> Any:
    return await session.execute("SELECT v FROM many")


async def prepare(session: Session) -> Any:
    return await session.prepare(INSERT)


async def use(session: Session) -> Any:
    return await session.execute("USE ks")


async def set_keyspace(session: Session) -> Any:
    await session.set_keyspace("ks")


async def stream_left_early(session: Session) -> Any:
    async with session.stream("SELECT v FROM many", page_size=2) as rows:
        async for row in rows:
            return row
    return None


async def limited(session: Session) -> Any:
    return await session.execute(SELECT, [1], timeout=5.0, attempt_timeout=2.0)


KINDS = [page, all_pages, batch, text, prepare, use, set_keyspace, stream_left_early, limited]


def in_flight(session: Session) -> int:
    return sum(
        connection.core.pending
        for pool in internals.pools(session).values()
        for connection in pool.connections
    )


def prime(server: ScriptedServer) -> None:
    server.view.schema.add_keyspace("ks")
    server.prime("SELECT v FROM many", columns=[("v", "int")], rows=[(v,) for v in range(5)])


@pytest.mark.parametrize("version", [4, 5])
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_cancelled_at_every_step(kind: Doing, version: int) -> None:
    async def scenario(victim: Victim) -> None:
        async with one_node(protocol_version=version, keyspace="system") as (server, session):
            prime(server)
            outcome = await victim(kind(session))  # type: ignore[arg-type]
            assert outcome.error is None or outcome.cancelled
            # Whatever is still done for the session as a whole (a USE on its connections) ends by itself.
            assert (await session.execute(SELECT, [2])).one() == (value_of(2),)
            assert in_flight(session) == 0
            assert session.keyspace in ("system", "ks")

    outcomes = cancel_at_every_step(scenario)
    assert (outcomes[-1].struck, outcomes[-1].error) == (False, None)
    assert any(outcome.cancelled for outcome in outcomes)


def test_retry_cancelled_at_every_step() -> None:
    async def scenario(victim: Victim) -> None:
        async with three_nodes() as (cluster, session):
            statement = await session.prepare(SELECT)
            cluster.prime(lambda request: request.opcode is Opcode.EXECUTE, ErrorAnswer(0x1001), times=2)
            outcome = await victim(session.execute(statement, [1]))
            assert outcome.cancelled or len(outcome.value.attempts) == 2
            await asyncio.sleep(1)
            assert in_flight(session) == 0
            # Those errors that the cancelled request did not meet are met by this one, and retried.
            assert (await session.execute(statement, [2])).one() == (value_of(2),)

    assert cancel_at_every_step(scenario)[-1].error is None
