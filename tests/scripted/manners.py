"""How a connection is made: protocol version, compression, TLS; and a server behind a proxy that speaks so.

The server wants a password: the exchange is part of what passes.
"""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from tests.plugins.canary import PASSWORD, value_of

from aiocql.testing import FaultProxy, ScriptedServer, plain_text
from aiocql.testing.certificates import CertificateAuthority

__all__ = ["QUERY", "Manner", "behind_a_proxy", "manner"]

QUERY = "SELECT v FROM t WHERE k = ?"
USER = ("user", PASSWORD)


@dataclass(frozen=True)
class Manner:
    """Protocol version, compression, TLS, and how often an answer says what it says."""

    version: int
    compression: Literal["lz4"] | None = None
    server: ssl.SSLContext | None = None
    client: ssl.SSLContext | None = None
    length: int = 1

    def value(self, k: int) -> str:
        """What the row of a key holds."""
        return " ".join([value_of(k)] * self.length)

    @property
    def options(self) -> dict[str, Any]:
        """What `connect` is told."""
        return {
            "protocol_version": self.version,
            "compression": self.compression,
            "ssl": self.client,
            "auth": USER,
        }


def manner(version: int, compression: Literal["lz4"] | None, folder: Path | None) -> Manner:
    """With a folder for certificates: over TLS."""
    if folder is None:
        return Manner(version, compression)
    authority = CertificateAuthority(folder)
    certificate = authority.issue("node", ["127.0.0.1"])
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate.certificate_path, certificate.key_path)
    return Manner(version, compression, server, authority.ssl_context())


@contextlib.asynccontextmanager
async def behind_a_proxy(manner: Manner) -> AsyncIterator[tuple[ScriptedServer, FaultProxy]]:
    """A server that answers `QUERY` with a row that names its key."""
    async with (
        ScriptedServer(
            max_version=manner.version, ssl=manner.server, auth=plain_text(dict([USER]))
        ) as server,
        FaultProxy(server.address, server.port) as proxy,
    ):
        server.node.port = proxy.port
        server.prime(
            QUERY,
            bind=[("k", "int")],
            partition_key=[0],
            columns=[("v", "text")],
            rows=lambda request: [(manner.value(request.bound["k"]),)],
        )
        yield server, proxy
        assert server.violations == []
