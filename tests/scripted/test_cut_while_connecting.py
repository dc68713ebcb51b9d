"""The pool's first connection is cut or reset at each byte of it, within `connect`: in memory, in virtual time.

What must hold: `connect` and `execute` end, with a result or a typed error, and the session works again by itself.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Literal

import pytest
from tests.plugins.canary import value_of
from tests.plugins.fault_table import Record
from tests.scripted.in_memory import in_memory
from tests.scripted.manners import QUERY, Manner, behind_a_proxy, manner

import aiocql
from aiocql.testing import Cut, FaultProxy, MemoryLoop, Reset, ScriptedServer, run_virtual
from aiocql.testing.proxy.fault_proxy import Way
from aiocql.testing.proxy.faults import Fault

pytestmark = pytest.mark.fault(1)

BACK_WITHIN = 120.0
"""Virtual seconds."""


async def recovers(manner: Manner, fault: Fault | None, way: Way) -> tuple[int, int]:
    """One session with the fault on its second connection; gives the bytes that passed there, each way."""
    async with behind_a_proxy(manner) as (_, proxy):
        if fault is not None:
            proxy.add(fault, way, connection=2)
        try:
            session = await aiocql.connect(proxy.address, port=proxy.port, **manner.options)
        except aiocql.NoHostAvailable:
            return 0, 0
        async with session, asyncio.timeout(BACK_WITHIN):
            await until_answered(session)
            pool = proxy.connections[-1]
            return pool.to_server.passed, pool.to_client.passed


async def until_answered(session: aiocql.Session) -> None:
    for k in range(100):
        try:
            assert (await session.execute(QUERY, [k])).one() == (value_of(k),)
            return
        except aiocql.Error:
            await asyncio.sleep(1)
    pytest.fail("no answer after 100 requests")


def strike(manner: Manner, way: Way, stride: int, first: int = 0) -> tuple[int, str]:
    """Cuts and resets by turns, at each `stride`-th byte: a session each. Says how many, for the fault table."""
    sizes = run_virtual(lambda: recovers(manner, None, "both"), loop_factory=MemoryLoop)
    size = sizes[way == "to_client"]
    assert size > 100
    offsets = range(first, size + 1, stride)
    for at in offsets:
        fault = (Cut, Reset)[at // stride % 2](at)
        try:
            run_virtual(lambda fault=fault: recovers(manner, fault, way), loop_factory=MemoryLoop)  # type: ignore[misc]
        except BaseException as error:
            error.add_note(f"{fault} {way}")
            raise
    return len(offsets), "connections cut or reset within connect"


@pytest.mark.parametrize("version", [4, 5])
@pytest.mark.parametrize("compression", [None, "lz4"])
@pytest.mark.parametrize(("way", "stride"), [("to_client", 1), ("to_server", 3)])
def test_cut_or_reset(
    version: int, compression: Literal["lz4"] | None, way: Way, stride: int, record_property: Record
) -> None:
    record_property("seen", strike(Manner(version, compression), way, stride))


@pytest.mark.parametrize("version", [4, 5])
@pytest.mark.parametrize("way", ["to_client", "to_server"])
def test_cut_or_reset_of_tls(version: int, way: Way, tmp_path: Path, record_property: Record) -> None:
    """Every eleventh byte here, each record of TLS being many; `test_cut_at_every_byte` has them all."""
    record_property("seen", strike(manner(version, None, tmp_path), way, 11, version))


@in_memory
async def test_contact_point_that_resets_at_once_is_an_error() -> None:
    async with ScriptedServer() as server, FaultProxy(server.address, server.port) as proxy:
        proxy.add(Reset(0))
        with pytest.raises(aiocql.NoHostAvailable):
            await aiocql.connect(proxy.address, port=proxy.port)
