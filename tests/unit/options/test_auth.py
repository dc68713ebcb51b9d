"""Who the driver says it is, and when it keeps the password to itself."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from tests.plugins.canary import PASSWORD as SECRET

from aiocql.errors import AuthenticationFailed, ConfigurationError
from aiocql.options.auth import (
    Authenticator,
    PlainTextAuthenticator,
    check_auth,
    choose_authenticator,
    is_private_transport,
)

PASSWORD = "org.apache.cassandra.auth.PasswordAuthenticator"


class Challenge:
    """An object with its own challenge and response."""

    def initial_response(self, mechanism: str) -> bytes:
        return mechanism.encode()

    def evaluate_challenge(self, token: bytes) -> bytes:
        return token[::-1]

    def on_success(self, token: bytes | None) -> None:
        self.last = token


async def choose(auth: Any, mechanism: str = PASSWORD, **changes: Any) -> Authenticator:
    given: dict[str, Any] = {
        "endpoint": "10.0.0.1:9042",
        "peer_address": "10.0.0.1",
        "encrypted": True,
    } | changes
    return await choose_authenticator(auth, mechanism, **given)


async def test_a_pair() -> None:
    chosen = await choose(("bob", SECRET))
    assert chosen.initial_response(PASSWORD) == f"\0bob\0{SECRET}".encode()
    assert SECRET not in repr(chosen)
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(chosen)


@pytest.mark.fault(20)
async def test_a_callable_is_asked_for_each_connection() -> None:
    passwords = iter(["one", "two"])

    def ask() -> tuple[str, str]:
        return "bob", next(passwords)

    answers = [(await choose(ask)).initial_response(PASSWORD) for _ in range(2)]
    assert answers == [b"\0bob\0one", b"\0bob\0two"]


async def test_an_async_callable_that_wants_the_endpoint() -> None:
    async def ask(endpoint: str) -> tuple[str, str]:
        return "bob", endpoint

    assert (await choose(ask)).initial_response(PASSWORD) == b"\0bob\x0010.0.0.1:9042"


async def test_a_callable_with_a_default_is_called_without_arguments() -> None:
    def ask(kind: str = "default") -> tuple[str, str]:
        return "bob", kind

    assert (await choose(ask)).initial_response(PASSWORD) == b"\0bob\0default"


async def test_an_object_with_its_own_exchange_decides_for_itself() -> None:
    mine = Challenge()
    for auth in (mine, lambda: mine, Challenge):
        chosen = await choose(auth, "com.example.Own", encrypted=False)
        assert chosen.initial_response("x") == b"x"
        assert chosen.evaluate_challenge(b"ab") == b"ba"


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "/run/c.sock"])
async def test_a_password_stays_on_this_machine_in_plain_text(address: str) -> None:
    assert is_private_transport(address)
    await choose(("bob", SECRET), peer_address=address, encrypted=False)


@pytest.mark.parametrize(
    "address",
    ["10.0.0.1", "192.168.1.1", "2001:db8::1", "fe80::1%eth0", "localhost.example", "", None, "run/c.sock"],
)
async def test_a_password_does_not_leave_this_machine_in_plain_text(address: str | None) -> None:
    assert not is_private_transport(address)
    with pytest.raises(AuthenticationFailed, match="not encrypted") as caught:
        await choose(("bob", SECRET), peer_address=address, encrypted=False)
    assert "allow_plaintext_auth" in str(caught.value)
    assert SECRET not in str(caught.value)
    await choose(("bob", SECRET), peer_address=address, encrypted=False, allow_plaintext=True)
    await choose(("bob", SECRET), peer_address=address, encrypted=True)


@pytest.mark.fault(20)
async def test_a_server_that_is_not_known_to_take_passwords_gets_none() -> None:
    with pytest.raises(AuthenticationFailed, match=r"com\.example\.Phisher") as caught:
        await choose(("bob", SECRET), "com.example.Phisher")
    assert "allowed_authenticators" in str(caught.value)
    await choose(("bob", SECRET), "com.example.Phisher", allowed_authenticators={"com.example.Phisher"})


async def test_no_credentials() -> None:
    with pytest.raises(AuthenticationFailed, match=r"no credentials were given.*\n.*auth=") as caught:
        await choose(None)
    assert caught.value.host == "10.0.0.1:9042"


@pytest.mark.shows_canary("error", "password")  # by the cause, which is the application's own error
async def test_a_callable_that_fails_or_gives_nonsense() -> None:
    def broken() -> tuple[str, str]:
        raise LookupError(SECRET)

    with pytest.raises(AuthenticationFailed, match="raised LookupError") as caught:
        await choose(broken)
    assert isinstance(caught.value.__cause__, LookupError)
    assert SECRET not in str(caught.value)
    for nonsense in (None, 3, ("bob",), ("bob", 3), lambda: None):
        with pytest.raises(AuthenticationFailed) as caught:
            await choose(lambda value=nonsense: value)
        assert "bob" not in str(caught.value)


async def test_a_challenge_after_the_password() -> None:
    plain = PlainTextAuthenticator("bob", SECRET)
    assert plain.evaluate_challenge(b"PLAIN-START") == f"\0bob\0{SECRET}".encode()
    with pytest.raises(AuthenticationFailed, match="challenge"):
        plain.evaluate_challenge(b"who goes there")
    plain.on_success(None)


def test_check_auth() -> None:
    for good in (None, ("a", "b"), lambda: ("a", "b"), Challenge(), PlainTextAuthenticator("a", "b")):
        check_auth(good)
    for bad in ("a:b", ("a",), ("a", 1), 7):
        with pytest.raises(ConfigurationError, match="auth must be a "):
            check_auth(bad)


@pytest.mark.parametrize(
    "auth", [PlainTextAuthenticator("bob", SECRET), lambda: PlainTextAuthenticator("bob", SECRET)]
)
async def test_a_plain_text_authenticator_guards_its_password_as_a_pair_does(auth: Any) -> None:
    with pytest.raises(AuthenticationFailed, match="not encrypted"):
        await choose(auth, encrypted=False)
    with pytest.raises(AuthenticationFailed, match="not known to take one"):
        await choose(auth, "com.example.Collector")
    for good in ({"allow_plaintext": True}, {"peer_address": "127.0.0.1"}):
        assert isinstance(await choose(auth, encrypted=False, **good), PlainTextAuthenticator)
