"""Certificates made on the spot, in real handshakes."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from aiocql.testing import Certificate, CertificateAuthority


@pytest.fixture
def authority(tmp_path: Path) -> CertificateAuthority:
    return CertificateAuthority(tmp_path / "ca")


def shake_hands(
    client: ssl.SSLContext, server: Certificate, ask_client: Path | None, host: str
) -> str | None:
    """Both ends of a handshake in memory; the common name of the client's certificate as the server saw it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(server.keystore_path)
    if ask_client is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(ask_client)
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        client.wrap_bio(to_client, to_server, server_hostname=host),
        context.wrap_bio(to_server, to_client, server_side=True),
    ]
    for _ in range(3):
        for end in ends:
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
    shown = ends[1].getpeercert() or {}
    return next((value for ((name, value),) in shown.get("subject", ()) if name == "commonName"), None)


def test_a_client_trusts_the_authority_and_shows_itself(authority: CertificateAuthority) -> None:
    server = authority.issue("node1", ["127.0.0.1", "localhost"])
    client = authority.ssl_context(authority.issue("client"))
    assert shake_hands(client, server, authority.certificate_path, "127.0.0.1") == "client"
    assert shake_hands(client, server, authority.certificate_path, "localhost") == "client"


def test_keys_are_for_their_owner_alone(authority: CertificateAuthority) -> None:
    server = authority.issue("node1")
    assert [path.stat().st_mode & 0o077 for path in (server.key_path, server.keystore_path)] == [0, 0]


@pytest.mark.parametrize(
    ("days", "started", "host", "reason"),
    [
        (365, 1, "127.0.0.2", "IP address mismatch"),
        (365, 1, "elsewhere", "Hostname mismatch"),
        (0.5, 1, "127.0.0.1", "expired"),
        (365, -1, "127.0.0.1", "not yet valid"),
    ],
)
def test_bad_ones_can_be_made(
    authority: CertificateAuthority, days: float, started: float, host: str, reason: str
) -> None:
    server = authority.issue("node1", ["127.0.0.1"], days=days, started=started)
    with pytest.raises(ssl.SSLCertVerificationError, match=reason):
        shake_hands(authority.ssl_context(), server, None, host)


def test_two_authorities_do_not_know_each_other(authority: CertificateAuthority, tmp_path: Path) -> None:
    stranger = CertificateAuthority(tmp_path / "other").issue("node1", ["127.0.0.1"])
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(authority.ssl_context(), stranger, None, "127.0.0.1")
