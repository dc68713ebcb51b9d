"""A connection is cut or reset at each byte of its handshake, its requests and their answers: in memory, virtual time.

One session a case. For each offset its connection is taken away; the next one is cut at that offset, on its way to a
statement that the server has forgotten (EXECUTE, UNPREPARED, PREPARE, EXECUTE); the one after that must be made and
answer, by itself. `test_cut_while_connecting` does the same to the first connection of a session, within `connect`.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Literal

import pytest
from tests.scripted.manners import QUERY, Manner, behind_a_proxy, manner

import aiocql
from aiocql.testing import Cut, FaultProxy, MemoryLoop, Reset, ScriptedServer, run_virtual
from aiocql.testing.proxy import ProxyConnection

Way = Literal["to_client", "to_server"]

VARIES = 8
"""Bytes by which a handshake of TLS may be shorter than another: signatures are written as short as they can be."""


async def answered(session: aiocql.Session, k: int) -> None:
    """Asks until there is an answer; it must be the right one, and come within 100 requests."""
    for _ in range(100):
        try:
            assert (await session.execute(QUERY, [k])).one() == (f"of {k}",)
            return
        except aiocql.Error:
            await asyncio.sleep(1)
    pytest.fail("no answer after 100 requests")


class Session:
    """A session whose connections are cut one after the other."""

    def __init__(self, session: aiocql.Session, server: ScriptedServer, proxy: FaultProxy) -> None:
        self.session, self.server, self.proxy = session, server, proxy

    async def begin_anew(self, k: int) -> ProxyConnection:
        """Another connection in place of the last one, and an answer over it or one of those after it."""
        self.server.forget_prepared()
        count = self.proxy.connection_count
        self.proxy.connections[-1].finish("reset")
        await self.proxy.until(lambda: self.proxy.connection_count > count)
        await answered(self.session, k)
        return self.proxy.connections[-1]

    async def cut(self, at: int, way: Way) -> int:
        """The next connection is cut or reset at that byte; how many were made until there was an answer."""
        number = self.proxy.connection_count + 1
        rule = self.proxy.add((Cut, Reset)[at % 2](at), way, connection=number)
        last = await self.begin_anew(at)
        self.proxy.remove(rule)
        return last.number - number


async def cut_everywhere(manner: Manner, way: Way) -> int:
    """Cuts at every byte that passes that way; gives how many there were."""
    async with (
        behind_a_proxy(manner) as (server, proxy),
        aiocql.connect(proxy.address, port=proxy.port, **manner.options) as session,
    ):
        one = Session(session, server, proxy)
        whole = await one.begin_anew(0)
        size = (whole.to_client if way == "to_client" else whole.to_server).passed
        for at in range(size + 1):
            try:
                more = await one.cut(at, way)
                assert more == 1 or at > size - VARIES, (
                    f"{more} connections were made after the one that was cut"
                )
            except BaseException as error:
                error.add_note(f"cut at byte {at} of {size} {way}")
                raise
        assert session.hosts[0].is_up
        assert session.stats().waiting == 0
        return size


@pytest.mark.timeout(900)  # seconds of computing; many more where others compute as well
@pytest.mark.parametrize("way", ["to_client", "to_server"])
@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("compression", [None, "lz4"])
@pytest.mark.parametrize("version", [4, 5])
def test_cut_or_reset(
    version: int, compression: Literal["lz4"] | None, tls: bool, way: Way, tmp_path: Path
) -> None:
    how = manner(version, compression, tmp_path if tls else None)
    size = run_virtual(lambda: cut_everywhere(how, way), loop_factory=MemoryLoop)
    assert size > (500 if tls else 100)
