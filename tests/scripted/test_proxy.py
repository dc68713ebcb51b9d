"""The fault proxy between a plain TCP client and a server that echoes, sends or stalls."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from aiocql.testing import (
    BlackHole,
    Cut,
    Delay,
    Drip,
    FaultProxy,
    Flip,
    Reset,
    Stall,
    Truncate,
    VirtualTimeLoop,
    run_virtual,
)

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
TEXT = bytes(range(97, 123))


@contextlib.asynccontextmanager
async def serving(answer: Callable[..., Awaitable[None]]) -> AsyncIterator[FaultProxy]:
    """A proxy before a server that runs `answer` for each connection."""
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    try:
        async with FaultProxy("127.0.0.1", server.sockets[0].getsockname()[1]) as proxy:
            yield proxy
    finally:
        server.close()


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
    writer.close()


@contextlib.asynccontextmanager
async def connected(proxy: FaultProxy) -> AsyncIterator[Streams]:
    reader, writer = await asyncio.open_connection(proxy.address, proxy.port)
    try:
        yield reader, writer
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def test_passes_everything_and_both_ends() -> None:
    async with serving(echo) as proxy, connected(proxy) as (reader, writer):
        payload = TEXT * 100_000
        writer.write(payload[:10])
        assert await reader.readexactly(10) == payload[:10]
        (connection,) = proxy.connections
        writer.write(payload[10:])
        writer.write_eof()
        assert await reader.read() == payload[10:]
        assert connection.to_server.passed == connection.to_client.delivered == len(payload)
        await proxy.until(lambda: not proxy.connections)


@pytest.mark.parametrize("at", [0, 1, 13, 26])
async def test_cut_after_bytes_of_the_answer(at: int) -> None:
    async with serving(echo) as proxy:
        proxy.add(Cut(at), "to_client")
        async with connected(proxy) as (reader, writer):
            writer.write(TEXT)
            assert await reader.read() == TEXT[:at]


@pytest.mark.parametrize("at", [0, 1, 13, 26])
async def test_reset_after_bytes_of_the_answer(at: int) -> None:
    async with serving(echo) as proxy:
        proxy.add(Reset(at), "to_client")
        async with connected(proxy) as (reader, writer):
            writer.write(TEXT)
            assert await reader.readexactly(at) == TEXT[:at]
            with pytest.raises(ConnectionResetError):
                await reader.read()


async def test_server_sees_what_came_before_the_cut() -> None:
    seen: asyncio.Queue[bytes] = asyncio.Queue()

    async def note(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.put_nowait(await reader.read())
        writer.close()

    async with serving(note) as proxy:
        proxy.add(Cut(5), "to_server")
        async with connected(proxy) as (reader, writer):
            writer.write(TEXT)
            assert await seen.get() == TEXT[:5]
            assert await reader.read() == b""


async def test_flip_and_truncate_at_their_offsets() -> None:
    async with serving(echo) as proxy:
        proxy.add(Flip(3, mask=0x20), "to_client")
        proxy.add(Truncate(10, count=4), "to_client")
        async with connected(proxy) as (reader, writer):
            for byte in TEXT:
                writer.write(bytes([byte]))
                await writer.drain()
            writer.write_eof()
            assert await reader.read() == b"abcDefghijopqrstuvwxyz"


async def test_rules_choose_connections() -> None:
    async with serving(echo) as proxy:
        proxy.add(Cut(3), "to_client", connection=2)
        proxy.add(Cut(4), "to_client", connection=lambda number: number > 2)
        seen = []
        for _ in range(4):
            async with connected(proxy) as (reader, writer):
                writer.write(TEXT)
                writer.write_eof()
                seen.append(await reader.read())
        assert seen == [TEXT, TEXT[:3], TEXT[:4], TEXT[:4]]
        assert proxy.connection_count == 4


async def test_half_open_swallows_bytes_and_ends_until_it_is_healed() -> None:
    came: asyncio.Queue[bytes] = asyncio.Queue()

    async def note(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(100):
                came.put_nowait(data)
        writer.close()

    async with serving(note) as proxy, connected(proxy) as (_, writer):
        writer.write(b"before")
        assert await came.get() == b"before"
        hole = proxy.add(BlackHole(), "to_server")
        writer.write(b"lost")
        (connection,) = proxy.connections
        await proxy.until(lambda: connection.to_server.passed == len(b"beforelost"))
        proxy.remove(hole)
        writer.write(b"after")
        assert await came.get() == b"after"


async def test_server_that_ends_is_not_seen_through_a_black_hole() -> None:
    gone: asyncio.Queue[None] = asyncio.Queue()

    async def leave(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()
        gone.put_nowait(None)

    async with serving(leave) as proxy:
        proxy.add(BlackHole(), "to_client")
        async with connected(proxy) as (reader, _):
            await gone.get()
            await proxy.until(lambda: proxy.connections[0].to_client.source_over)
            assert not reader.at_eof()


async def test_stall_fills_the_senders_buffer_and_lets_go() -> None:
    async with serving(echo) as proxy, connected(proxy) as (reader, writer):
        stall = proxy.add(Stall(), "to_server")
        payload = TEXT * 1_000_000
        writer.write(payload)
        for _ in range(1000):
            await asyncio.sleep(0)
        assert writer.transport.get_write_buffer_size() > 0  # type: ignore[attr-defined]
        proxy.remove(stall)
        writer.write_eof()
        assert await reader.read() == payload


async def test_refused_then_taken_again() -> None:
    async with serving(echo) as proxy:
        proxy.refuse()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(proxy.address, proxy.port)
        await proxy.start()
        async with connected(proxy) as (reader, writer):
            writer.write(TEXT)
            assert await reader.readexactly(26) == TEXT


async def test_target_that_is_gone_resets_the_client() -> None:
    async with serving(echo) as proxy:
        listener = await asyncio.start_server(echo, "127.0.0.1", 0)
        proxy.target = ("127.0.0.1", listener.sockets[0].getsockname()[1])
        listener.close()
        reader, writer = await asyncio.open_connection(proxy.address, proxy.port)
        with pytest.raises(ConnectionResetError):
            await reader.read()
        writer.close()


async def test_reset_of_all_live_connections() -> None:
    async with serving(echo) as proxy, connected(proxy) as (reader, writer):
        writer.write(TEXT)
        await reader.readexactly(26)
        proxy.reset_all()
        with pytest.raises(ConnectionResetError):
            await reader.read()


def test_delay_and_drip_take_their_time() -> None:
    async def main() -> None:
        async with serving(echo) as proxy:
            proxy.add(Delay(10, seconds=5.0), "to_client")
            proxy.add(Drip(16, size=2, interval=1.0), "to_client")
            loop = asyncio.get_running_loop()
            async with connected(proxy) as (reader, writer):
                start = loop.time()
                writer.write(TEXT)
                seen = {}
                for count in (10, 6, 2, 8):
                    assert len(await reader.readexactly(count)) == count
                    seen[count] = loop.time() - start
        assert seen == {10: 0.0, 6: 5.0, 2: 6.0, 8: 10.0}

    run_virtual(main, loop_factory=lambda: VirtualTimeLoop(patience=0.01))
