"""A read of many answers is decoded in turns: the tasks of the first hundred go on before the next are read."""

from __future__ import annotations

import asyncio
import gc

import pytest
from tests.unit.protocol.waiters import Wire, envelope, waiting

from aiocql.errors import ConnectionLost, ProtocolError
from aiocql.protocol.constants import OP_QUERY, OP_RESULT
from aiocql.protocol.request import Request
from aiocql.testing.server.segments import encode_segments

TURN = 100
"""Tasks that go on at once (`protocol/wakeups.pyx`)."""


def answered(requests: list[Request]) -> int:
    """How many have their answers."""
    return sum(request.is_done for request in requests)


@pytest.mark.parametrize("version", [4, 5])
async def test_the_first_go_on_before_the_next_are_decoded(version: int) -> None:
    wire, decoded = Wire(version), list[int]()
    await waiting(wire, 350, lambda _: decoded.append(answered(wire.requests)))
    fully_delivered = await wire.read(wire.answer(*wire.requests))
    assert decoded == [100] * 100 + [200] * 100 + [300] * 100 + [350] * 50
    assert (fully_delivered, wire.left, wire.core.in_flight) == (True, [], 0)


@pytest.mark.parametrize("version", [4, 5])
async def test_they_go_on_in_the_order_of_their_answers_wherever_the_read_ends(version: int) -> None:
    wire, seen = Wire(version), list[int]()
    tasks = await waiting(wire, 321, seen.append)
    data = wire.answer(*reversed(wire.requests))
    middle = len(data) * 2 // 3 + 1
    assert not await wire.read(data[:middle])
    assert await wire.read(data[middle:])
    await asyncio.wait(tasks)
    assert seen == list(reversed(range(321)))


async def test_one_segment_is_decoded_as_a_whole() -> None:
    """A server puts into a segment what it flushes at once: some 50 answers. More are no error."""
    wire, decoded = Wire(5), list[int]()
    await waiting(wire, 250, lambda _: decoded.append(answered(wire.requests)))
    plain = b"".join(envelope(5, request.stream, OP_RESULT, b"\0\0\0\1") for request in wire.requests)
    assert await wire.read(encode_segments(plain))
    assert decoded == [250] * 250


async def test_what_each_turn_sends_is_written_before_the_next() -> None:
    wire = Wire()
    await waiting(wire, 200, lambda _: wire.core.send(Request(OP_QUERY, b"", wire.loop.create_future())))
    written: list[tuple[int, int]] = []
    wire.core.wake = lambda full: written.append((answered(wire.requests), len(wire.core.take_output())))
    await wire.read(wire.answer(*wire.requests))
    assert {done for done, _ in written} == {100, 200}
    assert sum(size for _, size in written) == 200 * 9


async def test_a_queue_has_its_places_before_each_turn() -> None:
    """Who waited for room goes before what the tasks of this read send."""
    wire, room = Wire(), list[int]()
    await waiting(wire, 150, lambda _: None)

    class Owner:
        def on_capacity(self) -> None:
            room.append(wire.core.in_flight)

    wire.core.owner, wire.core.notify_at = Owner(), 149
    await wire.read(wire.answer(*wire.requests))
    assert room == [50, 0]


async def test_a_protocol_error_after_the_first_turn_ends_the_read() -> None:
    wire, seen = Wire(), list[int]()
    tasks = await waiting(wire, TURN + 1, seen.append)
    with pytest.raises(ProtocolError, match="nobody waits on"):
        await wire.read(wire.answer(*wire.requests), envelope(4, 999, OP_RESULT, b"\0\0\0\1"))
    await asyncio.wait(tasks)
    assert seen == list(range(TURN + 1))


async def test_what_is_not_read_yet_is_not_answered_where_a_task_ends_the_connection() -> None:
    """It could not be told from what is on its way; everybody hears of it."""
    wire = Wire()

    def end(number: int) -> None:
        if number == 5:
            wire.core.fail_all(lambda maybe_sent: ConnectionLost(f"maybe sent: {maybe_sent}"))

    tasks = await waiting(wire, TURN + 20, end)
    await wire.read(wire.answer(*wire.requests))
    await asyncio.wait(tasks)
    errors = [error for task in tasks if (error := task.exception()) is not None]
    assert [str(error) for error in errors] == ["maybe sent: True"] * 20
    assert wire.core.in_flight == 0


async def test_a_read_within_a_turn_goes_on_where_the_walk_paused() -> None:
    """A transport may read on while one of the waiters has its turn."""
    wire, seen = Wire(), list[int]()

    def then(number: int) -> None:
        seen.append(number)
        if number == 7:
            wire.core.feed(wire.answer(wire.requests[-1]))

    tasks = await waiting(wire, 3 * TURN, then)
    assert not await wire.read(wire.answer(*wire.requests[:-1]))
    await asyncio.wait(tasks)
    assert seen == list(range(3 * TURN))


async def test_so_many_in_flight_do_not_call_the_garbage_collector() -> None:
    """Answers that all were decoded before the first task goes on would, and it looks at all that is in flight."""
    wire, runs = Wire(), list[int]()
    await waiting(wire, 1000, lambda _: None)
    data = b"".join(envelope(4, request.stream, OP_RESULT, b"\0\0\0\1") for request in wire.requests)
    wire.requests.clear()

    def count(phase: str, info: dict[str, int]) -> None:
        runs.append(info["generation"])

    gc.collect()
    gc.callbacks.append(count)
    try:
        await wire.read(data)
    finally:
        gc.callbacks.remove(count)
    assert runs == []
