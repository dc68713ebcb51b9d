"""Certificates for tests, made by trustme: an authority, certificates for servers and clients, good ones and bad ones.

Needs ``pip install 'aiocql[testing]'``. Keys are ECDSA P-256, made in a millisecond. Everything is PEM: Cassandra reads
it with its PEMBasedSslContextFactory, Python's ssl reads nothing else.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aiocql.testing.errors import ToolNotFound

__all__ = ["Certificate", "CertificateAuthority"]


@dataclass(frozen=True)
class Certificate:
    """A certificate with its key, in files. `keystore_path` holds key, certificate and authority in one file."""

    certificate_path: Path
    key_path: Path
    keystore_path: Path


class CertificateAuthority:
    """An authority that signs any certificate. Its own certificate is in `certificate_path`.

    Two authorities do not know each other: use a second one for certificates of an unknown issuer.
    """

    def __init__(self, folder: Path, name: str = "aiocql test authority") -> None:
        try:
            import trustme
        except ImportError:
            raise ToolNotFound(
                "certificates need the Python package trustme",
                tool="trustme",
                hint="pip install 'aiocql[testing]'",
            ) from None
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.certificate_path = folder / "ca.pem"
        self._authority = trustme.CA(path_length=0, organization_name="aiocql", organization_unit_name=name)
        self._pem = self._authority.cert_pem.bytes()
        self.certificate_path.write_bytes(self._pem)

    def issue(
        self, name: str, hosts: Iterable[str] = (), *, days: float = 365.0, started: float = 1.0
    ) -> Certificate:
        """Return a certificate for `name`, valid for `hosts` (addresses or host names), in the authority's folder.

        It is valid from `started` days ago, for `days` days: ``days=0.5`` with ``started=1.0`` has expired, and a
        negative `started` makes one that is not valid yet. It serves servers and clients alike.
        """
        start = datetime.now(UTC) - timedelta(days=started)
        stem = "".join(c if c.isalnum() or c in "._-" else "_" for c in name)
        issued = self._authority.issue_cert(
            *(tuple(hosts) or (stem,)),
            common_name=name,
            organization_name="aiocql",
            not_before=start,
            not_after=start + timedelta(days=days),
        )
        certificate, private = issued.cert_chain_pems[0].bytes(), _pkcs8(issued.private_key_pem.bytes())
        paths = [self.folder / f"{stem}.{kind}.pem" for kind in ("certificate", "key", "keystore")]
        for path, content in zip(
            paths, (certificate, private, private + certificate + self._pem), strict=True
        ):
            path.touch(mode=0o600)
            path.write_bytes(content)
        return Certificate(*paths)

    def ssl_context(self, client: Certificate | None = None) -> ssl.SSLContext:
        """Return a client's context that trusts this authority only, checks host names, and presents `client`."""
        context = ssl.create_default_context(cafile=str(self.certificate_path))
        if client is not None:
            context.load_cert_chain(client.certificate_path, client.key_path)
        return context

    def server_options(self, server: Certificate, *, require_client: bool) -> dict[str, Any]:
        """Return Cassandra's client_encryption_options for a node that presents `server`."""
        return {
            "enabled": True,
            "optional": False,
            "require_client_auth": require_client,
            "ssl_context_factory": {"class_name": "org.apache.cassandra.security.PEMBasedSslContextFactory"},
            "keystore": str(server.keystore_path),
            "truststore": str(self.certificate_path),
        }


def _pkcs8(key: bytes) -> bytes:
    """Return a PEM key as PKCS #8, the only form that Cassandra reads."""
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
        load_pem_private_key,
    )

    private = load_pem_private_key(key, password=None)
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
