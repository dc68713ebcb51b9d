"""Connect, acquire, execute and close, cancelled before each step of the loop; then what holds under every fault.

The awaiter ended (or the scenario would not); no answer reached another request; what is not idempotent was sent at
most once; requests are served as before; no stream id, place to wait, connection or task is left; nothing piles up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from tests.plugins.canary import PASSWORD
from tests.scripted.pool.held import prime

import aiocql
from aiocql.testing import Opcode, ScriptedServer, Victim, cancel_at_every_step, plain_text

SELECT = "SELECT v FROM t WHERE k = ?"
INSERT = "INSERT INTO t (k) VALUES (?)"
TIGHT = aiocql.PoolOptions(max_local=1, max_requests_per_connection=2, high_watermark=0.8, low_watermark=0.5)
"""One request at a time on the only connection: the next one waits."""
GROWING = aiocql.PoolOptions(
    max_local=2, max_requests_per_connection=2, high_watermark=0.8, low_watermark=0.5
)
USER = ("user", PASSWORD)


def node(**how: Any) -> ScriptedServer:
    server = ScriptedServer(auth=plain_text(dict([USER])))
    prime(server, SELECT, **how)
    server.prime(INSERT, bind=[("k", "int")], partition_key=[0], **how)
    return server


def connect(server: ScriptedServer, pool: aiocql.PoolOptions = TIGHT) -> Any:
    return aiocql.connect((server.address, server.port), auth=USER, pool=pool)


async def ready(server: ScriptedServer, pool: aiocql.PoolOptions = TIGHT) -> aiocql.Session:
    session: aiocql.Session = await connect(server, pool)
    await session.prepare(SELECT)
    await session.prepare(INSERT)
    return session


def sent(server: ScriptedServer, query: str, key: int) -> int:
    """How often the statement reached the server with this key."""
    return sum(
        request.opcode is Opcode.EXECUTE and request.query == query and request.bound["k"] == key
        for request in server.requests
    )


async def all_holds(server: ScriptedServer, session: aiocql.Session, *, connections: int = 1) -> None:
    """What is to hold after the victim's end, whatever that was."""
    answers = await asyncio.gather(*(session.execute(SELECT, [key]) for key in range(100, 108)))
    assert [answer.one().v for answer in answers] == list(range(100, 108))
    assert sent(server, INSERT, 1) <= 1
    stats = session.stats()
    assert (stats.in_flight, stats.waiting, stats.is_queue_full) == (0, 0, False)
    assert sum(host.orphans for host in stats.hosts) == 0
    assert stats.open_connections <= connections
    await session.close()
    await ended(server)


async def ended(server: ScriptedServer) -> None:
    await server.until(lambda: not server.connections)
    assert server.violations == []


async def execute(session: aiocql.Session) -> None:
    await session.execute(INSERT, [1])


async def acquire(session: aiocql.Session) -> None:
    """Waits for its turn behind another request, and in front of one more."""
    before = asyncio.create_task(session.execute(SELECT, [50]))
    await asyncio.sleep(0)
    behind: list[asyncio.Task[aiocql.Result[Any]]] = []
    asyncio.get_running_loop().call_soon(
        lambda: behind.append(asyncio.create_task(session.execute(SELECT, [51])))
    )
    try:
        await session.execute(INSERT, [1])
    finally:
        # Whatever became of the one between them.
        assert (await asyncio.shield(before)).one() == (50,)
        await asyncio.sleep(0)
        assert (await asyncio.shield(behind[0])).one() == (51,)


@pytest.mark.fault(62)
@pytest.mark.parametrize(
    ("work", "pool", "again"),
    [
        pytest.param(execute, TIGHT, None, id="execute"),
        pytest.param(acquire, TIGHT, None, id="acquire"),
        pytest.param(acquire, TIGHT, 1, id="acquire, twice"),
        pytest.param(acquire, GROWING, None, id="acquire while the pool grows"),
    ],
)
def test_execute_and_acquire(
    work: Callable[[aiocql.Session], Coroutine[Any, Any, None]],
    pool: aiocql.PoolOptions,
    again: int | None,
) -> None:
    async def scenario(victim: Victim) -> None:
        async with node(delay=0.01) as server:
            session = await ready(server, pool)
            others = [asyncio.create_task(session.execute(SELECT, [key])) for key in (90, 91)]
            await victim(work(session))
            assert [(await other).one().v for other in others] == [90, 91]
            await asyncio.sleep(1)
            await all_holds(server, session, connections=pool.max_local)

    outcomes = cancel_at_every_step(scenario, again=again)
    assert len(outcomes) > 10
    assert any(outcome.cancelled for outcome in outcomes)
    assert outcomes[-1].error is None


@pytest.mark.fault(55)
def test_connect() -> None:
    async def scenario(victim: Victim) -> None:
        async with node() as server:
            made: list[aiocql.Session] = []

            async def work() -> None:
                made.append(await connect(server))

            await victim(work())
            if made:
                await all_holds(server, made[0])
            await ended(server)

    outcomes = cancel_at_every_step(scenario)
    assert len(outcomes) > 50
    assert outcomes[-1].error is None


@pytest.mark.fault(45)
@pytest.mark.parametrize("again", [None, 1])
def test_close_with_requests_in_flight_and_waiting(again: int | None) -> None:
    async def scenario(victim: Victim) -> None:
        async with node(delay=0.05) as server:
            session = await ready(server)
            tasks = [
                asyncio.create_task(session.execute(INSERT if key == 1 else SELECT, [key]))
                for key in range(4)
            ]
            await asyncio.sleep(0)
            await victim(session.close(drain_timeout=0.12))
            await session.close()
            outcomes = await asyncio.gather(*tasks, return_exceptions=True)
            for key, outcome in enumerate(outcomes):
                assert isinstance(outcome, aiocql.SessionClosed | aiocql.Result), outcome
                if key != 1 and isinstance(outcome, aiocql.Result):
                    assert outcome.one().v == key
            assert sent(server, INSERT, 1) <= 1
            stats = session.stats()
            assert (stats.in_flight, stats.waiting, stats.open_connections) == (0, 0, 0)
            with pytest.raises(aiocql.SessionClosed):
                await session.execute(SELECT, [1])
            await ended(server)

    outcomes = cancel_at_every_step(scenario, again=again)
    assert len(outcomes) > 10
    assert outcomes[-1].error is None
