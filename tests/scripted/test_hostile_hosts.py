"""A host that attacks, or that meets a defect, harms itself only; attempts to connect are bounded."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path
from typing import Any

import pytest
from tests.plugins.canary import PASSPHRASE, PASSWORD
from tests.scripted.in_memory import in_memory

import aiocql
from aiocql.cluster import host_pools
from aiocql.cluster.system_tables import SystemTables
from aiocql.connection import opening
from aiocql.options.tls import TLSContexts
from aiocql.testing import Opcode, ScriptedCluster, ScriptedServer
from aiocql.testing.loop.pipes import PipeTransport
from aiocql.testing.server.auth import plain_text
from aiocql.testing.server.error_answers import ErrorAnswer


@in_memory
async def test_a_version_of_many_digits_is_that_hosts_failure() -> None:
    async with ScriptedServer("127.0.60.1") as hostile, ScriptedServer("127.0.60.2") as good:
        said = f"Invalid or unsupported protocol version (5); supported versions are ({'9' * 5000}/v5)"
        hostile.prime(Opcode.STARTUP, ErrorAnswer(0x000A, said))
        points = [(server.address, server.port) for server in (hostile, good)]
        async with aiocql.connect(*points) as session:
            assert [host.address for host in session.hosts] == [good.address]


@in_memory
@pytest.mark.parametrize("place", ["opening", "reading"])
async def test_an_unexpected_error_at_one_contact_point_leaves_the_others(
    place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with ScriptedServer("127.0.60.1") as broken, ScriptedServer("127.0.60.2") as good:
        if place == "opening":
            true = opening._connect

            async def connect(host: Any, *rest: Any) -> Any:
                if host.address == broken.address:
                    raise ArithmeticError(PASSWORD)
                return await true(host, *rest)

            monkeypatch.setattr(opening, "_connect", connect)
        else:
            read = SystemTables.topology

            async def topology(tables: SystemTables) -> Any:
                if tables._connection.host.address == broken.address:
                    raise ArithmeticError(PASSWORD)
                return await read(tables)

            monkeypatch.setattr(SystemTables, "topology", topology)
        points = [(server.address, server.port) for server in (broken, good)]
        async with aiocql.connect(*points) as session:
            assert [host.address for host in session.hosts] == [good.address]
        with pytest.raises(aiocql.NoHostAvailable, match="ArithmeticError") as raised:
            await aiocql.connect(points[0])
        assert PASSWORD not in str(raised.value)


@in_memory
async def test_attempts_at_the_same_time_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host_pools, "MAX_ATTEMPTS", 4)
    true, now, most = opening._connect, 0, 0

    async def connect(*arguments: Any) -> Any:
        nonlocal now, most
        now += 1
        most = max(most, now)
        try:
            await asyncio.sleep(0.01)
            return await true(*arguments)
        finally:
            now -= 1

    monkeypatch.setattr(opening, "_connect", connect)
    async with (
        ScriptedCluster(20, first_address="127.0.61.1") as cluster,
        aiocql.connect((cluster.nodes[0].address, cluster.port)) as session,
    ):
        assert len(session.hosts) == 20
        assert all(host.open_connections for host in session.hosts)
    assert 1 < most <= 4


@in_memory
async def test_no_password_goes_to_a_transport_without_a_peer_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not known where that leads."""
    async with ScriptedServer(auth=plain_text({"user": PASSWORD})) as server:
        monkeypatch.setattr(PipeTransport, "get_extra_info", lambda pipe, name, default=None: default)
        with pytest.raises(aiocql.AuthenticationFailed, match="the password was not sent"):
            await aiocql.connect((server.address, server.port), auth=("user", PASSWORD))


def test_an_encrypted_key_without_a_password_asks_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

    path = tmp_path / "key.pem"
    path.write_bytes(
        ec.generate_private_key(ec.SECP256R1()).private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(PASSPHRASE.encode())
        )
    )
    answers = []
    load = ssl.SSLContext.load_cert_chain

    def load_cert_chain(context: ssl.SSLContext, cert: Any, key: Any, password: Any) -> None:
        answers.append(password())
        load(context, cert, key, password)

    monkeypatch.setattr(ssl.SSLContext, "load_cert_chain", load_cert_chain)
    with pytest.raises(aiocql.ConfigurationError, match="cannot be read") as raised:
        TLSContexts(aiocql.TLSOptions(cert=path, key=path)).get()
    assert answers == [""]
    assert "key_password" in str(raised.value.hint)
