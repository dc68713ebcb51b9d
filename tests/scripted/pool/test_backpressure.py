"""Both sides of backpressure: an application that does not take what came, and a peer that does not read."""

from __future__ import annotations

import asyncio
import tracemalloc

import pytest
from tests import internals
from tests.scripted.in_memory import in_memory
from tests.scripted.pool.held import answers, ask, held_node

import aiocql
from aiocql import EventKind
from aiocql.testing import Rows, ScriptedServer

BIG = "SELECT big FROM t"
PAGES = "SELECT k FROM pages"


@in_memory
async def test_a_connection_that_we_paused_takes_no_new_requests_and_goes_on_by_itself() -> None:
    """The first answer is more than the budget: until its task has run, the other request waits."""
    async with held_node(read_budget=1000, max_local=1) as (server, session):
        server.prime(BIG, Rows([("v", "text")], [("x" * 50_000,)]))
        paused_with: list[int] = []

        def heard(event: aiocql.ClusterEvent) -> None:
            if event.kind is EventKind.READ_BUFFER_FULL and event.active and not paused_with:
                tasks.append(ask(session, 7))
                asyncio.get_running_loop().call_soon(look)

        def look() -> None:
            only = session.stats().hosts[0].connections[0]
            if not only.is_reading:
                paused_with.append(only.requests)

        tasks: list[asyncio.Task[aiocql.Result[object]]] = []
        session.listen(heard)
        assert len((await session.execute(BIG)).one().v) == 50_000
        assert await answers(server, tasks[:1]) == [7]
        host = session.stats().hosts[0]
        assert host.connections[0].read_pauses > 0
        assert host.connections[0].is_reading
        assert (host.connections_opened, session.stats().waiting) == (1, 0)


@in_memory
async def test_a_pause_opens_no_connection() -> None:
    """A pool grows when its connections are at the high mark, not when one of them pauses."""
    async with held_node(read_budget=1000, max_local=8) as (server, session):
        server.prime(BIG, Rows([("v", "text")], [("x" * 50_000,)]))
        started: list[asyncio.Task[aiocql.Result[object]]] = []
        session.listen(lambda event: started.append(ask(session, 1)))
        await asyncio.gather(*(session.execute(BIG) for _ in range(5)))
        assert started
        await answers(server, started)
        assert session.stats().hosts[0].connections_opened == 1


@in_memory
async def test_a_peer_that_stops_reading_gets_no_new_requests_until_it_reads_again() -> None:
    async with held_node(max_local=1) as (server, session):
        server.pause_reading()
        insert = "x" * 30_000
        server.prime(lambda request: (request.query or "").startswith("INSERT"), Rows([], []))
        tasks = [asyncio.create_task(session.execute(f"INSERT '{insert}'")) for _ in range(20)]
        await asyncio.sleep(0.1)
        only = session.stats().hosts[0].connections[0]
        assert not only.is_writable
        waiting = session.stats().waiting
        late = asyncio.create_task(session.execute("INSERT late"))
        await asyncio.sleep(0.1)
        assert session.stats().waiting == waiting + 1
        assert session.stats().hosts[0].connections[0].requests == only.requests
        server.resume_reading()
        await asyncio.gather(*tasks, late)
        assert session.stats().hosts[0].connections[0].is_writable
        assert session.stats().waiting == 0


@in_memory
async def test_executing_inside_the_body_of_a_stream_never_waits_on_itself() -> None:
    """One connection that takes one request at a time, answers above the budget, a prefetched page on its way."""
    async with held_node(
        {"page_size": 2, "request_timeout": 60.0}, max_local=1, max_requests_per_connection=2, read_budget=10
    ) as (server, session):
        server.prime(PAGES, columns=[("k", "int")], rows=[(k,) for k in range(20)])
        server.prime("SELECT v FROM other", columns=[("v", "int")], rows=[(1,)])
        seen = []
        async for row in session.stream(PAGES):
            assert (await session.execute("SELECT v FROM other")).one() == (1,)
            seen.append(row.k)
        assert seen == list(range(20))


