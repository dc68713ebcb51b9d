"""When a pool tries again, and that a cluster which comes back is not stormed; in virtual time."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator

import pytest
from tests.plugins.canary import value_of
from tests.scripted.in_memory import in_memory
from tests.scripted.scripted_sessions import SELECT, one_node, prime_table

import aiocql
from aiocql import EventKind
from aiocql.testing import Opcode, Ready, ReceivedRequest, ScriptedServer


class Own:
    """A user's policy: what is used up is repeated."""

    def schedule(self) -> Iterator[float]:
        yield from (0.5, 2.0)


POLICIES = {
    "exponential": (
        aiocql.ExponentialReconnectionPolicy(jitter=0),
        [0, 1, 3, 7, 15, 31, 63, 123, 183],
    ),
    "shorter": (aiocql.ExponentialReconnectionPolicy(0.5, 2, jitter=0), [0, 0.5, 1.5, 3.5, 5.5]),
    "constant": (aiocql.ConstantReconnectionPolicy(5), [5, 10, 15, 20]),
    "own": (Own(), [0.5, 2.5, 4.5, 6.5]),
}


@pytest.mark.parametrize("name", POLICIES)
@in_memory
async def test_the_schedule(name: str) -> None:
    policy, expected = POLICIES[name]
    loop = asyncio.get_running_loop()
    tried: list[float] = []
    async with one_node(reconnection=policy) as (server, session):
        session.listen(
            lambda event: tried.append(event.time) if event.kind is EventKind.CONNECT_FAILED else None
        )
        await server.stop()
        start = loop.time()
        await asyncio.sleep(expected[-1] + 0.4)
        assert [round(when - start, 1) for when in tried] == expected
        host = session.stats().hosts[0]
        assert (host.connections_lost, host.connect_failures) == (1, len(expected))
        assert host.is_reconnecting
        await server.start()
        await server.until(lambda: session.hosts[0].is_up)
        assert not session.stats().hosts[0].is_reconnecting


@in_memory
async def test_the_default_is_spread() -> None:
    loop = asyncio.get_running_loop()
    tried: list[float] = []
    async with one_node() as (server, session):
        session.listen(
            lambda event: tried.append(event.time) if event.kind is EventKind.CONNECT_FAILED else None
        )
        await server.stop()
        start = loop.time()
        await asyncio.sleep(40)
        for when, planned in zip(tried, (0, 1, 3, 7, 15, 31), strict=True):
            assert when - start == pytest.approx(planned, rel=0.16, abs=0.01)
        await server.start()


@in_memory
async def test_the_load_balancer_is_told_of_loss_and_return() -> None:
    seen: list[bool] = []

    class Watching:
        def plan(self, snapshot: aiocql.session.session.ClusterSnapshot, _: object) -> list[aiocql.Host]:
            seen.append(snapshot.hosts[0].is_up)
            return list(snapshot.hosts)

    async with one_node(load_balancing=Watching()) as (server, session):
        told = []
        session.listen(lambda event: told.append(event.kind))
        await session.execute(SELECT, [1])
        await server.stop()
        await asyncio.sleep(0.1)
        with pytest.raises(aiocql.NoHostAvailable):
            await session.execute(SELECT, [1])
        await server.start()
        await server.until(lambda: session.hosts[0].is_up)
        await session.execute(SELECT, [1])
        assert (seen[0], False in seen, seen[-1]) == (True, True, True)
        assert told.index(EventKind.HOST_DOWN) < told.index(EventKind.HOST_UP)


@pytest.mark.fault(35, 57)
@in_memory
async def test_a_server_that_comes_back_is_asked_by_one_connection_of_each_pool_first() -> None:
    """Thirty clients with four connections each: their probes come spread, and the rest only after these."""
    clients, core = 30, 4
    options = {"pool": aiocql.PoolOptions(core_local=core)}
    async with ScriptedServer() as server, contextlib.AsyncExitStack() as stack:
        prime_table(server)
        sessions = [
            await stack.enter_async_context(aiocql.connect(server.address, port=server.port, **options))
            for _ in range(clients)
        ]
        for session in sessions:
            await session.warm_up()
        assert len(server.connections) == clients * (core + 1)
        await server.stop()
        await asyncio.sleep(20)
        seen: list[tuple[float, int]] = []

        def is_startup(request: ReceivedRequest) -> bool:
            return request.opcode is Opcode.STARTUP and _note(server, seen)

        # Each handshake takes long: meanwhile nobody but a probe and a control connection may come.
        server.prime(is_startup, Ready(delay=4.0))
        await server.start()
        await server.until(lambda: bool(seen))
        start = seen[0][0]
        await asyncio.sleep(3.9)
        assert len(server.connections) <= 2 * clients
        await asyncio.sleep(120)
        assert len(server.connections) == clients * (core + 1)
        arrivals = [when - start for when, _ in seen]
        assert max(arrivals) - min(arrivals) > 1
        busiest = max(sum(at <= other < at + 0.01 for other in arrivals if other < 20) for at in arrivals)
        assert busiest < clients
        for session in sessions:
            assert (await session.execute(SELECT, [1])).one() == (value_of(1),)


def _note(server: ScriptedServer, seen: list[tuple[float, int]]) -> bool:
    seen.append((asyncio.get_running_loop().time(), len(server.connections)))
    return True
