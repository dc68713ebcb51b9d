"""Who the driver says it is: what `auth=` may be, and when a password may be sent.

`auth=` is asked anew for every connection, so that credentials can change while the driver runs:

- a `(user, password)` pair;
- a callable, sync or async, that gives one of the other two forms. It is called without arguments or, where it takes
  one, with the endpoint (`"10.0.0.1:9042"`);
- an object with its own challenge and response, an `Authenticator`.

Two rules guard the password of a pair, and of a `PlainTextAuthenticator`. It goes over plain TCP to loopback and UNIX
sockets only, unless `allow_plaintext_auth` says otherwise: any host of the cluster can name others, and the driver
connects to those too. And it goes to servers whose authenticator is known to take it (`PLAIN_AUTHENTICATORS`, or
`allowed_authenticators`).
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Collection
from typing import Any, Protocol, TypeGuard, cast, runtime_checkable

from aiocql.errors import AuthenticationFailed, ConfigurationError

__all__ = [
    "PLAIN_AUTHENTICATORS",
    "Auth",
    "Authenticator",
    "Credentials",
    "PlainTextAuthenticator",
    "check_auth",
    "choose_authenticator",
    "is_private_transport",
]

PLAIN_AUTHENTICATORS = frozenset(
    {
        "org.apache.cassandra.auth.PasswordAuthenticator",
        "org.apache.cassandra.auth.MutualTlsWithPasswordFallbackAuthenticator",
        "com.datastax.bdp.cassandra.auth.DseAuthenticator",
        "com.instaclustr.cassandra.auth.SharedSecretAuthenticator",
        "com.instaclustr.cassandra.auth.InstaclustrPasswordAuthenticator",
        "com.scylladb.auth.SaslauthdAuthenticator",
        "com.scylladb.auth.TransitionalAuthenticator",
        "com.amazon.helenus.auth.HelenusAuthenticator",
        "com.ericsson.bss.cassandra.ecaudit.auth.AuditPasswordAuthenticator",
        "com.ericsson.bss.cassandra.ecaudit.auth.AuditAuthenticator",
        "io.aiven.cassandra.auth.AivenAuthenticator",
        "org.apache.cassandra.auth.AllowAllAuthenticator",
    }
)
"""Server-side authenticators that take SASL PLAIN: those of Apache Cassandra, its forks, and hosted offers."""


@runtime_checkable
class Authenticator(Protocol):
    """The client's half of a SASL exchange. A callable for `auth=` returns a new one for each connection."""

    def initial_response(self, mechanism: str) -> bytes:
        """The first token, for a server whose authenticator class is `mechanism`."""

    def evaluate_challenge(self, challenge: bytes | None) -> bytes | None:
        """The answer to a challenge; None answers with a null."""

    def on_success(self, token: bytes | None) -> None:
        """The server is content; `token` is its last word, if it had one."""


Credentials = tuple[str, str]
"""User and password."""

Auth = (
    Credentials
    | Authenticator
    | Callable[..., Credentials | Authenticator | Awaitable[Credentials | Authenticator]]
)
"""What `auth=` may be."""


class PlainTextAuthenticator:
    """SASL PLAIN (RFC 4616): NUL, user, NUL, password."""

    __slots__ = ("_password", "user")

    def __init__(self, user: str, password: str) -> None:
        self.user = user
        self._password = password

    def initial_response(self, mechanism: str) -> bytes:
        """User and password."""
        return b"\0" + self.user.encode() + b"\0" + self._password.encode()

    def evaluate_challenge(self, challenge: bytes | None) -> bytes:
        """Password authenticators of DSE and its kin ask back once; others never do."""
        if challenge in (b"PLAIN-START", b"", None):
            return self.initial_response("")
        raise AuthenticationFailed(
            "the server answered the password with a challenge that PLAIN does not know"
        )

    def on_success(self, token: bytes | None) -> None:
        """PLAIN has no last word."""

    def __repr__(self) -> str:
        return f"<PlainTextAuthenticator {self.user!r}>"

    def __reduce__(self) -> Any:
        raise TypeError("credentials are not pickled")


def _has_its_own_exchange(auth: object) -> TypeGuard[Authenticator]:
    """A class of authenticators is a callable that makes one, not one itself."""
    return isinstance(auth, Authenticator) and not isinstance(auth, type)


