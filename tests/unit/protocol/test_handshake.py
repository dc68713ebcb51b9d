"""The handshake: every way that it can go, and no connection more than it takes."""

from collections.abc import Callable
from typing import Any

import pytest

from aiocql.errors import (
    AuthenticationFailed,
    ConfigurationError,
    ConnectFailed,
    ProtocolError,
    UnsupportedProtocolVersion,
)
from aiocql.protocol.constants import OP_AUTH_RESPONSE, OP_OPTIONS, OP_STARTUP
from aiocql.protocol.handshake import MAX_CHALLENGES, Done, Downgrade, Handshake, Outgoing, versions_for
from aiocql.protocol.responses import Response, decode_body
from aiocql.testing.server import answers, error_answers
from aiocql.testing.server.answers import Answer
from aiocql.testing.server.notation import Reader


def heard(answer: Answer, version: int = 5) -> Response:
    """An answer as it arrives; `version` is the one in its header."""
    return decode_body(version, 0, answer.code(), answer.body(version))


def refusal(text: str, code: int = 0x000A) -> Answer:
    """An ERROR."""
    return error_answers.ErrorAnswer(code, text)


class Plain:
    """An authenticator that notes what it is asked."""

    def __init__(self) -> None:
        self.heard: list[Any] = []

    def initial_response(self, mechanism: str) -> bytes:
        self.heard.append(mechanism)
        return b"\0user\0secret"

    def evaluate_challenge(self, challenge: bytes | None) -> bytes | None:
        self.heard.append(challenge)
        return b"answer"

    def on_success(self, token: bytes | None) -> None:
        self.heard.append(token)


def startup_of(step: Any) -> dict[str, str]:
    """The options of STARTUP."""
    assert isinstance(step, Outgoing)
    assert step.opcode == OP_STARTUP
    return Reader(step.body).string_map()


def test_the_shortest() -> None:
    """STARTUP, READY."""
    handshake = Handshake(options={"DRIVER_VERSION": "1.2", "APPLICATION_NAME": "shop"})
    assert startup_of(handshake.start()) == {
        "CQL_VERSION": "3.0.0",
        "DRIVER_NAME": "aiocql",
        "DRIVER_VERSION": "1.2",
        "APPLICATION_NAME": "shop",
    }
    assert handshake.version == 5
    done = handshake.receive(heard(answers.Ready()))
    assert isinstance(done, Done)
    assert (done.supported, done.authenticator) == (None, None)


def test_asking_first() -> None:
    """What the server offers is handed on."""
    handshake = Handshake(ask_options=True)
    assert handshake.start().opcode == OP_OPTIONS
    options = {
        "CQL_VERSION": ["3.4.7"],
        "COMPRESSION": ["lz4"],
        "PROTOCOL_VERSIONS": ["4/v4", "5/v5", "6/v6-beta"],
    }
    startup_of(handshake.receive(heard(answers.Supported(options))))
    done = handshake.receive(heard(answers.Ready()))
    assert isinstance(done, Done)
    assert done.supported == options


def test_compression_is_asked_for_where_it_is_offered() -> None:
    """And is an error where it is not: no silent fallback."""
    handshake = Handshake(compression="lz4")
    assert handshake.start().opcode == OP_OPTIONS
    step = handshake.receive(heard(answers.Supported({"COMPRESSION": ["snappy", "lz4"]})))
    assert startup_of(step)["COMPRESSION"] == "lz4"
    for offered in ({"COMPRESSION": ["snappy"]}, {"COMPRESSION": []}, {}):
        handshake = Handshake(compression="lz4")
        handshake.start()
        with pytest.raises(ConfigurationError, match="'lz4'"):
            handshake.receive(heard(answers.Supported(offered)))


