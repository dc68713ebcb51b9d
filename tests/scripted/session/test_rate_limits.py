"""Limits of requests: on a view of the session and on all of it, with cancellation, timeouts and full queues."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

import pytest
from tests import internals
from tests.plugins.canary import value_of
from tests.scripted.in_memory import in_memory
from tests.scripted.scripted_sessions import INSERT, SELECT, one_node

import aiocql
from aiocql.testing import ScriptedServer


def slow(server: ScriptedServer, seconds: float = 1.0) -> None:
    """Has the server take its time."""
    server.prime(
        SELECT, bind=[("k", "int")], partition_key=[0], columns=[("v", "text")], rows=[("x",)], delay=seconds
    )


async def settled(session: Any) -> None:
    for _ in range(20):
        await asyncio.sleep(0)


@in_memory
async def test_no_more_than_so_many_are_on_the_wire() -> None:
    async with one_node() as (server, session):
        slow(server)
        limited = session.rate_limited(max_concurrent=3)
        await limited.prepare(SELECT)
        tasks = [asyncio.ensure_future(limited.execute(SELECT, [i])) for i in range(10)]
        most = 0
        while not all(task.done() for task in tasks):
            most = max(most, session.stats().in_flight)
            await asyncio.sleep(0.1)
        await asyncio.gather(*tasks)
        assert most == 3
        limits = limited.limits
        assert (limits.admitted, limits.delayed, limits.active, limits.waiting) == (10, 7, 0, 0)
        assert limits.peak_waiting == 7
        assert limits.wait_seconds > 0
        assert session.stats().throttles == (limits,)


@in_memory
async def test_requests_a_second() -> None:
    async with one_node() as (_, session):
        limited = session.rate_limited(requests_per_second=10, burst=1)
        await limited.prepare(SELECT)
        begun = internals.loop(session).time()
        await asyncio.gather(*(limited.execute(SELECT, [i]) for i in range(21)))
        assert internals.loop(session).time() - begun == pytest.approx(2.0, abs=0.05)


@pytest.mark.fault(53)
@in_memory
async def test_the_line_is_served_in_order_whatever_is_cancelled_in_it() -> None:
    async with one_node() as (server, session):
        slow(server)
        limited = session.rate_limited(max_concurrent=1)
        await limited.prepare(SELECT)
        tasks = [asyncio.ensure_future(limited.execute(SELECT, [i])) for i in range(6)]
        await settled(session)
        for i in (1, 3):
            tasks[i].cancel()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        assert [isinstance(each, asyncio.CancelledError) for each in outcomes] == [
            i in (1, 3) for i in range(6)
        ]
        executed = [
            request.bound["k"] for request in server.requests if request.query == SELECT and request.bound
        ]
        assert executed == [0, 2, 4, 5]
        assert (limited.limits.active, limited.limits.waiting) == (0, 0)


@pytest.mark.fault(53)
@in_memory
async def test_a_cancelled_request_gives_its_permit_back() -> None:
    async with one_node() as (server, session):
        slow(server)
        limited = session.rate_limited(max_concurrent=1)
        await limited.prepare(SELECT)
        first = asyncio.ensure_future(limited.execute(SELECT, [1]))
        second = asyncio.ensure_future(limited.execute(SELECT, [2]))
        await settled(session)
        first.cancel()
        assert (await second).one().v == "x"
        assert limited.limits.active == 0
        application = session.stats().application
        assert (application.started, application.completed, application.cancelled) == (2, 1, 1)


@in_memory
async def test_a_request_that_waits_too_long_times_out_in_the_line() -> None:
    async with one_node() as (server, session):
        slow(server, seconds=5.0)
        limited = session.rate_limited(max_concurrent=1)
        await limited.prepare(SELECT)
        first = asyncio.ensure_future(limited.execute(SELECT, [1]))
        await settled(session)
        with pytest.raises(aiocql.OperationTimedOut, match="not sent"):
            await limited.execute(SELECT, [2], timeout=0.5)
        assert limited.limits.waiting == 0
        await first
        assert limited.limits.active == 0


@in_memory
async def test_a_full_line_refuses_at_once() -> None:
    async with one_node() as (server, session):
        slow(server)
        limited = session.rate_limited(max_concurrent=1, max_queue=1)
        await limited.prepare(SELECT)
        tasks = [asyncio.ensure_future(limited.execute(SELECT, [i])) for i in range(2)]
        await settled(session)
        with pytest.raises(
            aiocql.RequestThrottled, match="limit of 1 at once is reached and 1 requests wait"
        ):
            await limited.execute(SELECT, [3])
        await asyncio.gather(*tasks)
        assert limited.limits.refused == 1
        assert session.stats().application.errors == {"RequestThrottled": 1}


@in_memory
async def test_the_whole_session_is_throttled_by_options_of_connect() -> None:
    async with one_node(max_concurrent_requests=2, max_requests_per_second=1000) as (server, session):
        slow(server)
        await session.prepare(SELECT)
        limited = session.rate_limited(max_concurrent=5)
        tasks = [
            asyncio.ensure_future(each.execute(SELECT, [1])) for each in (session, limited) for _ in range(5)
        ]
        most = 0
        while not all(task.done() for task in tasks):
            most = max(most, session.stats().in_flight)
            await asyncio.sleep(0.1)
        await asyncio.gather(*tasks)
        assert most == 2
        found = session.stats().throttles
        assert [(each.name, each.admitted) for each in found] == [("session", 10), ("view 1", 5)]
        assert all(each.active == 0 for each in session.stats().throttles)


@in_memory
async def test_everything_that_a_session_does_with_statements_is_limited() -> None:
    async with one_node() as (_, session):
        limited = session.rate_limited(max_concurrent=1)
        assert (await limited.execute(SELECT, [1])).one().v == value_of(1)
        assert [row.v async for row in limited.stream(SELECT, [2])] == [value_of(2)]
        await limited.batch([(INSERT, (1, "a"))])
        assert len(await limited.execute_concurrent(SELECT, [[i] for i in range(4)])) == 4
        assert limited.limits.admitted == 7
        assert limited.hosts == session.hosts
        assert limited.metadata is session.metadata


@pytest.mark.fault(52)
@in_memory
async def test_a_request_that_fails_gives_its_permit_back() -> None:
    async with one_node() as (_, session):
        limited = session.rate_limited(max_concurrent=1)
        await limited.prepare(SELECT)
        for _ in range(3):
            with pytest.raises(aiocql.Error):
                await limited.execute("NO SUCH STATEMENT")
            with pytest.raises(aiocql.EncodeError):
                await limited.execute(SELECT, ["no number"])
        assert limited.limits.active == 0
        await limited.execute(SELECT, [1])


@in_memory
async def test_those_that_wait_when_the_session_closes_fail() -> None:
    async with one_node() as (server, session):
        slow(server, seconds=60.0)
        limited = session.rate_limited(max_concurrent=1)
        await limited.prepare(SELECT)
        tasks = [asyncio.ensure_future(limited.execute(SELECT, [i], timeout=None)) for i in range(3)]
        await settled(session)
        await session.close(drain_timeout=0.1)
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        assert [type(each) for each in outcomes] == [aiocql.SessionClosed] * 3


@in_memory
async def test_a_view_of_a_view_passes_both_limits() -> None:
    async with one_node() as (server, session):
        slow(server)
        narrow = session.rate_limited(max_concurrent=1, name="narrow")
        inner = narrow.rate_limited(max_concurrent=5, name="inner")
        await session.prepare(SELECT)
        tasks = [asyncio.ensure_future(inner.execute(SELECT, [i])) for i in range(4)]
        await settled(session)
        assert session.stats().in_flight == 1
        assert (narrow.limits.waiting, inner.limits.active) == (3, 4)
        await asyncio.gather(*tasks)
        assert [(each.name, each.admitted) for each in session.stats().throttles] == [
            ("narrow", 4),
            ("inner", 4),
        ]
        assert all(each.active == 0 for each in session.stats().throttles)


@in_memory
async def test_a_limit_of_the_session_holds_for_views_that_were_made_before() -> None:
    async with one_node() as (server, session):
        slow(server)
        view = session.rate_limited(max_concurrent=5)
        await session.prepare(SELECT)
        for most in (2, 3):
            session.throttle(most, None, 100)
            tasks = [asyncio.ensure_future(view.execute(SELECT, [i])) for i in range(4)]
            await settled(session)
            assert session.stats().in_flight == most
            await asyncio.gather(*tasks)
        session.throttle(None, None, 100)
        tasks = [asyncio.ensure_future(view.execute(SELECT, [i])) for i in range(4)]
        await settled(session)
        assert session.stats().in_flight == 4
        await asyncio.gather(*tasks)


@in_memory
async def test_what_views_have_counted_outlives_them() -> None:
    async with one_node(max_concurrent_requests=10) as (_, session):
        for i in range(4):
            view = session.rate_limited(max_concurrent=3)
            await view.execute(SELECT, [i])
            del view
            gc.collect()
            [own, views] = session.stats().throttle_totals
            assert (own.scope, views.scope) == ("session", "views")
            assert own.admitted == views.admitted == i + 1
            assert views.active == 0
        assert [each.name for each in session.stats().throttles] == ["session"]
        kept = [session.rate_limited(max_concurrent=3) for _ in range(3)]
        names = [each.name for each in session.stats().throttles]
        assert names == ["session", "view 5", "view 6", "view 7"]
        assert session.stats().throttle_totals[1].admitted == 4
        assert len(internals.services(session).throttlers._now[1]) == 1 + len(kept)