def check_auth(auth: Any) -> None:
    """Raise ConfigurationError if `auth=` is not supported. The message never contains a value."""
    if auth is None or _has_its_own_exchange(auth) or callable(auth):
        return
    if isinstance(auth, tuple | list) and len(auth) == 2 and all(isinstance(part, str) for part in auth):
        if "\0" in auth[0] or "\0" in auth[1]:
            raise ConfigurationError("auth: SASL PLAIN has no way to send a NUL in a user or a password")
        return
    raise ConfigurationError(
        f"auth must be a (user, password) pair, a callable or an Authenticator; got {type(auth).__name__}",
        hint='("user", "password"), a callable that gives one, or an object with initial_response, '
        "evaluate_challenge and on_success",
    )


def is_private_transport(address: str | None) -> bool:
    """Return whether `address` (an IP address, or the path of a UNIX socket) is on this machine; None is not known."""
    if address is None:
        return False
    if address.startswith("/"):
        return True
    from ipaddress import ip_address

    try:
        ip = ip_address(address.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(ip, "ipv4_mapped", None)
    return (mapped or ip).is_loopback


async def choose_authenticator(
    auth: Auth | None,
    mechanism: str,
    *,
    endpoint: str,
    peer_address: str | None,
    encrypted: bool,
    allow_plaintext: bool = False,
    allowed_authenticators: Collection[str] = PLAIN_AUTHENTICATORS,
) -> Authenticator:
    """Who answers the server's AUTHENTICATE on this connection.

    `mechanism` is the server's authenticator class, `peer_address` the IP address of the other end (a UNIX socket's
    path), `encrypted` whether TLS is on. Raises AuthenticationFailed where a rule forbids the password, where there
    are no credentials, or where the callable raised (its error is the cause).
    """
    if auth is None:
        raise AuthenticationFailed(
            "the server asks for authentication and no credentials were given",
            host=endpoint,
            hint='connect(..., auth=("user", "password")), or CASSANDRA_USERNAME and CASSANDRA_PASSWORD',
        )
    found = await _ask(auth, endpoint) if callable(auth) and not _has_its_own_exchange(auth) else auth
    if _has_its_own_exchange(found):
        if isinstance(found, PlainTextAuthenticator):
            # It sends a password as a pair does.
            _may_send_password(
                mechanism, endpoint, peer_address, encrypted, allow_plaintext, allowed_authenticators
            )
        return found
    try:
        check_auth(found)
    except ConfigurationError as error:
        raise AuthenticationFailed(error.message, host=endpoint, hint=error.hint) from None
    _may_send_password(mechanism, endpoint, peer_address, encrypted, allow_plaintext, allowed_authenticators)
    user, password = cast("Credentials", found)
    return PlainTextAuthenticator(user, password)


async def _ask(auth: Callable[..., Any], endpoint: str) -> Any:
    try:
        found = auth(endpoint) if _takes_endpoint(auth) else auth()
        if inspect.isawaitable(found):
            found = await found
    except Exception as error:
        raise AuthenticationFailed(
            f"the callable given as auth= raised {type(error).__name__}", host=endpoint
        ) from error
    if found is None or (callable(found) and not _has_its_own_exchange(found)):
        raise AuthenticationFailed(
            f"the callable given as auth= gave a {type(found).__name__}",
            host=endpoint,
            hint='it gives ("user", "password") or an Authenticator',
        )
    return found


def _takes_endpoint(function: Callable[..., Any]) -> bool:
    """Whether the callable has a positional parameter without a default."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return False
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return any(p.kind in positional and p.default is p.empty for p in parameters)


def _may_send_password(
    mechanism: str,
    endpoint: str,
    peer_address: str | None,
    encrypted: bool,
    allow_plaintext: bool,
    allowed_authenticators: Collection[str],
) -> None:
    if not (encrypted or allow_plaintext or is_private_transport(peer_address)):
        raise AuthenticationFailed(
            "the password was not sent: the connection is not encrypted and the host is not this machine",
            host=endpoint,
            hint="turn TLS on (ssl=True), or say allow_plaintext_auth=True where the network is trusted",
        )
    if mechanism not in allowed_authenticators:
        raise AuthenticationFailed(
            f"the password was not sent: the server's authenticator, {mechanism[:200]!r}, is not known to take one",
            host=endpoint,
            hint="name it in allowed_authenticators= if it does",
        )