def test_credentials() -> None:
    """Token, challenges, success."""
    handshake = Handshake()
    handshake.start()
    plain = handshake.authenticator = Plain()
    step = handshake.receive(heard(answers.Authenticate("a.B")))
    assert isinstance(step, Outgoing)
    assert (step.opcode, step.body) == (OP_AUTH_RESPONSE, b"\0\0\0\x0c\0user\0secret")
    assert "secret" not in repr(step)
    step = handshake.receive(heard(answers.AuthChallenge(b"more")))
    assert isinstance(step, Outgoing)
    assert (step.opcode, step.body) == (OP_AUTH_RESPONSE, b"\0\0\0\x06answer")
    done = handshake.receive(heard(answers.AuthSuccess(b"bye")))
    assert isinstance(done, Done)
    assert done.authenticator == "a.B"
    assert plain.heard == ["a.B", b"more", b"bye"]


def test_no_credentials() -> None:
    """The server wants some."""
    handshake = Handshake()
    handshake.start()
    with pytest.raises(AuthenticationFailed, match="wants credentials"):
        handshake.receive(heard(answers.Authenticate()))


@pytest.mark.fault(20)
@pytest.mark.parametrize("code", [0x0100, 0x2100])
def test_refused_credentials(code: int) -> None:
    """Bad credentials, or a role that may not log in."""
    handshake = in_auth()
    with pytest.raises(AuthenticationFailed, match="refused the credentials"):
        handshake.receive(heard(refusal("no", code)))


def in_auth() -> Handshake:
    """A handshake that has said its credentials."""
    handshake = Handshake()
    handshake.start()
    handshake.authenticator = Plain()
    handshake.receive(heard(answers.Authenticate()))
    return handshake


def test_another_error_while_authenticating() -> None:
    """It is not the credentials' fault."""
    with pytest.raises(ConnectFailed, match="overloaded") as caught:
        in_auth().receive(heard(refusal("overloaded", 0x1001)))
    assert not isinstance(caught.value, AuthenticationFailed)


@pytest.mark.fault(20)
def test_endless_challenges() -> None:
    """An end is put to them."""
    handshake = in_auth()
    for _ in range(MAX_CHALLENGES):
        assert isinstance(handshake.receive(heard(answers.AuthChallenge(b"again"))), Outgoing)
    with pytest.raises(AuthenticationFailed, match=str(MAX_CHALLENGES)):
        handshake.receive(heard(answers.AuthChallenge(b"again")))


CASSANDRA_5 = "Invalid or unsupported protocol version (5); supported versions are (3/v3, 4/v4, 6/v6-beta)"
CASSANDRA_3 = (
    "Invalid or unsupported protocol version (5); the lowest supported version is 3 and the greatest is 4"
)
BETA = "Beta version of the protocol used (5/v5-beta), but USE_BETA flag is unset"


@pytest.mark.fault(32)
@pytest.mark.parametrize(
    ("text", "code", "answered", "versions", "expected"),
    [
        (CASSANDRA_5, 0x000A, 4, (5, 4, 3), 4),
        (CASSANDRA_5, 0x000A, 5, (5, 4, 3), 4),
        (CASSANDRA_3, 0x000A, 4, (5, 4, 3), 4),
        (CASSANDRA_3, 0x000A, 3, (5, 4, 3), 3),
        (BETA, 0x000A, 5, (5, 4, 3), 4),
        (BETA, 0x000A, 4, (5, 4, 3), 4),
        ("Invalid or unsupported protocol version: 5", 0x0000, 3, (5, 4, 3), 3),
        ("something else entirely", 0x000A, 3, (5, 4, 3), 3),
        ("Invalid or unsupported protocol version (4); supported versions are (3/v3)", 0x000A, 3, (4, 3), 3),
    ],
)
@pytest.mark.parametrize("ask_options", [False, True])
def test_an_older_server(
    text: str, code: int, answered: int, versions: tuple[int, ...], expected: int, ask_options: bool
) -> None:
    """Its own version, at once."""
    handshake = Handshake(versions, ask_options=ask_options)
    handshake.start()
    step = handshake.receive(heard(refusal(text, code), answered))
    assert isinstance(step, Downgrade)
    assert step.version == expected


