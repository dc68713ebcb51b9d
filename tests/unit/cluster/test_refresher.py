"""Readings of the cluster, and how waiting for one ends."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from aiocql.cluster.debounce import Changes
from aiocql.cluster.refresher import Refresher
from aiocql.errors import ConnectFailed, SessionClosed


def refresher(work: Callable[[Changes], Awaitable[None]]) -> Refresher:
    return Refresher(asyncio.get_running_loop(), work, interval=None)


async def nothing(changes: Changes) -> None:
    pass


async def never(changes: Changes) -> None:
    await asyncio.get_running_loop().create_future()


async def test_what_is_asked_for_meanwhile_is_one_reading() -> None:
    readings: list[Changes] = []
    go_on = asyncio.Event()

    async def work(changes: Changes) -> None:
        readings.append(changes)
        await go_on.wait()

    reading = refresher(work)
    tasks = [asyncio.create_task(reading.read(topology=True))]
    await asyncio.sleep(0)
    tasks += [asyncio.create_task(reading.read(keyspaces=[name])) for name in ("a", "b")]
    await asyncio.sleep(0)
    go_on.set()
    await asyncio.gather(*tasks)
    assert [(each.topology, each.keyspaces) for each in readings] == [(True, set()), (False, {"a", "b"})]


async def test_it_raises_what_hinders_it() -> None:
    async def work(changes: Changes) -> None:
        raise ConnectFailed("no control connection")

    with pytest.raises(ConnectFailed):
        await refresher(work).read(topology=True)


async def test_a_reading_after_the_end_is_refused() -> None:
    reading = refresher(nothing)
    await reading.close()
    with pytest.raises(SessionClosed):
        async with asyncio.timeout(5):
            await reading.read(topology=True)


async def test_who_waits_at_the_end_is_told_whether_it_began_or_not() -> None:
    reading = refresher(never)
    first = asyncio.create_task(reading.read(topology=True))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    second = asyncio.create_task(reading.read(all_keyspaces=True))
    await asyncio.sleep(0)
    await reading.close()
    for task in (first, second):
        with pytest.raises(SessionClosed):
            async with asyncio.timeout(5):
                await task


async def test_an_end_before_the_first_step_leaves_nothing() -> None:
    reading = refresher(never)
    reading.request_topology_refresh()
    # In the same turn: the task is cancelled before it runs a line.
    await reading.close()
    async with asyncio.timeout(5):
        await reading.idle()
