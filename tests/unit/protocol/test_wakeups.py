"""Those who wait for the answers of one read go on at its end, in one go; nobody is lost, nobody runs twice."""

from __future__ import annotations

import asyncio
import contextvars
import time
from collections.abc import Iterator

import pytest
from tests.unit.protocol.waiters import Wire, envelope, waiting

from aiocql.errors import ProtocolError
from aiocql.protocol.constants import OP_QUERY, OP_RESULT
from aiocql.protocol.request import Request

WRITE_WITHIN = 0.001
"""Seconds after which what was sent is written though others have yet to go on (`protocol/core.pyx`)."""
IDLE_WITHIN = 0.00015
"""The same where the server has nothing else of the connection to do."""
NAME: contextvars.ContextVar[str] = contextvars.ContextVar("NAME")


async def test_all_go_on_before_the_read_ends_in_the_order_of_their_answers() -> None:
    wire, seen = Wire(), list[int]()
    await waiting(wire, 3, seen.append)
    during: list[list[int]] = []
    first, second, third = wire.requests
    wire.core.wake = lambda full: during.append(list(seen))
    fully_delivered = await wire.read(wire.answer(second, first, third))
    assert (seen, fully_delivered, wire.left) == ([1, 0, 2], True, [])


async def three_that_send() -> Wire:
    """After a read with the answers of three requests, each of whose tasks sent another."""
    wire = Wire()

    def send(_: int) -> None:
        wire.core.send(Request(OP_QUERY, b"next", wire.loop.create_future()))

    await waiting(wire, 3, send)
    await wire.read(wire.answer(*wire.requests))
    return wire


async def test_what_they_send_is_written_at_once_together() -> None:
    wire = await three_that_send()
    while wire.took > WRITE_WITHIN:  # the machine had something else to do: then they are not waited for
        wire = await three_that_send()
    assert wire.wakes == [True]
    assert wire.core.output_size == 3 * (9 + 4)


async def test_one_who_is_cancelled_by_another_of_the_same_read_is_cancelled() -> None:
    """As with the loop's own handles: the answer was there, the task had not run yet."""
    wire, seen = Wire(), list[int]()

    def then(number: int) -> None:
        seen.append(number)
        if number == 0:
            tasks[1].cancel()

    tasks = await waiting(wire, 3, then)
    await wire.read(wire.answer(*wire.requests))
    await asyncio.wait(tasks)
    assert seen == [0, 2]
    assert tasks[1].cancelled()
    assert wire.core.in_flight == 0


async def test_within_a_task_it_is_left_to_the_loop() -> None:
    """Its step would be entered within another's."""
    wire, seen = Wire(), list[int]()
    tasks = await waiting(wire, 2, seen.append)
    wire.core.feed(wire.answer(*wire.requests))
    assert seen == []
    await asyncio.wait(tasks)
    assert seen == [0, 1]


async def test_a_read_within_the_step_of_one_of_them_is_left_to_the_loop() -> None:
    """A transport may read on while one of the waiters has its turn."""
    wire, seen = Wire(), list[int]()

    def then(number: int) -> None:
        seen.append(number)
        if number == 0:
            wire.core.feed(wire.answer(wire.requests[3]))
            assert seen == [0]

    tasks = await waiting(wire, 4, then)
    await wire.read(wire.answer(*wire.requests[:3]))
    await asyncio.wait(tasks)
    assert seen == [0, 1, 2, 3]


async def test_where_they_take_long_what_they_sent_is_written_meanwhile() -> None:
    wire = Wire()

    def send_and_work(_: int) -> None:
        wire.core.send(Request(OP_QUERY, b"next", wire.loop.create_future()))
        time.sleep(2 * WRITE_WITHIN)

    await waiting(wire, 3, send_and_work)
    written: list[bytes] = []
    wire.core.wake = lambda full: written.append(wire.core.take_output())
    await wire.read(wire.answer(*wire.requests))
    assert [len(data) for data in written] == [9 + 4] * 3


async def two_that_send_and_work(busy: bool) -> tuple[float, list[int]]:
    """How long the read took, and the sizes of the writes; the server may have another request to work on."""
    wire = Wire()

    def send_and_work(_: int) -> None:
        wire.core.send(Request(OP_QUERY, b"next", wire.loop.create_future()))
        time.sleep(2 * IDLE_WITHIN)

    if busy:
        wire.ask()
    await waiting(wire, 2, send_and_work)
    written: list[int] = []
    wire.core.wake = lambda full: written.append(len(wire.core.take_output()))
    await wire.read(wire.answer(*wire.requests))
    return wire.took, written


