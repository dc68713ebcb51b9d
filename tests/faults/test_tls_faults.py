"""Row 21: servers whose TLS is not what it should be. Nothing is sent to them, and `connect` says why."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.plugins.canary import PASSWORD
from tests.plugins.fault_table import Record
from tests.scripted.in_memory import in_memory

import aiocql
from aiocql.connection.connection import Connection
from aiocql.testing import BlackHole, FaultProxy, MemoryLoop, ScriptedServer
from aiocql.testing.certificates import Certificate, CertificateAuthority
from aiocql.testing.server.auth import plain_text

pytestmark = pytest.mark.fault(21)

HOST = "127.0.0.1"


def server_context(certificate: Certificate, ca: Path | None = None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.certificate_path, certificate.key_path)
    if ca is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(ca)
    return context


async def refusal(server: ssl.SSLContext | None, ca: Path, version: int) -> str:
    """What `connect` says of such a server, which must not have seen one request of CQL."""
    async with ScriptedServer(HOST, ssl=server, max_version=version) as node:
        with pytest.raises(aiocql.NoHostAvailable) as raised:
            await aiocql.connect(
                HOST,
                port=node.port,
                ssl=aiocql.TLSOptions(ca=ca),
                auth=("someone", PASSWORD),
                protocol_version=version,
            )
        assert node.requests == []
    assert PASSWORD not in str(raised.value)
    return str(raised.value)


Make = Callable[[Path], tuple[ssl.SSLContext | None, Path]]


def wrong_host(folder: Path) -> tuple[ssl.SSLContext, Path]:
    ours = CertificateAuthority(folder)
    return server_context(ours.issue("elsewhere", ["127.0.0.99"])), ours.certificate_path


def expired(folder: Path) -> tuple[ssl.SSLContext, Path]:
    ours = CertificateAuthority(folder)
    return server_context(ours.issue("old", [HOST], days=0.5)), ours.certificate_path


def not_yet_valid(folder: Path) -> tuple[ssl.SSLContext, Path]:
    ours = CertificateAuthority(folder)
    return server_context(ours.issue("early", [HOST], started=-1)), ours.certificate_path


def unknown_issuer(folder: Path) -> tuple[ssl.SSLContext, Path]:
    ours, others = CertificateAuthority(folder / "ours"), CertificateAuthority(folder / "others", "others")
    return server_context(others.issue("node", [HOST])), ours.certificate_path


def plaintext(folder: Path) -> tuple[None, Path]:
    return None, CertificateAuthority(folder).certificate_path


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (wrong_host, "127.0.0.1"),
        (expired, "expired"),
        (not_yet_valid, "not yet valid"),
        (unknown_issuer, "unable to get local issuer"),
        (plaintext, "no connection within"),
    ],
)
@pytest.mark.parametrize("version", [4, 5])
@in_memory
async def test_a_server_that_cannot_be_trusted_gets_nothing(
    make: Make, says: str, version: int, tmp_path: Path, record_property: Record
) -> None:
    assert says in await refusal(*make(tmp_path), version)
    record_property("seen", (1, "servers refused, none of which was sent a request"))


@pytest.mark.parametrize("version", [4, 5])
@in_memory
async def test_a_client_certificate_that_is_missing(version: int, tmp_path: Path) -> None:
    ours = CertificateAuthority(tmp_path)
    server = server_context(ours.issue("node", [HOST]), ours.certificate_path)
    await refusal(server, ours.certificate_path, version)
    mine = ours.issue("me")
    shown = aiocql.TLSOptions(ca=ours.certificate_path, cert=mine.certificate_path, key=mine.key_path)
    async with (
        ScriptedServer(HOST, ssl=server, max_version=version) as node,
        aiocql.connect(HOST, port=node.port, ssl=shown, protocol_version=version) as session,
    ):
        assert session.hosts[0].is_up


@pytest.mark.fault(48, 51)
@pytest.mark.parametrize("version", [4, 5])
@in_memory
async def test_a_handshake_that_stalls_ends_with_the_connect_timeout(version: int, tmp_path: Path) -> None:
    ours = CertificateAuthority(tmp_path)
    server = server_context(ours.issue("node", [HOST]))
    for at in (0, 1, 500):
        async with ScriptedServer(HOST, ssl=server) as node, FaultProxy(HOST, node.port) as proxy:
            proxy.add(BlackHole(at=at), "to_client")
            with pytest.raises(aiocql.NoHostAvailable, match=r"2(\.0)? s"):
                await aiocql.connect(
                    HOST,
                    port=proxy.port,
                    ssl=aiocql.TLSOptions(ca=ours.certificate_path),
                    connect_timeout=2.0,
                    protocol_version=version,
                )


@in_memory
async def test_a_connection_that_fails_is_gone_at_once_though_the_peer_says_no_good_bye(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Connection] = []

    class Noted(Connection):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            made.append(self)

    monkeypatch.setattr("aiocql.connection.opening.Connection", Noted)
    loop = asyncio.get_running_loop()
    assert isinstance(loop, MemoryLoop)
    loop.network.latency = 0.2
    ours = CertificateAuthority(tmp_path)
    server = server_context(ours.issue("node", [HOST]))
    async with ScriptedServer(HOST, ssl=server, auth=plain_text({"someone": "else"})) as node:
        with pytest.raises(aiocql.AuthenticationFailed):
            await aiocql.connect(
                HOST,
                port=node.port,
                ssl=aiocql.TLSOptions(ca=ours.certificate_path),
                auth=("someone", PASSWORD),
            )
        await asyncio.sleep(0.01)
        assert made
        assert all(connection.lost.done() for connection in made), [
            (
                c.transport._ssl_protocol._state,
                c.transport._ssl_protocol._transport,
                c.transport._ssl_protocol._app_state,
            )
            for c in made
        ]
