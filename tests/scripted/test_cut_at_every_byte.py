"""The pool's connection is cut or reset at each byte of its handshake, request and answer: in memory, in virtual time.

What must hold: `connect` and `execute` end, with a result or a typed error, and the session works again by itself.
"""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest
from tests.scripted.in_memory import in_memory

import aiocql
from aiocql.testing import Cut, FaultProxy, MemoryLoop, Reset, ScriptedServer, run_virtual
from aiocql.testing.certificates import CertificateAuthority
from aiocql.testing.faults import Fault
from aiocql.testing.proxy import Way

QUERY = "SELECT v FROM t WHERE k = ?"
BACK_WITHIN = 120.0
"""Virtual seconds."""


@dataclass(frozen=True)
class Manner:
    """How the connection is made: protocol version, compression, TLS."""

    version: int
    compression: Literal["lz4"] | None = None
    server: ssl.SSLContext | None = None
    client: ssl.SSLContext | None = None


async def recovers(manner: Manner, fault: Fault | None, way: Way) -> tuple[int, int]:
    """One session with the fault on its second connection; gives the bytes that passed there, each way."""
    async with (
        ScriptedServer(max_version=manner.version, ssl=manner.server) as server,
        FaultProxy(server.address, server.port) as proxy,
    ):
        server.node.port = proxy.port
        server.prime(
            QUERY,
            bind=[("k", "int")],
            partition_key=[0],
            columns=[("v", "text")],
            rows=lambda request: [(f"of {request.bound['k']}",)],
        )
        if fault is not None:
            proxy.add(fault, way, connection=2)
        try:
            session = await aiocql.connect(
                proxy.address,
                port=proxy.port,
                protocol_version=manner.version,
                compression=manner.compression,
                ssl=manner.client,
            )
        except aiocql.NoHostAvailable:
            return 0, 0
        async with session, asyncio.timeout(BACK_WITHIN):
            await until_answered(session)
            assert server.violations == []
            pool = proxy.connections[-1]
            return pool.to_server.passed, pool.to_client.passed


async def until_answered(session: aiocql.Session) -> None:
    for k in range(100):
        try:
            assert (await session.execute(QUERY, [k])).one() == (f"of {k}",)
            return
        except aiocql.Error:
            await asyncio.sleep(1)
    pytest.fail("no answer after 100 requests")


def strike(manner: Manner, way: Way, stride: int, first: int = 0) -> None:
    """Cuts and resets by turns, at each `stride`-th byte."""
    sizes = run_virtual(lambda: recovers(manner, None, "both"), loop_factory=MemoryLoop)
    size = sizes[way == "to_client"]
    assert size > 100
    for at in range(first, size + 1, stride):
        fault = (Cut, Reset)[at // stride % 2](at)
        try:
            run_virtual(lambda fault=fault: recovers(manner, fault, way), loop_factory=MemoryLoop)  # type: ignore[misc]
        except BaseException as error:
            error.add_note(f"{fault} {way}")
            raise


@pytest.mark.parametrize("version", [4, 5])
@pytest.mark.parametrize("compression", [None, "lz4"])
@pytest.mark.parametrize(("way", "stride"), [("to_client", 1), ("to_server", 3)])
def test_cut_or_reset(version: int, compression: Literal["lz4"] | None, way: Way, stride: int) -> None:
    strike(Manner(version, compression), way, stride)


@pytest.mark.parametrize("version", [4, 5])
@pytest.mark.parametrize("way", ["to_client", "to_server"])
def test_cut_or_reset_of_tls(version: int, way: Way, tmp_path: Path) -> None:
    """A record of TLS is nothing until it is whole: every eleventh byte meets each of them, and what is between."""
    authority = CertificateAuthority(tmp_path)
    certificate = authority.issue("node", ["127.0.0.1"])
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate.certificate_path, certificate.key_path)
    strike(Manner(version, None, server, authority.ssl_context()), way, 11, version)


@in_memory
async def test_contact_point_that_resets_at_once_is_an_error() -> None:
    async with ScriptedServer() as server, FaultProxy(server.address, server.port) as proxy:
        proxy.add(Reset(0))
        with pytest.raises(aiocql.NoHostAvailable):
            await aiocql.connect(proxy.address, port=proxy.port)
