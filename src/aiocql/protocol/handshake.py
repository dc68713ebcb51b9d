"""The handshake, without I/O: what to send first, and what each answer leads to.

``OPTIONS`` (only where its answer is needed) → ``STARTUP`` → ``READY``, or ``AUTHENTICATE`` and tokens until
``AUTH_SUCCESS`` (native protocol v5, section 4). `_STEPS` is the whole machine. Versions are tried from the newest
down; a server that refuses one answers with its own version in the header, so that the next try fits.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final, Protocol

from aiocql.errors import (
    AuthenticationFailed,
    BadCredentials,
    ConfigurationError,
    ConnectFailed,
    InternalServerError,
    ProtocolError,
    ServerError,
    ServerProtocolError,
    Unauthorized,
    UnsupportedProtocolVersion,
)
from aiocql.protocol.constants import OP_AUTH_RESPONSE, OP_OPTIONS, OP_STARTUP, SUPPORTED_VERSIONS
from aiocql.protocol.requests import auth_response_body, startup_body
from aiocql.protocol.responses import (
    AuthChallenge,
    Authenticate,
    AuthSuccess,
    ErrorResponse,
    Ready,
    Response,
    Supported,
)

__all__ = [
    "MAX_CHALLENGES",
    "Authenticator",
    "Done",
    "Downgrade",
    "Handshake",
    "Outgoing",
    "versions_for",
]

MAX_CHALLENGES: Final = 16
"""Most AUTH_CHALLENGEs that are answered: no real mechanism needs more than a few."""

# Compiled where they are used: most servers accept the first version that they are asked for.
_REFUSED_VERSION: Final = (
    r"unsupported protocol version|beta version of the protocol used|invalid or unsupported protocol"
)
_NAMED_VERSION: Final = r"\b([0-9]{1,3})/v[0-9]{1,3}(-beta)?"


class Authenticator(Protocol):
    """What answers a server's challenges on one connection. Tokens are bytes or None."""

    def initial_response(self, mechanism: str) -> bytes | None:
        """The first token, for the server-side class `mechanism`."""

    def evaluate_challenge(self, challenge: bytes | None) -> bytes | None:
        """The token that answers `challenge`."""

    def on_success(self, token: bytes | None) -> None:
        """The server was satisfied; `token` is its last word."""


class Outgoing:
    """A message to send: opcode and body."""

    __slots__ = ("body", "opcode")

    def __init__(self, opcode: int, body: bytes = b"") -> None:
        self.opcode = opcode
        self.body = body

    def __repr__(self) -> str:
        # The body may hold credentials.
        return f"<Outgoing opcode 0x{self.opcode:02X}, {len(self.body)} bytes>"


class Done:
    """The connection takes requests.

    `supported` is what the server offers where it was asked, `authenticator` its class where it wanted credentials.
    """

    __slots__ = ("authenticator", "supported")

    def __init__(self, supported: Mapping[str, Sequence[str]] | None, authenticator: str | None) -> None:
        self.supported = supported
        self.authenticator = authenticator


class Downgrade:
    """The server does not speak this version: close, and try `version` on a new connection."""

    __slots__ = ("version",)

    def __init__(self, version: int) -> None:
        self.version = version


Step = Outgoing | Done | Downgrade


def versions_for(version: int | None = None, compression: str | None = None) -> tuple[int, ...]:
    """The versions to try, newest first: only `version` where the user fixed it.

    Raises ConfigurationError for a version that this driver has not, or that cannot carry `compression`.
    """
    if version is None:
        return tuple(v for v in SUPPORTED_VERSIONS if v < 5 or compression != "snappy")
    if version not in SUPPORTED_VERSIONS:
        known = ", ".join(map(str, sorted(SUPPORTED_VERSIONS)))
        raise ConfigurationError(f"protocol version {version} is not one of {known}")
    if version >= 5 and compression == "snappy":
        raise ConfigurationError(
            "protocol v5 has no Snappy compression", hint="choose compression='lz4', or protocol_version=4"
        )
    return (version,)


