"""The control connection is cut or reset at each byte of what it is told and tells: registering, reading the cluster.

Requests have a connection of their own, and must not notice. Another control connection is made, and hears of events.
One byte is cut, the next one reset, and of v4 it is each third byte: all of both would take a minute. The schema, which
is thousands of bytes more of the same kinds of answers, is left out.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

import pytest
from tests import internals
from tests.plugins.canary import value_of
from tests.plugins.fault_table import Record
from tests.scripted.manners import QUERY, Manner, behind_a_proxy

import aiocql
from aiocql.testing import Cut, FaultProxy, MemoryLoop, Reset, ScriptedServer, StatusChange, run_virtual
from aiocql.testing.proxy.fault_proxy import ProxyConnection

pytestmark = pytest.mark.fault(1)

Way = Literal["to_client", "to_server"]
CONTROL = 1
"""The first connection of a session; the second one is its pool's."""


class Watched:
    """A session, and its control connection's place in the proxy."""

    def __init__(self, session: aiocql.Session, server: ScriptedServer, proxy: FaultProxy) -> None:
        self.session, self.server, self.proxy = session, server, proxy
        self.control = proxy.connections[CONTROL - 1]

    async def asked(self, k: int) -> None:
        """A request is answered, by the connection that stands."""
        assert (await self.session.execute(QUERY, [k])).one() == (value_of(k),)

    async def settled(self, within: float = 120.0) -> ProxyConnection:
        """The control connection that has registered and read everything."""
        cluster = internals.cluster(self.session)
        async with asyncio.timeout(within):
            while cluster.control.connection is None or cluster.control._task is not None:  # noqa: ASYNC110
                await asyncio.sleep(0.25)
        return self.proxy.connections[-1]

    async def begin_anew(self, k: int) -> ProxyConnection:
        """Another control connection in place of the one there is."""
        count = self.proxy.connection_count
        self.control.finish("reset")
        await self.proxy.until(lambda: self.proxy.connection_count > count)
        await self.asked(k)
        self.control = await self.settled()
        return self.control


@asynccontextmanager
async def watched(manner: Manner) -> AsyncIterator[Watched]:
    async with (
        behind_a_proxy(manner) as (server, proxy),
        aiocql.connect(proxy.address, port=proxy.port, schema_metadata=False, **manner.options) as session,
    ):
        one = Watched(session, server, proxy)
        await one.asked(0)
        yield one
        assert session.hosts[0].is_up
        assert session.stats().hosts[0].connections_lost == 0, "the pool's connection was left alone"


async def break_everywhere(manner: Manner, way: Way, stride: int) -> int:
    """Cuts or resets at each `stride`-th byte that passes that way until all is read; how many faults that were."""
    async with watched(manner) as one:
        whole = await one.begin_anew(0)
        size = (whole.to_client if way == "to_client" else whole.to_server).passed
        faults = [(Cut, Reset)[at % 2](at) for at in range(0, size, stride)]
        for fault in faults:
            number = one.proxy.connection_count + 1
            rule = one.proxy.add(fault, way, connection=number)
            try:
                last = await one.begin_anew(number)
                assert last.number == number + 1, (
                    f"{last.number - number} were made after the one that was broken"
                )
                assert one.server.push(StatusChange("UP", one.proxy.address, one.proxy.port)) == 1
            except BaseException as error:
                error.add_note(f"{fault} of {size} bytes {way}")
                raise
            one.proxy.remove(rule)
        return len(faults)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("way", ["to_client", "to_server"])
@pytest.mark.parametrize(("version", "stride"), [(4, 3), (5, 1)])
def test_cut_or_reset(version: int, stride: int, way: Way, record_property: Record) -> None:
    count = run_virtual(lambda: break_everywhere(Manner(version), way, stride), loop_factory=MemoryLoop)
    assert count > 400 // stride
    record_property("seen", (count, "control connections cut or reset, each at a byte of its own"))
