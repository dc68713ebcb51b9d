"""The virtual-time loop: time that jumps, order that stays, and what shows when something is stuck or left."""

from __future__ import annotations

import asyncio
import itertools
import socket

import pytest

from aiocql.testing import LeftBehind, LoopStuck, MemoryLoop, VirtualTimeLoop, run_virtual


def test_hours_pass_in_order() -> None:
    async def main() -> list[str]:
        seen = []

        async def wake(after: float) -> None:
            await asyncio.sleep(after)
            seen.append(f"{after:g} at {asyncio.get_running_loop().time():g}")

        await asyncio.gather(*(wake(after) for after in (7200, 1, 3600.5)))
        return seen

    assert run_virtual(main) == ["1 at 1", "3600.5 at 3600.5", "7200 at 7200"]


def test_timeouts_and_many_cancelled_timers() -> None:
    async def main() -> float:
        loop = asyncio.get_running_loop()
        for _ in range(1000):
            loop.call_later(5, pytest.fail).cancel()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(10):
                await loop.create_future()
        return loop.time()

    assert run_virtual(main) == 10


def test_same_order_as_asyncio() -> None:
    async def main() -> list[int]:
        loop, seen = asyncio.get_running_loop(), []

        async def step(n: int) -> None:
            for turn in range(3):
                seen.append(10 * turn + n)
                await asyncio.sleep(0)

        loop.call_soon(seen.append, -1)
        await asyncio.gather(*(step(n) for n in range(4)))
        return seen

    assert run_virtual(main) == asyncio.run(main())


def test_stuck_loop_says_who_waits() -> None:
    async def waits_for_nothing() -> None:
        await asyncio.get_running_loop().create_future()

    with pytest.raises(LoopStuck, match="waits_for_nothing"):
        run_virtual(waits_for_nothing)


def test_timers_without_end_are_stopped() -> None:
    async def beats_for_ever() -> None:
        for _ in itertools.count():
            await asyncio.sleep(30)

    with pytest.raises(LoopStuck, match=r"not done after 1000 virtual seconds(?s:.)*beats_for_ever"):
        run_virtual(beats_for_ever, loop_factory=lambda: VirtualTimeLoop(time_limit=1000))


def test_threads_are_waited_for_while_time_stands_still() -> None:
    async def main() -> float:
        loop = asyncio.get_running_loop()
        late = loop.call_later(1, pytest.fail)
        left, right = socket.socketpair()
        with left, right:
            reading = asyncio.create_task(asyncio.to_thread(right.recv, 1))
            await asyncio.to_thread(left.send, b"x")
            assert await reading == b"x"
        late.cancel()
        return loop.time()

    assert run_virtual(main) == 0


def test_left_tasks_and_unseen_errors_are_found() -> None:
    async def leaves_a_task() -> None:
        tasks.append(asyncio.create_task(asyncio.sleep(100, "forgotten")))

    async def leaves_an_error() -> None:
        asyncio.get_running_loop().call_soon(lambda: 1 / 0)

    tasks: list[asyncio.Task[str]] = []
    with pytest.raises(LeftBehind, match="tasks that still run"):
        run_virtual(leaves_a_task)
    with pytest.raises(LeftBehind, match="ZeroDivisionError"):
        run_virtual(leaves_an_error)


def test_jump_of_the_clock_fires_what_it_passed() -> None:
    async def main() -> float:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualTimeLoop)
        sleeper = asyncio.create_task(asyncio.sleep(10))
        await asyncio.sleep(0)
        loop.jump(100)
        await sleeper
        return loop.time()

    assert run_virtual(main) == 100


def test_names_in_memory() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, MemoryLoop)
        loop.network.names["node"] = ["127.0.0.7", "::7"]
        assert [info[4] for info in await loop.getaddrinfo("node", 1)] == [("127.0.0.7", 1), ("::7", 1)]
        assert [info[4] for info in await loop.getaddrinfo("127.0.0.9", 2)] == [("127.0.0.9", 2)]
        with pytest.raises(socket.gaierror):
            await loop.getaddrinfo("nowhere", 1)

    run_virtual(main, loop_factory=MemoryLoop)
