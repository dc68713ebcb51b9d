"""A connection is cut and reset at each byte of its handshake, its requests and their answers: in memory, virtual time.

The handshake has a password in it. Over TLS, where there are some thousands of offsets, one byte is cut and the next
reset; everywhere else each byte is both.

One session a case. For each offset its connection is taken away; the next one is cut at that offset, on its way to a
statement that the server has forgotten (EXECUTE, UNPREPARED, PREPARE, EXECUTE); the one after that must be made and
answer, by itself. `test_cut_while_connecting` does the same to the first connection of a session, within `connect`;
`test_cut_control_connection` to the one that events come by.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from tests.plugins.fault_table import Record
from tests.scripted.manners import QUERY, Manner, behind_a_proxy, manner

import aiocql
from aiocql.testing import Cut, FaultProxy, MemoryLoop, Reset, ScriptedServer, run_virtual
from aiocql.testing.proxy.fault_proxy import ProxyConnection

pytestmark = pytest.mark.fault(1, 48)

Way = Literal["to_client", "to_server"]

SEGMENT = 2048
"""Bytes of a segment's payload at most: a large answer is several."""

VARIES = 8
"""Bytes by which a handshake of TLS may be shorter than another: signatures are written as short as they can be."""


async def answered(session: aiocql.Session, k: int, value: str) -> None:
    """Asks until there is an answer; it must be the right one, and come within 100 requests."""
    for _ in range(100):
        try:
            assert (await session.execute(QUERY, [k])).one() == (value,)
            return
        except aiocql.Error:
            await asyncio.sleep(1)
    pytest.fail("no answer after 100 requests")


class Session:
    """A session whose connections are cut one after the other."""

    def __init__(
        self, session: aiocql.Session, server: ScriptedServer, proxy: FaultProxy, manner: Manner
    ) -> None:
        self.session, self.server, self.proxy, self.manner = session, server, proxy, manner

    async def begin_anew(self, k: int) -> ProxyConnection:
        """Another connection in place of the last one, and an answer over it or one of those after it."""
        self.server.forget_prepared()
        count = self.proxy.connection_count
        self.proxy.connections[-1].finish("reset")
        await self.proxy.until(lambda: self.proxy.connection_count > count)
        await answered(self.session, k, self.manner.value(k))
        return self.proxy.connections[-1]

    async def break_at(self, fault: Cut | Reset, way: Way) -> int:
        """The next connection is cut or reset there; how many were made until there was an answer."""
        number = self.proxy.connection_count + 1
        rule = self.proxy.add(fault, way, connection=number)
        last = await self.begin_anew(1000 + number % 1000)
        self.proxy.remove(rule)
        return last.number - number


async def break_everywhere(manner: Manner, way: Way, last: int | None = None) -> int:
    """Cuts and resets at every byte that passes that way, or at the `last` ones; gives how many faults that were."""
    async with (
        behind_a_proxy(manner) as (server, proxy),
        aiocql.connect(proxy.address, port=proxy.port, **manner.options) as session,
    ):
        server.max_segment_payload = SEGMENT
        one = Session(session, server, proxy, manner)
        whole = await one.begin_anew(1000)
        size = (whole.to_client if way == "to_client" else whole.to_server).passed
        faults = list(faults_of(manner, 0 if last is None else size - last, size))
        for fault in faults:
            try:
                more = await one.break_at(fault, way)
                assert more == 1 or fault.at > size - VARIES, (  # type: ignore[operator]
                    f"{more} connections were made after the one that was broken"
                )
            except BaseException as error:
                error.add_note(f"{fault} of {size} bytes {way}")
                raise
        assert session.hosts[0].is_up
        assert session.stats().waiting == 0
        return len(faults)


def faults_of(manner: Manner, first: int, size: int) -> Iterator[Cut | Reset]:
    """Both at each byte; over TLS by turns."""
    for at in range(first, size + 1):
        if manner.client is None:
            yield from (Cut(at), Reset(at))
        else:
            yield (Cut, Reset)[at % 2](at)


@pytest.mark.timeout(900)  # seconds of computing; many more where others compute as well
@pytest.mark.parametrize("way", ["to_client", "to_server"])
@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("compression", [None, "lz4"])
@pytest.mark.parametrize("version", [4, 5])
def test_cut_or_reset(
    version: int,
    compression: Literal["lz4"] | None,
    tls: bool,
    way: Way,
    tmp_path: Path,
    record_property: Record,
) -> None:
    how = manner(version, compression, tmp_path if tls else None)
    count = run_virtual(lambda: break_everywhere(how, way), loop_factory=MemoryLoop)
    assert count > (500 if tls else 200)
    record_property("seen", (count, "connections cut or reset, each at a byte of its own"))


@pytest.mark.timeout(600)
@pytest.mark.parametrize("version", [4, 5])
def test_cut_or_reset_within_a_large_answer_that_was_compressed(
    version: int, record_property: Record
) -> None:
    """One block of LZ4 in v4; in v5 four segments, none of which can be read by itself."""
    how = Manner(version, "lz4", length=900)
    assert len(how.value(1000)) > 3 * SEGMENT
    count = run_virtual(lambda: break_everywhere(how, "to_client", last=150), loop_factory=MemoryLoop)
    assert count == 302
    record_property("seen", (count, "connections cut or reset, each at a byte of its own"))
