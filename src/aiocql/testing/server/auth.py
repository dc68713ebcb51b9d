"""Authenticators of the scripted server: each is asked with every AUTH_RESPONSE and says what is answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from aiocql.testing.server.answers import Answer, AuthChallenge, AuthSuccess
from aiocql.testing.server.error_answers import ErrorAnswer

__all__ = ["Authenticator", "challenges", "endless_challenges", "plain_text"]

Authenticator = Callable[[bytes | None, int], Answer]
"""Takes the client's token and how many came before it on this connection."""


def plain_text(users: Mapping[str, str]) -> Authenticator:
    """PasswordAuthenticator with these users and passwords; `users` may be changed live."""

    def authenticate(token: bytes | None, _: int) -> Answer:
        parts = (token or b"").split(b"\0")
        if len(parts) != 3:
            return ErrorAnswer(0x0100, "Password must not be null")
        user, password = parts[1].decode(errors="replace"), parts[2].decode(errors="replace")
        if users.get(user) != password:
            return ErrorAnswer(0x0100, f"Provided username {user} and/or password are incorrect")
        return AuthSuccess()

    return authenticate


def challenges(*tokens: bytes, success: bytes | None = None) -> Authenticator:
    """Sends these challenges one after the other, whatever is answered, then accepts."""

    def authenticate(_: bytes | None, before: int) -> Answer:
        return AuthChallenge(tokens[before]) if before < len(tokens) else AuthSuccess(success)

    return authenticate


def endless_challenges(token: bytes = b"again") -> Authenticator:
    """Sends challenges for ever."""
    return lambda _, __: AuthChallenge(token)
