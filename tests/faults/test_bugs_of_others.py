"""Serious bugs that other drivers had (rows 36 and above), where no test elsewhere shows their absence."""

from __future__ import annotations

import ast
import asyncio
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from tests.plugins.canary import PASSWORD, VALUE, value_of
from tests.scripted.in_memory import in_memory
from tests.scripted.manners import manner
from tests.scripted.scripted_sessions import INSERT, SELECT, one_node, prime_select, prime_table, three_nodes

import aiocql
from aiocql.testing import BlackHole, FaultProxy, Opcode, ScriptedServer, Stall, plain_text

LARGE = "x" * 50_000
PACKAGE = Path(aiocql.__file__).parent


async def serves(session: aiocql.Session, keys: range) -> None:
    """All answers are right, and nothing is left of what was before."""
    results = await asyncio.gather(*(session.execute(SELECT, [k]) for k in keys))
    assert [result.one() for result in results] == [(value_of(k),) for k in keys]
    stats = session.stats()
    assert (stats.in_flight, stats.waiting) == (0, 0)


@pytest.mark.fault(37)
@pytest.mark.parametrize("version", [3, 4, 5])
@in_memory
async def test_an_answer_that_comes_twice_is_nobodys_the_second_time(version: int) -> None:
    """The second one frees no id again: what another driver did, and two requests shared one."""
    async with one_node(protocol_version=version) as (server, session):
        await serves(session, range(5))
        prime_select(server, copies=2, times=1)
        outcomes = await asyncio.gather(
            *(session.execute(SELECT, [k]) for k in range(50)), return_exceptions=True
        )
        for k, outcome in enumerate(outcomes):
            if isinstance(outcome, BaseException):
                assert isinstance(outcome, aiocql.Error), outcome
            else:
                assert outcome.one() == (value_of(k),)
        await asyncio.sleep(5)
        await serves(session, range(200))


@pytest.mark.fault(37, 60)
@pytest.mark.parametrize("version", [3, 4, 5])
@in_memory
async def test_a_login_uses_no_id_that_a_request_has(version: int) -> None:
    """Requests are many while further connections log in, each with a challenge and a response."""
    pool = aiocql.PoolOptions(core_local=1, max_local=6, max_requests_per_connection=8)
    async with ScriptedServer(max_version=version, auth=plain_text({"someone": PASSWORD})) as server:
        prime_table(server)
        async with aiocql.connect(
            server.address,
            port=server.port,
            protocol_version=version,
            auth=("someone", PASSWORD),
            pool=pool,
        ) as session:
            await serves(session, range(1000))
            assert server.count(Opcode.AUTH_RESPONSE) > 2
        assert server.violations == []


@pytest.mark.fault(47)
@pytest.mark.parametrize("heartbeat_timeout", [1.0, 2.0, 2.5])
@in_memory
async def test_heartbeats_that_drop_every_connection_while_requests_time_out(
    heartbeat_timeout: float,
) -> None:
    """At the same moment, a little before and a little after it; both take their requests from the same table."""
    async with ScriptedServer() as server, FaultProxy(server.address, server.port) as proxy:
        server.node.port = proxy.port
        prime_table(server)
        async with aiocql.connect(
            proxy.address,
            port=proxy.port,
            request_timeout=12.0,
            heartbeat_interval=10.0,
            heartbeat_timeout=heartbeat_timeout,
            pool=aiocql.PoolOptions(core_local=4, max_local=4, selection="round_robin"),
        ) as session:
            await session.warm_up()
            await serves(session, range(8))
            hole = proxy.add(BlackHole(), "both")
            tasks = [asyncio.create_task(session.execute(SELECT, [k])) for k in range(100)]
            outcomes = await asyncio.gather(*tasks, return_exceptions=True)
            assert all(isinstance(outcome, aiocql.Error) for outcome in outcomes), outcomes
            proxy.remove(hole)
            proxy.reset_all()
            await server.until(lambda: session.hosts[0].is_up)
            await asyncio.sleep(70)
            await serves(session, range(100))


@pytest.mark.fault(48)
@pytest.mark.parametrize("end", ["cut_all", "reset_all"])
@in_memory
async def test_writing_over_tls_that_waits_ends_with_its_connection(end: str, tmp_path: Path) -> None:
    """What waits until the server reads again is told when it never will."""
    how = manner(5, None, tmp_path)
    async with (
        ScriptedServer(ssl=how.server) as server,
        FaultProxy(server.address, server.port) as proxy,
    ):
        server.node.port = proxy.port
        prime_table(server)
        pool = aiocql.PoolOptions(core_local=1, max_local=1, max_requests_per_connection=64)
        async with aiocql.connect(
            proxy.address, port=proxy.port, ssl=how.client, pool=pool, heartbeat_interval=None
        ) as session:
            await session.execute(INSERT, [0, VALUE])
            stall = proxy.add(Stall(), "to_server")
            tasks = [
                asyncio.create_task(session.execute(INSERT, [k, LARGE], timeout=None)) for k in range(100)
            ]
            await asyncio.sleep(1)
            assert not session.stats().hosts[0].connections[0].is_writable
            assert session.stats().waiting > 0
            proxy.remove(stall)
            getattr(proxy, end)()
            async with asyncio.timeout(300):
                outcomes = await asyncio.gather(*tasks, return_exceptions=True)
            assert all(isinstance(each, aiocql.Error | aiocql.Result) for each in outcomes), outcomes
            await server.until(lambda: session.hosts[0].is_up)
            await serves(session, range(20))


