"""Authentication as cassandra-driver has it: a provider makes an authenticator for each connection."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from warnings import warn

from aiocql.options.auth import Auth, is_private_transport

__all__ = ["AuthProvider", "Authenticator", "PlainTextAuthProvider", "PlaintextPasswordWarning", "as_auth"]


class PlaintextPasswordWarning(UserWarning):
    """A password goes over plain TCP to another machine."""


class Authenticator:
    """One connection's answers to the server. Subclass it, and `AuthProvider`, for an exchange of your own."""

    server_authenticator_class: str | None = None

    def initial_response(self) -> bytes | None:
        """The first message."""
        return None

    def evaluate_challenge(self, challenge: bytes | None) -> bytes | None:
        """The answer to a challenge."""
        raise NotImplementedError

    def on_authentication_success(self, token: bytes | None) -> None:
        """The server is content."""


class AuthProvider:
    """Base of providers."""

    def new_authenticator(self, host: str) -> Authenticator:
        """An authenticator for a connection to this address."""
        raise NotImplementedError


class PlainTextAuthProvider(AuthProvider):
    """User and password."""

    def __init__(self, username: str, password: str) -> None:
        self.username = username
        self.password = password

    def new_authenticator(self, host: str) -> Authenticator:
        """SASL PLAIN."""
        return _Plain(self.username, self.password)

    def __repr__(self) -> str:
        return f"<PlainTextAuthProvider {self.username!r}>"


class _Plain(Authenticator):
    def __init__(self, username: str, password: str) -> None:
        self._message = f"\0{username}\0{password}".encode()

    def initial_response(self) -> bytes:
        return self._message

    def evaluate_challenge(self, challenge: bytes | None) -> bytes | None:
        return self._message if challenge in (b"PLAIN-START", b"", None) else None


def as_auth(provider: Any, *, encrypted: bool) -> Auth | None:
    """What `aiocql.connect(auth=)` takes, from a provider.

    cassandra-driver sends a password over plain TCP to any host, and so does this; the first time warns.
    """
    if provider is None:
        return None
    return _credentials(provider, encrypted)


def _credentials(provider: AuthProvider, encrypted: bool) -> Callable[[str], Any]:
    warned = encrypted

    def credentials(endpoint: str) -> Any:
        nonlocal warned
        address = endpoint.rpartition(":")[0].strip("[]")
        if not isinstance(provider, PlainTextAuthProvider):
            return _Adapted(provider.new_authenticator(address))
        if not warned and not is_private_transport(address):
            warned = True
            warn(
                "the password goes over plain TCP; pass ssl_context= to encrypt the connections",
                PlaintextPasswordWarning,
                stacklevel=2,
            )
        return provider.username, provider.password

    return credentials


class _Adapted:
    """An authenticator of cassandra-driver's form, in that of aiocql."""

    def __init__(self, inner: Authenticator) -> None:
        self._inner = inner

    def initial_response(self, mechanism: str) -> bytes | None:
        """The first message."""
        self._inner.server_authenticator_class = mechanism
        return self._inner.initial_response()

    def evaluate_challenge(self, challenge: bytes | None) -> bytes | None:
        """The answer to a challenge."""
        return self._inner.evaluate_challenge(challenge)

    def on_success(self, token: bytes | None) -> None:
        """The server is content."""
        self._inner.on_authentication_success(token)
