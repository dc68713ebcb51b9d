"""Row 6: all hosts of a cluster down, then up again, at the same addresses or at others. In virtual time."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.plugins.canary import value_of
from tests.scripted.in_memory import in_memory
from tests.scripted.scripted_sessions import SELECT, prime_table

import aiocql
from aiocql import EventKind
from aiocql.testing import MemoryLoop, ScriptedCluster

pytestmark = pytest.mark.fault(6)

DELAY = 2.0
"""Seconds between two tries to reach a host."""
SLACK = 2.0
"""Seconds for events that are debounced, and for what is read of the cluster before its hosts are up."""
POLICY = aiocql.ConstantReconnectionPolicy(DELAY)


def three(first_address: str = "127.0.71.1") -> ScriptedCluster:
    cluster = ScriptedCluster(3, first_address=first_address, port=9042)
    prime_table(cluster)
    return cluster


async def refused(session: aiocql.Session) -> aiocql.NoHostAvailable:
    """The error of a request that could wait for a minute, and does not wait at all."""
    loop = asyncio.get_running_loop()
    begun = loop.time()
    with pytest.raises(aiocql.NoHostAvailable) as raised:
        await session.execute(SELECT, [1], timeout=60.0)
    assert loop.time() == begun, "it waited for a timer"
    return raised.value


async def answered(session: aiocql.Session, seconds: float) -> None:
    """Asks until there is an answer, which must come before so many seconds are over."""
    async with asyncio.timeout(seconds):
        while True:
            try:
                result = await session.execute(SELECT, [7])
            except aiocql.NoHostAvailable:
                await asyncio.sleep(0.1)
            else:
                assert result.one() == (value_of(7),)
                return


@in_memory
async def test_requests_fail_at_once_and_name_each_host_with_its_reason() -> None:
    async with three() as cluster, aiocql.connect(cluster.contact_point, reconnection=POLICY) as session:
        await answered(session, 1.0)
        await cluster.stop()
        for _ in range(10):
            await asyncio.sleep(3 * DELAY)
            error = await refused(session)
            assert {attempt.host for attempt in error.attempts} == set(session.hosts)
            for host in session.hosts:
                assert host.endpoint in str(error)
                assert isinstance(error.errors[host], aiocql.ConnectFailed)
                assert error.errors[host].message in str(error)  # type: ignore[attr-defined]
        assert error.query == SELECT
        many = await asyncio.gather(
            *(session.execute(SELECT, [k], timeout=60.0) for k in range(500)), return_exceptions=True
        )
        assert {type(outcome) for outcome in many} == {aiocql.NoHostAvailable}
        assert session.stats().in_flight == 0


@in_memory
async def test_hosts_are_tried_as_often_as_the_policy_says_whatever_is_asked() -> None:
    async with three() as cluster, aiocql.connect(cluster.contact_point, reconnection=POLICY) as session:
        await cluster.stop()
        await asyncio.sleep(5 * DELAY)
        failed: list[Any] = []
        session.listen(lambda event: failed.append(event) if event.kind is EventKind.CONNECT_FAILED else None)
        for _ in range(100):
            await refused(session)
            await asyncio.sleep(DELAY / 5)
        rounds = 100 / 5
        assert rounds - 1 <= len(failed) / len(session.hosts) <= rounds + 1


@in_memory
@pytest.mark.parametrize("moved", [False, True], ids=["the same addresses", "other addresses"])
async def test_the_session_serves_again_when_they_are_up(moved: bool) -> None:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, MemoryLoop)
    async with three() as cluster:
        loop.network.names["cluster.test"] = ["127.0.71.1", "127.0.71.2"]
        async with aiocql.connect("cluster.test", reconnection=POLICY) as session:
            await answered(session, 1.0)
            hosts = session.hosts
            await cluster.stop()
            await asyncio.sleep(10 * DELAY)
            await refused(session)
            if moved:
                loop.network.names["cluster.test"] = ["127.0.72.1", "127.0.72.2"]
                for i, server in enumerate(cluster.nodes):
                    server.address = server.node.address = f"127.0.72.{i + 1}"
            await cluster.start()
            # Where they are the control connection finds out first; then their pools try.
            await answered(session, (1 + moved) * DELAY + SLACK)
            await asyncio.sleep(DELAY + SLACK)
            assert session.hosts == hosts, "the same hosts, wherever they are"
            assert all(host.is_up for host in hosts)
            assert {host.address for host in hosts} == {f"127.0.7{1 + moved}.{i}" for i in (1, 2, 3)}
            for host in hosts:
                assert (await session.execute(SELECT, [7], host=host)).one() == (value_of(7),)
            assert [host.connections_lost for host in session.stats().hosts] == [1, 1, 1]