@pytest.mark.parametrize(("busy", "expected"), [(False, [13, 13]), (True, [26])], ids=["idle", "busy"])
async def test_a_server_with_nothing_else_to_do_has_it_early(busy: bool, expected: list[int]) -> None:
    took, written = await two_that_send_and_work(busy)
    while took > WRITE_WITHIN:  # the machine had something else to do: then a busy server has it too
        took, written = await two_that_send_and_work(busy)
    assert written == expected


async def test_a_future_with_several_waiters_is_completed_as_usual() -> None:
    wire, seen = Wire(), list[str]()
    request = wire.ask()
    request.future.add_done_callback(lambda _: seen.append("one"))
    request.future.add_done_callback(lambda _: seen.append("two"))
    fully_delivered = await wire.read(wire.answer(request))
    assert (seen, fully_delivered) == (["one", "two"], False)


async def test_each_runs_in_its_own_context() -> None:
    wire, seen = Wire(), list[str]()

    async def wait(request: Request, name: str) -> None:
        NAME.set(name)
        await request.future
        seen.append(NAME.get())

    requests = [wire.ask(), wire.ask()]
    tasks = [asyncio.create_task(wait(r, name)) for r, name in zip(requests, "ab", strict=True)]
    await asyncio.sleep(0)
    await wire.read(wire.answer(*requests))
    await asyncio.wait(tasks)
    assert seen == ["a", "b"]


async def test_a_read_that_fails_leaves_those_whose_answers_came_to_the_loop() -> None:
    wire, seen = Wire(), list[int]()
    tasks = await waiting(wire, 2, seen.append)
    nobody = Request(OP_QUERY, b"", wire.loop.create_future())
    wire.core.send(nobody)
    stream = nobody.stream
    stray = wire.answer(*wire.requests)
    wire.core.feed(wire.answer(nobody))
    twice = envelope(4, stream, OP_RESULT, b"\0\0\0\1")
    with pytest.raises(ProtocolError, match="nobody waits on"):
        await wire.read(stray, twice)
    await asyncio.wait(tasks)
    assert seen == [0, 1]
    assert len(wire.left) == 2


async def test_what_a_callback_raises_is_told_to_the_loop_and_the_others_go_on() -> None:
    wire, seen = Wire(), list[int]()
    bad = wire.ask()

    def fail(_: object) -> None:
        raise ValueError("mine")

    bad.future.add_done_callback(fail)
    await waiting(wire, 1, seen.append)
    await wire.read(wire.answer(bad, *wire.requests))
    assert seen == [0]
    assert [str(context["exception"]) for context in wire.reported] == ["mine"]


@pytest.fixture
def own_loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    yield loop
    loop.close()


@pytest.mark.parametrize(("count", "at"), [(3, 0), (250, 30)], ids=["the-first", "before-all-are-read"])
def test_an_interrupt_ends_the_run_and_the_others_go_on_later(
    own_loop: asyncio.AbstractEventLoop, count: int, at: int
) -> None:
    """Ctrl-C while one of them runs: it leaves the loop, and nobody is forgotten when the loop runs again.

    Of 250 answers, a hundred are read before the first task goes on (`test_turns.py`).
    """
    seen: list[int] = []

    def then(number: int) -> None:
        if number == at:
            raise KeyboardInterrupt
        seen.append(number)

    async def begin() -> tuple[Wire, list[asyncio.Task[None]]]:
        wire = Wire()
        return wire, await waiting(wire, count, then)

    wire, tasks = own_loop.run_until_complete(begin())
    read = own_loop.create_future()
    own_loop.call_soon(wire._read, wire.answer(*wire.requests), read)
    with pytest.raises(KeyboardInterrupt):
        own_loop.run_until_complete(read)
    assert seen == list(range(at))
    own_loop.run_until_complete(asyncio.wait(tasks[:at] + tasks[at + 1 :]))
    assert seen == [*range(at), *range(at + 1, count)]
    with pytest.raises(KeyboardInterrupt):
        tasks[at].result()
