"""How connections open: passwords over plain TCP, TLS by host, client certificates, UNIX sockets."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path
from typing import Any

import pytest
from tests.plugins.canary import PASSWORD, WRONG_PASSWORD, value_of
from tests.scripted.in_memory import in_memory
from tests.scripted.scripted_sessions import SELECT, prime_table

import aiocql
from aiocql.testing import Authenticate, CertificateAuthority, Opcode, ScriptedServer, plain_text

FAR = "10.1.2.3"
USER = ("user", PASSWORD)


async def is_served(server: ScriptedServer, **options: Any) -> None:
    prime_table(server)
    async with aiocql.connect((server.address, server.port), **options) as session:
        assert (await session.execute(SELECT, [1])).one() == (value_of(1),)


def passwords(server: ScriptedServer) -> int:
    return server.count(Opcode.AUTH_RESPONSE)


@in_memory
async def test_a_password_is_not_sent_in_plain_text_to_another_machine() -> None:
    async with ScriptedServer(FAR, auth=plain_text(dict([USER]))) as server:
        with pytest.raises(aiocql.AuthenticationFailed, match="not sent") as caught:
            await is_served(server, auth=USER)
        assert "allow_plaintext_auth=True" in str(caught.value.hint)
        assert passwords(server) == 0
        await is_served(server, auth=USER, allow_plaintext_auth=True)
        assert passwords(server) > 0


@in_memory
async def test_a_password_is_sent_to_this_machine() -> None:
    async with ScriptedServer(auth=plain_text(dict([USER]))) as server:
        await is_served(server, auth=USER)


@pytest.mark.parametrize("tls", [True, False])
def test_a_password_is_sent_over_tls(tls: bool, tmp_path: Path) -> None:
    @in_memory
    async def scenario() -> None:
        authority = CertificateAuthority(tmp_path)
        context = server_context(authority, FAR) if tls else None
        async with ScriptedServer(FAR, auth=plain_text(dict([USER])), ssl=context) as server:
            options = {"ssl": aiocql.TLSOptions(ca=authority.certificate_path)} if tls else {}
            if not tls:
                with pytest.raises(aiocql.AuthenticationFailed):
                    await is_served(server, auth=USER, **options)
            else:
                await is_served(server, auth=USER, **options)
            assert (passwords(server) > 0) is tls

    scenario()


@pytest.mark.parametrize("form", ["pair", "callable", "async callable", "object", "factory"])
@in_memory
async def test_the_forms_of_auth(form: str) -> None:
    asked: list[str] = []

    def pair() -> tuple[str, str]:
        asked.append("")
        return USER

    async def pair_for(endpoint: str) -> tuple[str, str]:
        asked.append(endpoint)
        return USER

    class Own:
        """Its own challenge and response."""

        def initial_response(self, mechanism: str) -> bytes:
            asked.append(mechanism)
            return f"\0{USER[0]}\0{USER[1]}".encode()

        def evaluate_challenge(self, challenge: bytes | None) -> bytes | None:
            raise AssertionError(challenge)

        def on_success(self, token: bytes | None) -> None:
            asked.append("success")

    auth: Any = {"pair": USER, "callable": pair, "async callable": pair_for, "object": Own(), "factory": Own}
    async with ScriptedServer(auth=plain_text(dict([USER]))) as server:
        await is_served(server, auth=auth[form])
        if form == "pair":
            return
        handshakes = passwords(server)
        assert handshakes == server.connection_count
        assert len(asked) >= handshakes
        if form == "async callable":
            assert set(asked) == {f"{server.address}:{server.port}"}


@pytest.mark.fault(20)
@in_memory
async def test_credentials_can_change_while_the_session_lives() -> None:
    passwords = {"user": WRONG_PASSWORD}
    given = [WRONG_PASSWORD]
    async with ScriptedServer(auth=plain_text(passwords)) as server:
        prime_table(server)
        async with aiocql.connect((server.address, server.port), auth=lambda: ("user", given[0])) as session:
            passwords["user"] = given[0] = PASSWORD
            await session.warm_up(3)
            assert session.stats().open_connections == 3


@in_memory
async def test_a_server_whose_authenticator_is_not_known_gets_no_password() -> None:
    async with ScriptedServer(auth=plain_text(dict([USER]))) as server:
        server.prime(lambda request: request.opcode is Opcode.STARTUP, Authenticate("com.evil.Collector"))
        with pytest.raises(aiocql.AuthenticationFailed, match=r"com\.evil\.Collector"):
            await is_served(server, auth=USER)
        assert passwords(server) == 0
        await is_served(server, auth=USER, allowed_authenticators={"com.evil.Collector"})


def server_context(authority: CertificateAuthority, *hosts: str, mutual: bool = False) -> ssl.SSLContext:
    certificate = authority.issue("node", hosts)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.certificate_path, certificate.key_path)
    if mutual:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(authority.certificate_path)
    return context


@in_memory
async def test_a_certificate_for_another_host_is_refused(tmp_path: Path) -> None:
    authority = CertificateAuthority(tmp_path)
    async with ScriptedServer(FAR, ssl=server_context(authority, "10.9.9.9", "node.test")) as server:
        options = {"ca": authority.certificate_path}
        with pytest.raises(aiocql.NoHostAvailable, match="IP address mismatch"):
            await is_served(server, ssl=aiocql.TLSOptions(**options))
        names = {FAR: "node.test"}
        await is_served(server, ssl=aiocql.TLSOptions(server_hostname=names.__getitem__, **options))
        await is_served(server, ssl=aiocql.TLSOptions(server_hostname="node.test", **options))


@in_memory
async def test_client_certificates(tmp_path: Path) -> None:
    authority = CertificateAuthority(tmp_path)
    async with ScriptedServer(FAR, ssl=server_context(authority, FAR, mutual=True)) as server:
        client = authority.issue("client")
        options = {"ca": authority.certificate_path}
        with pytest.raises(aiocql.NoHostAvailable):
            await is_served(server, ssl=aiocql.TLSOptions(**options))
        await is_served(
            server, ssl=aiocql.TLSOptions(cert=client.certificate_path, key=client.key_path, **options)
        )


@in_memory
async def test_plain_tcp_to_a_server_that_speaks_tls_and_the_other_way_round(tmp_path: Path) -> None:
    authority = CertificateAuthority(tmp_path)
    async with ScriptedServer(FAR, ssl=server_context(authority, FAR)) as server:
        with pytest.raises(aiocql.NoHostAvailable):
            await is_served(server, connect_timeout=1.0)
    async with ScriptedServer(FAR) as server:
        with pytest.raises(aiocql.NoHostAvailable):
            await is_served(server, ssl=True, connect_timeout=1.0)


async def test_a_unix_socket(tmp_path: Path) -> None:
    """Passwords may be sent: it does not leave this machine."""
    path = str(tmp_path / "cql.sock")
    scripted = ScriptedServer(auth=plain_text(dict([USER])))
    prime_table(scripted)
    listener = await asyncio.get_running_loop().create_unix_server(scripted.new_connection, path)
    try:
        async with aiocql.connect(path, auth=USER) as session:
            assert (await session.execute(SELECT, [1])).one() == (value_of(1),)
            assert session.hosts[0].endpoint == path
            await session.warm_up(3)
            assert session.stats().open_connections == 3
        await scripted.until(lambda: not scripted.connections)
    finally:
        listener.close()
        await listener.wait_closed()
