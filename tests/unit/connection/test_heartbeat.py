"""Heartbeats of a connection without a server, in virtual time."""

from __future__ import annotations

import asyncio

import pytest
from tests.scripted.in_memory import in_memory

from aiocql.connection.connection import Connection
from aiocql.errors import Error, HeartbeatFailed
from aiocql.protocol.constants import OP_OPTIONS, OP_QUERY
from aiocql.protocol.core import Core
from aiocql.protocol.request import Request
from aiocql.protocol.responses import Event

pytestmark = pytest.mark.fault(46)

SUPPORTED = b"\x06"


class Listener:
    """Hear what the connection reports, and do nothing."""

    def connection_lost(self, connection: Connection, error: Error) -> None: ...

    def connection_ready_again(self, connection: Connection) -> None: ...

    def connection_needs_replacement(self, connection: Connection) -> None: ...

    def event_received(self, connection: Connection, event: Event) -> None: ...

    def reading_paused(self, connection: Connection, paused: bool) -> None: ...


def connection(limit: int = 10) -> Connection:
    made = Connection(Core(4, limit=limit), "host", asyncio.get_running_loop(), Listener())
    made.start_heartbeat(10.0, 2.0)
    return made


def answer_all(made: Connection) -> int:
    """Answers every heartbeat that was written; gives their number."""
    sent, streams = made.core.take_output(), []
    while sent:
        size = 9 + int.from_bytes(sent[5:9], "big")
        if sent[4] == OP_OPTIONS:
            streams.append(sent[2:4])
        sent = sent[size:]
    for stream in streams:
        made.core.feed(b"\x84\0" + stream + SUPPORTED + b"\0\0\0\2\0\0", made.loop.time())
    return len(streams)


@in_memory
async def test_one_that_is_not_answered_ends_the_connection() -> None:
    made = connection()
    await asyncio.sleep(11.9)
    assert made.is_open
    await asyncio.sleep(0.2)
    assert isinstance(made.error, HeartbeatFailed)


@in_memory
async def test_one_that_is_answered_does_not() -> None:
    made = connection()
    for _ in range(5):
        await asyncio.sleep(11)
        assert answer_all(made) == 1
    assert made.is_open
    assert made.heartbeat is not None
    assert made.heartbeat.sent == 5
    made.close()


@in_memory
async def test_one_that_found_no_stream_id_was_not_asked_and_is_tried_again() -> None:
    made = connection(limit=1)
    taken = [Request(OP_QUERY, b"", made.loop.create_future()) for _ in range(17)]
    for request in taken:
        made.core.send(request, 0.0)
    await asyncio.sleep(60)
    assert made.is_open
    assert made.heartbeat is not None
    assert made.heartbeat.sent == 0
    # One id comes back: what was silent all the time is asked now.
    made.core.take_output()
    made.core.feed(b"\x84\0\0\0\x08\0\0\0\4\0\0\0\1", made.loop.time())
    await asyncio.sleep(10.5)
    assert made.heartbeat.sent == 1
    await asyncio.sleep(2)
    assert isinstance(made.error, HeartbeatFailed)
    await asyncio.gather(*(request.future for request in taken), return_exceptions=True)


@in_memory
async def test_reading_that_we_paused_is_no_silence_of_the_peer() -> None:
    made = connection()
    made.core.reading_paused = True
    await asyncio.sleep(100)
    assert made.is_open
    made.core.reading_paused = False
    await asyncio.sleep(13)
    assert isinstance(made.error, HeartbeatFailed)


@in_memory
async def test_reading_that_we_paused_after_the_question_is_none_either() -> None:
    made = connection()
    await asyncio.sleep(10.5)
    made.core.reading_paused = True
    await asyncio.sleep(100)
    assert made.is_open
    made.close()


@in_memory
async def test_a_loop_that_slept_looks_at_what_came_meanwhile_first() -> None:
    made = connection()
    await asyncio.sleep(10.5)
    made.loop.jump(30)  # type: ignore[attr-defined]
    await asyncio.sleep(0.1)
    assert made.is_open
    assert answer_all(made) == 1
    await asyncio.sleep(5)
    assert made.is_open
    made.close()


def begin_answer(made: Connection, stream: int, size: int) -> None:
    """The header of an answer whose body is still to come."""
    made.core.feed(
        b"\x84\0" + stream.to_bytes(2, "big") + b"\x08" + size.to_bytes(4, "big"), made.loop.time()
    )


@pytest.mark.fault(7)
@in_memory
async def test_bytes_that_drip_and_never_become_an_answer_are_no_life() -> None:
    made = connection()
    request = Request(OP_QUERY, b"", made.loop.create_future())
    made.core.send(request, 0.0)
    begin_answer(made, 0, 1_000_000)
    seconds = 0
    while made.is_open and seconds < 60:
        made.core.feed(b"\0", made.loop.time())
        await asyncio.sleep(1)
        seconds += 1
    assert 10 < seconds < 25
    assert isinstance(made.error, HeartbeatFailed)
    assert "no answer among them" in str(made.error)
    assert isinstance(request.future.exception(), HeartbeatFailed)


@pytest.mark.fault(7)
@in_memory
async def test_a_large_answer_over_a_slow_line_is_life() -> None:
    made = connection()
    request = Request(OP_QUERY, b"", made.loop.create_future())
    made.core.send(request, 0.0)
    begin_answer(made, 0, 4 + 1_000_000)
    made.core.feed(b"\0\0\0\1", made.loop.time())  # void: what follows is left unread
    for _ in range(100):
        await asyncio.sleep(1)
        assert made.is_open
        made.core.feed(bytes(10_000), made.loop.time())
    assert request.future.done()
    assert request.future.exception() is None
    made.close()