@pytest.mark.fault(32)
def test_a_server_that_only_tells_in_supported() -> None:
    """A version that it has as beta only is not for use."""
    handshake = Handshake(ask_options=True)
    handshake.start()
    step = handshake.receive(heard(answers.Supported({"PROTOCOL_VERSIONS": ["3/v3", "4/v4", "5/v5-beta"]})))
    assert isinstance(step, Downgrade)
    assert step.version == 4


@pytest.mark.fault(32)
@pytest.mark.parametrize(
    ("versions", "text", "answered", "message"),
    [
        ((5,), CASSANDRA_5, 4, "does not speak protocol v5"),
        (
            (4,),
            "Invalid or unsupported protocol version (4); supported versions are (5/v5)",
            5,
            "protocol v4",
        ),
        (
            (5, 4, 3),
            "Invalid or unsupported protocol version (5); supported versions are (7/v7)",
            7,
            "v3 or v4 or v5",
        ),
        ((3,), BETA, 3, "protocol v3"),
    ],
)
def test_nothing_in_common(versions: tuple[int, ...], text: str, answered: int, message: str) -> None:
    """A version that the user fixed is never left; a server with none of ours is refused clearly."""
    handshake = Handshake(versions)
    handshake.start()
    with pytest.raises(UnsupportedProtocolVersion, match=message):
        handshake.receive(heard(refusal(text), answered))


@pytest.mark.parametrize("code", [0x1001, 0x1002, 0x2200, 0x9999])
def test_other_refusals(code: int) -> None:
    """They have nothing to do with versions."""
    handshake = Handshake()
    handshake.start()
    with pytest.raises(ConnectFailed, match="because") as caught:
        handshake.receive(heard(refusal("because", code), 4))
    assert caught.value.__cause__ is not None


def fresh() -> Handshake:
    """STARTUP was sent."""
    handshake = Handshake()
    handshake.start()
    return handshake


def asked() -> Handshake:
    """OPTIONS was sent."""
    handshake = Handshake(ask_options=True)
    handshake.start()
    return handshake


def done() -> Handshake:
    """All is over."""
    handshake = fresh()
    handshake.receive(heard(answers.Ready()))
    return handshake


EXPECTED: dict[Callable[[], Handshake], set[type[Answer]]] = {
    Handshake: set(),
    asked: {answers.Supported},
    fresh: {answers.Ready, answers.Authenticate},
    in_auth: {answers.AuthChallenge, answers.AuthSuccess},
    done: set(),
}


@pytest.mark.parametrize("state", EXPECTED, ids=lambda state: state.__name__)
@pytest.mark.parametrize(
    "answer",
    [
        answers.Ready(),
        answers.Authenticate(),
        answers.AuthChallenge(),
        answers.AuthSuccess(),
        answers.Supported(),
        answers.Void(),
        answers.Rows([("a", "int")]),
        answers.StatusChange("UP", "127.0.0.1"),
    ],
    ids=lambda answer: type(answer).__name__,
)
def test_answers_out_of_turn(state: Callable[[], Handshake], answer: Answer) -> None:
    """Every state with every answer that does not belong there."""
    handshake = state()
    if type(answer) in EXPECTED[state]:
        handshake.authenticator = Plain()
        assert handshake.receive(heard(answer)) is not None
        return
    with pytest.raises(ProtocolError, match=type(heard(answer)).__name__):
        handshake.receive(heard(answer))


@pytest.mark.fault(32)
def test_versions_to_try() -> None:
    """Newest first; Snappy is not for v5."""
    assert versions_for() == (5, 4, 3)
    assert versions_for(4) == (4,)
    assert versions_for(None, "snappy") == (4, 3)
    assert versions_for(None, "lz4") == (5, 4, 3)
    for version, compression in ((2, None), (6, None), (5, "snappy")):
        with pytest.raises(ConfigurationError):
            versions_for(version, compression)