class Handshake:
    """The handshake of one connection, in protocol `versions[0]`; the others are what it may fall back to.

    `options` are added to STARTUP. `authenticator` is to be set before AUTHENTICATE is given to `receive`, since it may
    depend on the server-side class; None: there are no credentials. `ask_options` sends OPTIONS even where no
    compression has to be checked.
    """

    def __init__(
        self,
        versions: Sequence[int] = SUPPORTED_VERSIONS,
        *,
        options: Mapping[str, str] | None = None,
        compression: str | None = None,
        ask_options: bool = False,
    ) -> None:
        self.version = versions[0]
        self.compression = compression
        self._lower = tuple(versions[1:])
        self._options = {"CQL_VERSION": "3.0.0", "DRIVER_NAME": "aiocql", **(options or {})}
        self._ask_options = ask_options or compression is not None
        self.authenticator: Authenticator | None = None
        self._authenticator_class: str | None = None
        self._supported: dict[str, list[str]] | None = None
        self._challenges = 0
        self._state = "new"

    def start(self) -> Outgoing:
        """The first message."""
        if self._ask_options:
            self._state = "options"
            return Outgoing(OP_OPTIONS)
        return self._startup()

    def receive(self, response: Response) -> Step:
        """What follows from an answer.

        Raises UnsupportedProtocolVersion, ConfigurationError (compression), AuthenticationFailed, ConnectFailed (any
        other refusal) or ProtocolError (an answer that does not belong here).
        """
        for kind in type(response).__mro__:
            step = _STEPS.get((self._state, kind))
            if step is not None:
                return step(self, response)
        raise ProtocolError(
            f"{type(response).__name__} cannot answer what the driver said (handshake: {self._state})"
        )

    # --- steps --------------------------------------------------------------------------------------------------

    def _startup(self) -> Outgoing:
        self._state = "startup"
        if self.compression is not None:
            self._options["COMPRESSION"] = self.compression
        return Outgoing(OP_STARTUP, startup_body(self._options))

    def _supported_came(self, response: Supported) -> Step:
        self._supported = response.options
        spoken = _stable_versions(response.options.get("PROTOCOL_VERSIONS", ()))
        if spoken and self.version not in spoken:
            return self._fall_back(spoken, f"it speaks {_listed(spoken)}")
        offered = response.options.get("COMPRESSION", [])
        if self.compression is not None and self.compression not in offered:
            raise ConfigurationError(
                f"the server does not offer compression {self.compression!r}; it offers {', '.join(offered) or 'none'}",
                hint="choose one that all servers offer, or none",
            )
        return self._startup()

    def _ready_came(self, response: Ready) -> Step:
        return self._done()

    def _authenticate_came(self, response: Authenticate) -> Step:
        name = self._authenticator_class = response.authenticator
        if self.authenticator is None:
            raise AuthenticationFailed(
                f"the server wants credentials ({name}) and the driver was given none",
                hint="pass auth=(user, password)",
            )
        self._state = "auth"
        return Outgoing(OP_AUTH_RESPONSE, auth_response_body(self.authenticator.initial_response(name)))

    def _challenge_came(self, response: AuthChallenge) -> Step:
        self._challenges += 1
        if self._challenges > MAX_CHALLENGES:
            raise AuthenticationFailed(
                f"the server sent more than {MAX_CHALLENGES} authentication challenges"
            )
        assert self.authenticator is not None
        return Outgoing(
            OP_AUTH_RESPONSE, auth_response_body(self.authenticator.evaluate_challenge(response.token))
        )

    def _success_came(self, response: AuthSuccess) -> Step:
        assert self.authenticator is not None
        self.authenticator.on_success(response.token)
        return self._done()

    def _done(self) -> Done:
        self._state = "done"
        return Done(self._supported, self._authenticator_class)

    def _refused(self, response: ErrorResponse) -> Step:
        error = response.error
        if _refuses_version(error, response.version, self.version):
            spoken = _stable_versions([error.args[0]])
            if not spoken and response.version < self.version:
                spoken = {response.version}
            return self._fall_back(spoken, f"it says: {error.args[0]}", error)
        raise ConnectFailed(f"the server refused the connection: {error.message}") from error

    def _auth_refused(self, response: ErrorResponse) -> Step:
        error = response.error
        if isinstance(error, BadCredentials | Unauthorized):
            raise AuthenticationFailed(
                f"the server refused the credentials: {error.message}",
                hint="check user and password, and that the role may log in",
            ) from error
        raise ConnectFailed(f"authentication failed: {error.message}") from error

    def _fall_back(self, spoken: set[int], why: str, cause: BaseException | None = None) -> Downgrade:
        """The newest version that both sides have; where the server named none, the driver's next one."""
        self._state = "done"
        for version in self._lower:
            if version in spoken or not spoken:
                return Downgrade(version)
        tried = _listed((self.version, *self._lower))
        too_old = bool(spoken) and max(spoken) < min(SUPPORTED_VERSIONS)
        refusal = UnsupportedProtocolVersion(
            f"the server does not speak protocol {tried}; {why}",
            hint="the server is too old" if too_old else "leave protocol_version unset",
        )
        refusal.spoken = frozenset(spoken)
        raise refusal from cause


def _refuses_version(error: ServerError, answered: int, asked: int) -> bool:
    """Whether the error is about the version: by its text, or because the answer is in an older one."""
    if not isinstance(error, ServerProtocolError | InternalServerError):
        return False
    return answered < asked or re.search(_REFUSED_VERSION, str(error.args[0]), re.IGNORECASE) is not None


def _stable_versions(texts: Collection[str]) -> set[int]:
    """The versions named like ``4/v4`` in the texts, without beta ones."""
    return {int(number) for text in texts for number, beta in re.findall(_NAMED_VERSION, text) if not beta}


def _listed(versions: Collection[int]) -> str:
    return " or ".join(f"v{version}" for version in sorted(versions))


_STEPS: Final[dict[tuple[str, type[Response]], Callable[[Handshake, Any], Step]]] = {
    ("options", Supported): Handshake._supported_came,
    ("options", ErrorResponse): Handshake._refused,
    ("startup", Ready): Handshake._ready_came,
    ("startup", Authenticate): Handshake._authenticate_came,
    ("startup", ErrorResponse): Handshake._refused,
    ("auth", AuthChallenge): Handshake._challenge_came,
    ("auth", AuthSuccess): Handshake._success_came,
    ("auth", ErrorResponse): Handshake._auth_refused,
}
