"""Row 16: requests that were given up keep their ids; at the limit the connection is drained and replaced."""

from __future__ import annotations

import asyncio

import pytest
from tests.plugins.fault_table import Record
from tests.scripted.in_memory import in_memory
from tests.scripted.pool.held import ask, held_node

import aiocql

pytestmark = pytest.mark.fault(16)


@in_memory
async def test_at_the_limit_a_connection_is_replaced_and_what_is_in_flight_is_not_failed(
    record_property: Record,
) -> None:
    async with held_node(core_local=1, max_local=1, max_requests_per_connection=1024) as (server, session):
        connections = server.connection_count
        patient = ask(session, -1, timeout=600.0)
        hasty = [ask(session, k, timeout=0.5) for k in range(600)]
        outcomes = await asyncio.gather(*hasty, return_exceptions=True)
        assert all(isinstance(outcome, aiocql.OperationTimedOut) for outcome in outcomes)
        async with asyncio.timeout(60):
            while server.connection_count == connections:  # noqa: ASYNC110  # in virtual time
                await asyncio.sleep(0.1)
        assert server.connection_count == connections + 1, "one in its place, no storm"
        assert not patient.done()
        server.release()
        assert (await patient).one() == (-1,)
        fresh = ask(session, 7)
        async with asyncio.timeout(60):
            while not fresh.done():
                server.release()
                await asyncio.sleep(0.1)
        assert fresh.result().one() == (7,)
        async with asyncio.timeout(60):
            while session.stats().hosts[0].orphans:  # noqa: ASYNC110  # in virtual time
                await asyncio.sleep(0.1)
    record_property(
        "seen", "600 requests given up: one connection in place of the old one, which failed nothing"
    )
