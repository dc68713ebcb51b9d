"""Certificates made on the spot: an authority, certificates for servers and for clients, good ones and bad ones.

Needs the package `cryptography` (``pip install 'aiocql[testing]'``). Keys are ECDSA P-256, made in a millisecond.
Everything is PEM: Cassandra reads it with its PEMBasedSslContextFactory, Python's ssl reads nothing else.
"""

from __future__ import annotations

import datetime
import ipaddress
import ssl
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiocql.testing.errors import ToolNotFound

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

__all__ = ["Certificate", "CertificateAuthority"]


@dataclass(frozen=True)
class Certificate:
    """A certificate with its key, in files. `keystore_path` holds key, certificate and authority in one file."""

    certificate_path: Path
    key_path: Path
    keystore_path: Path


class CertificateAuthority:
    """An authority that signs whatever it is asked to; its own certificate is in `certificate_path`.

    Two authorities in two folders do not know each other: that is how a certificate of an unknown issuer is made.
    """

    def __init__(self, folder: Path, name: str = "aiocql test authority") -> None:
        _require_cryptography()
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.certificate_path = folder / "ca.pem"
        self._key = _new_key()
        self._name = _name(name)
        self._pem = _pem(self._sign(self._name, self._key, _lifetime(3650), _authority_extensions()))
        self.certificate_path.write_bytes(self._pem)

    def issue(
        self, name: str, hosts: Iterable[str] = (), *, days: float = 365.0, started: float = 1.0
    ) -> Certificate:
        """A certificate for `name`, valid for `hosts` (addresses or host names), written to the authority's folder.

        It is valid from `started` days ago, for `days` days: ``days=0.5`` with ``started=1.0`` has expired, and a
        negative `started` makes one that is not valid yet. It serves servers and clients alike.
        """
        key = _new_key()
        signed = self._sign(_name(name), key, _lifetime(days, started), _leaf_extensions(list(hosts)))
        stem = "".join(c if c.isalnum() or c in "._-" else "_" for c in name)
        paths = [self.folder / f"{stem}.{kind}.pem" for kind in ("certificate", "key", "keystore")]
        certificate, private = _pem(signed), _key_pem(key)
        for path, content in zip(
            paths, (certificate, private, private + certificate + self._pem), strict=True
        ):
            path.touch(mode=0o600)
            path.write_bytes(content)
        return Certificate(*paths)

    def ssl_context(self, client: Certificate | None = None) -> ssl.SSLContext:
        """A client's context that trusts this authority alone, checks host names, and shows `client` if given."""
        context = ssl.create_default_context(cafile=str(self.certificate_path))
        if client is not None:
            context.load_cert_chain(client.certificate_path, client.key_path)
        return context

    def server_options(self, server: Certificate, *, require_client: bool) -> dict[str, Any]:
        """Cassandra's client_encryption_options for a node that shows `server`."""
        return {
            "enabled": True,
            "optional": False,
            "require_client_auth": require_client,
            "ssl_context_factory": {"class_name": "org.apache.cassandra.security.PEMBasedSslContextFactory"},
            "keystore": str(server.keystore_path),
            "truststore": str(self.certificate_path),
        }

    def _sign(
        self,
        subject: x509.Name,
        key: EllipticCurvePrivateKey,
        lifetime: tuple[datetime.datetime, datetime.datetime],
        extensions: Sequence[tuple[x509.ExtensionType, bool]],
    ) -> x509.Certificate:
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes

        builder = x509.CertificateBuilder(
            subject_name=subject, issuer_name=self._name, public_key=key.public_key()
        )
        builder = builder.serial_number(x509.random_serial_number())
        builder = builder.not_valid_before(lifetime[0]).not_valid_after(lifetime[1])
        identifiers: list[x509.ExtensionType] = [
            x509.SubjectKeyIdentifier.from_public_key(key.public_key()),
            x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()),
        ]
        for extension, critical in [*extensions, *((identifier, False) for identifier in identifiers)]:
            builder = builder.add_extension(extension, critical)
        return builder.sign(self._key, hashes.SHA256())


def _require_cryptography() -> None:
    try:
        import cryptography  # noqa: F401
    except ImportError:
        raise ToolNotFound(
            "certificates need the Python package cryptography",
            tool="cryptography",
            hint="pip install 'aiocql[testing]'",
        ) from None


def _new_key() -> EllipticCurvePrivateKey:
    from cryptography.hazmat.primitives.asymmetric import ec

    return ec.generate_private_key(ec.SECP256R1())


def _name(common_name: str) -> x509.Name:
    from cryptography import x509

    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common_name)])


def _lifetime(days: float, started: float = 1.0) -> tuple[datetime.datetime, datetime.datetime]:
    start = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=started)
    return start, start + datetime.timedelta(days=days)


def _authority_extensions() -> list[tuple[x509.ExtensionType, bool]]:
    from cryptography import x509

    signs = dict.fromkeys(("key_cert_sign", "crl_sign", "digital_signature"), True)
    others = ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement")
    usage = x509.KeyUsage(**signs, **dict.fromkeys((*others, "encipher_only", "decipher_only"), False))
    return [(x509.BasicConstraints(ca=True, path_length=0), True), (usage, True)]


def _leaf_extensions(hosts: Sequence[str]) -> list[tuple[x509.ExtensionType, bool]]:
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID

    purposes = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])
    extensions: list[tuple[x509.ExtensionType, bool]] = [
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (purposes, False),
    ]
    if hosts:
        extensions.append((x509.SubjectAlternativeName([_general_name(host) for host in hosts]), False))
    return extensions


def _general_name(host: str) -> x509.GeneralName:
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _pem(certificate: x509.Certificate) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    return certificate.public_bytes(Encoding.PEM)


def _key_pem(key: EllipticCurvePrivateKey) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
