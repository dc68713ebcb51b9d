"""The replay server, asked by a raw client."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from bench.clients.works import INSERT, PAGE, PAGE_ROWS, READ, VALUE
from bench.replay import framing
from bench.replay.raw import RawClient, RawError, int_value, text_value
from bench.replay.server import replaying
from bench.replay.topology import Host

Place = tuple[str, int]


def _free(*addresses: str) -> list[Place]:
    """The addresses with one port that was free on the first of them."""
    with socket.socket() as probe:
        probe.bind((addresses[0], 0))
        return [(address, probe.getsockname()[1]) for address in addresses]


@pytest.fixture(scope="module")
def server() -> Iterator[list[Place]]:
    """Two hosts of one cluster."""
    hosts = _free("127.60.0.1", "127.60.0.2")
    with replaying(hosts):
        yield hosts


@asynccontextmanager
async def _client(version: int, place: Place) -> AsyncIterator[RawClient]:
    reader, writer = await asyncio.open_connection(*place)
    client = RawClient(reader, writer, version)
    try:
        await client.start()
        yield client
    finally:
        writer.close()
        await writer.wait_closed()


@pytest.mark.parametrize("version", [4, 5])
@pytest.mark.parametrize("skip_metadata", [False, True])
async def test_the_row_carries_the_key_that_was_bound(
    server: list[Place], version: int, skip_metadata: bool
) -> None:
    async with _client(version, server[0]) as client:
        prepared = await client.prepare(READ)
        for key in (1, 123_456_789, -5):
            body = await client.execute(prepared, [int_value(key)], skip_metadata=skip_metadata)
            assert body.endswith(struct.pack(">iii", 1, 4, key) + text_value(VALUE))


@pytest.mark.parametrize("version", [4, 5])
async def test_a_large_answer_comes_whole(server: list[Place], version: int) -> None:
    async with _client(version, server[0]) as client:
        body = await client.execute(await client.prepare(PAGE), [int_value(1)], skip_metadata=True)
        assert struct.unpack_from(">iii", body)[0] == 2
        assert struct.pack(">i", PAGE_ROWS) in body[:64]
        assert body.endswith(int_value(PAGE_ROWS - 1))


async def test_an_insert_is_void(server: list[Place]) -> None:
    async with _client(4, server[0]) as client:
        prepared = await client.prepare(INSERT)
        values = [int_value(1), text_value("x")]
        assert await client.execute(prepared, values, skip_metadata=False) == struct.pack(">i", 1)


async def test_texts_are_the_same_whatever_their_blanks_and_case(server: list[Place]) -> None:
    async with _client(4, server[0]) as client:
        assert await client.prepare("select  k , v\n FROM bench.kv where k = ? ;") == await client.prepare(
            READ
        )


@pytest.mark.parametrize("version", [4, 5])
async def test_columns_of_a_text_that_nobody_recorded(server: list[Place], version: int) -> None:
    async with _client(version, server[1]) as client:
        body = await client.query("SELECT rack, host_id FROM system.local")
        host_id = Host(*server[1], 1, 2).values()["host_id"]
        assert host_id is not None
        expected = struct.pack(">ii", 1, 5) + b"rack2" + struct.pack(">i", 16) + host_id
        assert body.endswith(expected)


async def test_what_was_not_recorded_is_an_error(server: list[Place]) -> None:
    async with _client(4, server[0]) as client:
        with pytest.raises(RawError, match="not recorded"):
            await client.query("SELECT * FROM nowhere.to_be_seen")
        with pytest.raises(RawError, match="not recorded"):
            await client.query("SELECT no_such_column FROM system.local")


async def test_a_newer_version_is_refused() -> None:
    places = _free("127.60.0.3")
    with replaying(places, max_version=4):
        reader, writer = await asyncio.open_connection(*places[0])
        writer.write(struct.pack(">BBhBI", 5, 0, 0, framing.OPTIONS, 0))
        version, _, _, opcode, size = struct.unpack(">BBhBI", await reader.readexactly(9))
        assert (version, opcode) == (0x84, framing.ERROR)
        assert b"protocol version" in await reader.readexactly(size)
        writer.close()
        await writer.wait_closed()


@pytest.mark.parametrize("version", [4, 5])
async def test_answers_that_are_held_back_come_in_order(version: int) -> None:
    places = _free("127.60.0.4")
    with replaying(places, delay_ms=2):
        async with _client(version, places[0]) as client:
            body = client.execute_body(await client.prepare(READ), [int_value(7)], skip_metadata=True)
            for stream in range(200):
                client.send(framing.EXECUTE, body, stream=stream)
            answers = [await client.reader.envelope() for _ in range(200)]
            assert [answer.stream for answer in answers] == list(range(200))
            assert {answer.opcode for answer in answers} == {framing.RESULT}
