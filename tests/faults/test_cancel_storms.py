"""Row 18: tens of thousands of cancellations at random moments, and timeouts shorter than an answer."""

from __future__ import annotations

import asyncio
import random

import pytest
from tests.plugins.canary import value_of
from tests.plugins.fault_table import Record
from tests.scripted.in_memory import in_memory
from tests.scripted.scripted_sessions import SELECT, one_node, prime_select

import aiocql

pytestmark = pytest.mark.fault(18)

TOGETHER = 500
STORM = 10_000
ORPHANS = 256
"""Requests given up, and not answered yet, beyond which a connection of 1,024 is replaced."""


async def ask(session: aiocql.Session, k: int) -> None:
    assert (await session.execute(SELECT, [k])).one() == (value_of(k),)


async def cancelled_after_steps(session: aiocql.Session, k: int, steps: int) -> bool:
    task = asyncio.create_task(ask(session, k))
    for _ in range(steps):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    if not task.cancelled():
        task.result()
    return task.cancelled()


async def calm(session: aiocql.Session) -> None:
    """Everything that was given up is answered and free again."""
    async with asyncio.timeout(60):
        while session.stats().in_flight or session.stats().waiting:  # noqa: ASYNC110  # nothing tells of it
            await asyncio.sleep(0.1)


@pytest.mark.fault(38)
@pytest.mark.parametrize("seed", range(10))
@in_memory
async def test_five_thousand_cancellations_at_random_steps(seed: int, record_property: Record) -> None:
    rng = random.Random(seed)
    cancelled = 0
    async with one_node(protocol_version=4 + seed % 2) as (server, session):
        await ask(session, 0)
        connections = server.connection_count
        while cancelled < 5_000:
            outcomes = await asyncio.gather(
                *(
                    cancelled_after_steps(session, rng.randrange(1000), rng.randrange(9))
                    for _ in range(TOGETHER)
                ),
                *(ask(session, rng.randrange(1000)) for _ in range(20)),
            )
            cancelled += sum(map(bool, outcomes))
        await calm(session)
        assert server.connection_count == connections, "cancelling closes no connection"
        await ask(session, 1)
    record_property("seen", (cancelled, "cancellations at random steps"))


@in_memory
async def test_ten_thousand_tasks_at_once_that_give_up_after_a_millisecond(record_property: Record) -> None:
    """Twice: what the first storm left would show in the second. Each answer takes five milliseconds."""
    async with one_node(request_timeout=60.0) as (server, session):
        await ask(session, 0)
        server.keep_requests = False
        prime_select(server, delay=0.005, keep=False)

        async def hasty(k: int) -> bool:
            try:
                async with asyncio.timeout(0.001):
                    await ask(session, k)
            except TimeoutError:
                return True
            return False

        for _ in range(2):
            given_up = sum(await asyncio.gather(*(hasty(k) for k in range(STORM))))
            assert given_up == STORM
            await asyncio.gather(*(ask(session, k) for k in range(200)))
            await calm(session)
            stats = session.stats()
            assert sum(host.orphans for host in stats.hosts) == 0
            assert session.hosts[0].is_up
            assert stats.hosts[0].connections_lost == 0
        opened = server.connection_count
        assert opened <= 1 + 8 + 2 * STORM // ORPHANS, "none is replaced that has not come to the limit"
        await ask(session, 1)
    record_property("seen", f"twice {STORM:,} tasks given up after 1 ms: {opened} connections, none lost")


@pytest.mark.fault(36, 56)
@in_memory
async def test_timeouts_shorter_than_the_answer() -> None:
    async with one_node() as (server, session):
        await ask(session, 0)
        prime_select(server, delay=0.005, keep=False)
        connections = server.connection_count

        async def hasty(k: int) -> int:
            try:
                async with asyncio.timeout(0.001):
                    await ask(session, k)
            except TimeoutError:
                return 1
            return 0

        given_up = 0
        for _ in range(3):
            given_up += sum(await asyncio.gather(*(hasty(k) for k in range(200))))
            await calm(session)
        assert given_up == 600
        assert server.connection_count == connections
        await ask(session, 1)