@pytest.mark.fault(19)
@in_memory
async def test_memory_stays_bounded_with_a_consumer_that_never_reads() -> None:
    """Streams of which one row was taken: what they hold is the page they have and the page after it."""
    page = 200_000
    async with held_node({"page_size": 1}, read_budget=page) as (server, session):
        server.keep_requests = False
        server.prime(PAGES, columns=[("v", "text")], rows=[("x" * page,) for _ in range(50)])
        streams = [session.stream(PAGES) for _ in range(3)]
        tracemalloc.start()
        try:
            for stream in streams:
                await anext(aiter(stream))
            await asyncio.sleep(1)
            held, _ = tracemalloc.get_traced_memory()
            await asyncio.sleep(600)
            later, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        # Page and prefetched page of each, and the connection's buffers; not 50 pages of each.
        assert held < 3 * 2 * page + 2_000_000
        assert later < held + 200_000
        assert session.stats().in_flight == 0
        for stream in streams:
            await stream.aclose()


@pytest.mark.fault(19)
@in_memory
async def test_the_read_buffer_grows_for_a_large_answer_and_shrinks_again() -> None:
    async with held_node() as (server, session):
        server.prime(BIG, Rows([("v", "blob")], [(b"x" * 3_000_000,)]))

        def size() -> int:
            return session.stats().hosts[0].connections[0].read_buffer

        largest = 0

        def look(loop: asyncio.AbstractEventLoop) -> None:
            nonlocal largest
            largest = max(largest, size())
            timer[0] = loop.call_soon(look, loop)

        loop = asyncio.get_running_loop()
        timer = [loop.call_soon(look, loop)]
        assert size() == 65536
        assert len((await session.execute(BIG)).one().v) == 3_000_000
        largest = max(largest, size())
        timer[0].cancel()
        assert largest > 65536
        await answers(server, [ask(session, 1)])
        assert size() == 65536


@in_memory
async def test_what_pages_need_is_kept_from_one_to_the_next() -> None:
    """Memory for reading, and in v5 for putting a page's segments together: until an answer comes that needs less."""
    async with held_node({"protocol_version": 5}) as (server, session):
        server.prime(BIG, Rows([("v", "blob")], [(b"x" * 100_000,)] * 5))

        def size() -> int:
            return session.stats().hosts[0].connections[0].read_buffer

        sizes = []
        for _ in range(3):
            assert [len(row.v) for row in (await session.execute(BIG)).rows] == [100_000] * 5
            sizes.append(size())
        assert sizes[0] > 65536 + 500_000
        assert max(sizes) < 2_000_000
        assert sizes[1] == sizes[2]
        await answers(server, [ask(session, 1)])
        assert size() == 65536


@in_memory
async def test_small_writes_of_one_turn_of_the_loop_are_one_write() -> None:
    async with held_node() as (server, session):
        before = session.stats().hosts[0]
        tasks = [ask(session, key) for key in range(100)]
        await server.until(lambda: len(server.held) == 100)
        after = session.stats().hosts[0]
        assert after.requests - before.requests == 100
        assert after.writes - before.writes == 1
        await answers(server, tasks)


@pytest.mark.parametrize("budget", [0, -1, 1.5])
def test_nonsense_budgets_are_refused(budget: float) -> None:
    with pytest.raises(aiocql.ConfigurationError, match="read_budget"):
        aiocql.PoolOptions(read_budget=budget)  # type: ignore[arg-type]


@pytest.mark.fault(46)
async def test_sockets_do_not_wait_for_more_to_send() -> None:
    """TCP_NODELAY, SO_KEEPALIVE, TCP_USER_TIMEOUT, on a real socket."""
    import socket

    async with ScriptedServer() as server, aiocql.connect((server.address, server.port)) as session:
        transport = internals.pools(session)[session.hosts[0]].connections[0].transport
        assert transport is not None
        sock = transport.get_extra_info("socket")
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 40_000
