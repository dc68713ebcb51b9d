"""The options that every command has: where the cluster is, and who to be there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Group, Parameter

import aiocql
from aiocql.options.tls import TLSOptions

if TYPE_CHECKING:
    from aiocql.session.connect import Connecting

__all__ = ["Target", "TargetOptions"]

GROUP = Group("Connection", sort_key=10)


@dataclass(frozen=True, kw_only=True)
class Target:
    """Where to connect. Missing options are read from the environment (CASSANDRA_CONTACT_POINTS and the others)."""

    contact_points: Annotated[
        tuple[str, ...],
        Parameter(name=["--contact-points", "-c"], group=GROUP, negative="", show_default=False),
    ] = ()
    "Host, host:port, or a DSN (cassandra://user:secret@host/keyspace); several are parted by commas."
    port: Annotated[int | None, Parameter(group=GROUP)] = None
    "The port of contact points that name none [9042]."
    keyspace: Annotated[str | None, Parameter(name=["--keyspace", "-k"], group=GROUP)] = None
    "The keyspace of unqualified names."
    local_datacenter: Annotated[str | None, Parameter(name=["--local-datacenter", "--dc"], group=GROUP)] = (
        None
    )
    "The datacenter to use."
    username: Annotated[str | None, Parameter(name=["--username", "-u"], group=GROUP)] = None
    "Who to be; the password is CASSANDRA_PASSWORD, or asked for."
    ssl: Annotated[bool | None, Parameter(group=GROUP)] = None
    "Encrypt, and verify the servers' certificates."
    ssl_ca: Annotated[str | None, Parameter(group=GROUP)] = None
    "File or folder of the authorities to trust."
    ssl_cert: Annotated[str | None, Parameter(group=GROUP)] = None
    "File of the client's certificate."
    ssl_key: Annotated[str | None, Parameter(group=GROUP)] = None
    "File of its key."
    allow_plaintext_auth: Annotated[bool, Parameter(group=GROUP, negative="", show_default=False)] = False
    "Let the password go over an unencrypted connection to another machine."
    protocol_version: Annotated[int | None, Parameter(group=GROUP)] = None
    "The native protocol: 3, 4 or 5 [the newest that the server speaks]."
    connect_timeout: Annotated[float | None, Parameter(group=GROUP)] = None
    "Seconds for a connection to open [5]."
    request_timeout: Annotated[float | None, Parameter(group=GROUP)] = None
    "Seconds for a request [10]."

    def options(self) -> dict[str, Any]:
        """What was said, as keywords of `aiocql.connect`."""
        plain = (
            "port",
            "keyspace",
            "local_datacenter",
            "protocol_version",
            "connect_timeout",
            "request_timeout",
        )
        said = {name: getattr(self, name) for name in plain if getattr(self, name) is not None}
        if self.allow_plaintext_auth:
            said["allow_plaintext_auth"] = True
        if self.username is not None:
            said["auth"] = (self.username, _password())
        if self.ssl is False:
            said["ssl"] = False
        elif self.ssl or self.ssl_ca or self.ssl_cert or self.ssl_key:
            said["ssl"] = TLSOptions(ca=self.ssl_ca, cert=self.ssl_cert, key=self.ssl_key)
        return said

    def connect(self, more_contact_points: Sequence[str] = (), **options: Any) -> Connecting:
        """A session to be entered with `async with`."""
        application = {"application_name": "aiocql command line"}
        given: Any = application | self.options() | options
        connecting: Connecting = aiocql.connect(*more_contact_points, *self.contact_points, **given)
        return connecting


def _password() -> str:
    import getpass
    import os

    return os.environ.get("CASSANDRA_PASSWORD") or getpass.getpass("password: ")


TargetOptions = Annotated[Target, Parameter(name="*")]
"""The type of the parameter that brings these options to a command."""
