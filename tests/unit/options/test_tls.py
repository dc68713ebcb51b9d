"""TLS contexts: verification on by default, a warning when it is off, and files that change."""

from __future__ import annotations

import datetime
import os
import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from aiocql.errors import ConfigurationError
from aiocql.options.tls import InsecureTLSWarning, TLSContexts, TLSOptions

MOMENT = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)


def write_pair(folder: Path, name: str) -> tuple[Path, Path]:
    """A self-signed certificate and its key, as PEM files."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(MOMENT)
        .not_valid_after(MOMENT + datetime.timedelta(days=3650))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    cert_path, key_path = folder / "cert.pem", folder / "key.pem"
    pem = serialization.Encoding.PEM
    cert_path.write_bytes(certificate.public_bytes(pem))
    key_path.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return cert_path, key_path


def test_verification_is_on_by_default() -> None:
    context = TLSContexts(TLSOptions()).get()
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname is True
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2


def test_turning_it_off_warns() -> None:
    with pytest.warns(InsecureTLSWarning, match="certificates are not checked"):
        context = TLSContexts(TLSOptions(verify=False)).get()
    assert context.verify_mode is ssl.CERT_NONE
    with pytest.warns(InsecureTLSWarning, match="names of certificates"):
        context = TLSContexts(TLSOptions(verify_hostname=False)).get()
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, False)


def test_the_name_that_is_checked() -> None:
    assert TLSOptions().name_of("10.0.0.1") == "10.0.0.1"
    assert TLSOptions(server_hostname="db").name_of("10.0.0.1") == "db"
    assert TLSOptions(server_hostname=lambda address: f"n-{address}").name_of("10.0.0.1") == "n-10.0.0.1"


def test_an_authority_from_a_file_or_a_folder(tmp_path: Path) -> None:
    cert, _ = write_pair(tmp_path, "one")
    context = TLSContexts(TLSOptions(ca=cert)).get()
    assert [dict(part[0] for part in ca["subject"]) for ca in context.get_ca_certs()] == [
        {"commonName": "one"}
    ]
    assert TLSContexts(TLSOptions(ca=tmp_path)).get().verify_mode is ssl.CERT_REQUIRED


def test_changed_files_are_read_again(tmp_path: Path) -> None:
    cert, key = write_pair(tmp_path, "one")
    contexts = TLSContexts(TLSOptions(ca=cert, cert=cert, key=key))
    first = contexts.get()
    assert contexts.get() is first
    write_pair(tmp_path, "two")
    second = contexts.get()
    assert second is not first
    assert contexts.reload_error is None


def test_files_that_do_not_fit_yet_leave_the_last_good_ones(tmp_path: Path) -> None:
    cert, key = write_pair(tmp_path, "one")
    contexts = TLSContexts(TLSOptions(cert=cert, key=key))
    first = contexts.get()
    new = tmp_path / "new"
    new.mkdir()
    new_cert, new_key = write_pair(new, "two")
    os.replace(new_cert, cert)
    assert contexts.get() is first
    assert "cert or key" in str(contexts.reload_error)
    os.replace(new_key, key)
    assert contexts.get() is not first
    assert contexts.reload_error is None


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    nonsense = tmp_path / "nonsense.pem"
    nonsense.write_text("nonsense")
    for options, what in (
        (TLSOptions(ca=nonsense), "ssl: ca cannot be read"),
        (TLSOptions(cert=nonsense), "ssl: cert or key cannot be read"),
    ):
        with pytest.raises(ConfigurationError, match=what):
            TLSContexts(options).get()


def test_options_that_contradict_each_other(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no file"):
        TLSOptions(ca=tmp_path / "none.pem")
    with pytest.raises(ConfigurationError, match="a key without a certificate"):
        TLSOptions(key=tmp_path)
    with pytest.raises(ConfigurationError, match="a context of your own"):
        TLSOptions(context=ssl.create_default_context(), verify=False)


def test_a_context_of_ones_own_is_used_as_it_is() -> None:
    context = ssl.create_default_context()
    assert TLSContexts(TLSOptions(context=context)).get() is context