@pytest.mark.fault(50)
@pytest.mark.timeout(600)  # seconds of computing; many more where others compute as well
@in_memory
async def test_a_restart_at_any_moment_of_reconnecting_is_followed_by_a_connection() -> None:
    """Down and up twice, a hundred times, with pauses of any length between: the host is never given up."""
    async with three_nodes() as (cluster, session):
        loop = asyncio.get_running_loop()
        for step in range(100):
            index = step % 3
            await cluster.stop_node(index)
            await asyncio.sleep(0.013 * (step % 17))
            await cluster.start_node(index)
            await asyncio.sleep(0.007 * (step % 29))
            await cluster.stop_node(index)
            await asyncio.sleep(0.031 * (step % 11))
            await cluster.start_node(index)
            begun = loop.time()
            async with asyncio.timeout(90):
                while not all(host.is_up for host in session.hosts):  # noqa: ASYNC110  # in virtual time
                    await asyncio.sleep(0.05)
            assert loop.time() - begun <= 61, "no longer than the longest wait of the policy, and a second"
        await serves(session, range(100))


async def value_of_another_type(session: aiocql.Session) -> None:
    await session.execute(SELECT, ["no number"])


async def too_many_values(session: aiocql.Session) -> None:
    await session.execute(SELECT, [1, 2])


async def rows_that_do_not_fit(session: aiocql.Session) -> None:
    def item(w: str) -> str:
        return w

    await session.execute(SELECT, [1], into=item)


async def a_batch_of_the_same(session: aiocql.Session) -> None:
    await session.batch([(INSERT, (1, VALUE)), (INSERT, ("no number", VALUE))])


async def a_statement_that_is_none(session: aiocql.Session) -> None:
    await session.execute("NO SUCH STATEMENT")


@pytest.mark.fault(52)
@pytest.mark.parametrize(
    "fails",
    [
        value_of_another_type,
        too_many_values,
        rows_that_do_not_fit,
        a_batch_of_the_same,
        a_statement_that_is_none,
    ],
)
@in_memory
async def test_what_fails_before_it_is_sent_takes_no_place(
    fails: Callable[[aiocql.Session], Awaitable[None]],
) -> None:
    """A hundred failures where two requests have room: on the connection, in its queue, in the session's limit."""
    pool = aiocql.PoolOptions(core_local=1, max_local=1, max_requests_per_connection=2, max_queue=2)
    async with one_node(pool=pool, max_concurrent_requests=2) as (server, session):
        await serves(session, range(2))
        for _ in range(100):
            with pytest.raises(aiocql.Error):
                await fails(session)
        await serves(session, range(2))
        [limit] = session.stats().throttles
        assert (limit.active, limit.waiting) == (0, 0)
        assert server.connection_count == 2


@pytest.mark.fault(48)
@in_memory
async def test_a_tls_handshake_of_garbage_ends_and_leaves_nothing(tmp_path: Path) -> None:
    """A peer that answers the handshake with anything but TLS."""
    how = manner(5, None, tmp_path)
    assert isinstance(how.client, ssl.SSLContext)
    loop = asyncio.get_running_loop()

    class Garbage(asyncio.Protocol):
        def connection_made(self, transport: Any) -> None:
            transport.write(bytes(range(256)) * 8)

    listener = await loop.create_server(Garbage, "127.0.0.1", 9042)
    with pytest.raises(aiocql.NoHostAvailable):
        await aiocql.connect("127.0.0.1", ssl=how.client)
    listener.close()


def waits(source: str) -> set[str]:
    """The names of asyncio in a module that have lost wake-ups or cancellations."""
    distrusted = {"Semaphore", "BoundedSemaphore", "Lock", "Condition", "wait_for", "Queue"}
    return distrusted & {
        node.attr
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "asyncio"
    }


@pytest.mark.fault(62)
def test_nothing_between_a_request_and_its_answer_waits_by_what_asyncio_got_wrong() -> None:
    assert waits("async def f(): await asyncio.wait_for(g(), 1)") == {"wait_for"}
    modules = [
        path
        for layer in ("connection", "pool", "cluster", "execution", "results", "session")
        for path in sorted((PACKAGE / layer).glob("*.py"))
    ]
    assert len(modules) > 50
    # No request waits by these: attempts to connect do, and the task that restores a keyspace.
    allowed = {"host_pools.py": {"Semaphore"}, "keyspace_restorer.py": {"Lock"}}
    assert {path.name: found for path in modules if (found := waits(path.read_text()))} == allowed
    for compiled in sorted((PACKAGE / "execution").glob("*.pyx")) + sorted((PACKAGE / "pool").glob("*.pyx")):
        assert "wait_for" not in compiled.read_text()
