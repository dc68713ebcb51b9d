"""Every error of the driver, in one tree.

::

    Error
    ├── ConfigurationError (also ValueError)      an option, contact point or DSN that cannot be right
    ├── InterfaceError                            the driver was used in a way that it cannot serve
    │   ├── SessionClosed
    │   ├── WrongContext                          another loop, thread or process than the session's own
    │   └── MorePagesError                        a one-page view of a result that has more pages
    ├── CodecError                                a value and a CQL type do not meet
    │   ├── EncodeError (also TypeError/ValueError by cause)
    │   └── DecodeError
    ├── ProtocolError                             the peer broke the rules of the native protocol
    │   ├── TruncatedError
    │   ├── ChecksumMismatch
    │   ├── FrameTooLarge
    │   └── UnsupportedProtocolVersion
    ├── ConnectionException                       one connection to one host
    │   ├── ConnectFailed
    │   │   ├── AuthenticationFailed
    │   │   └── TLSFailed
    │   ├── ConnectionLost
    │   │   └── HeartbeatFailed
    │   └── BusyConnection                        a limit of the driver was met; nothing was sent
    ├── NoHostAvailable                           every host was tried; the attempts are listed
    ├── OperationTimedOut (also TimeoutError)     the driver's own deadline
    └── ServerError                               the server answered with an error; the code says which
        ├── InternalServerError                   0x0000
        ├── ServerProtocolError                   0x000A
        ├── BadCredentials                        0x0100
        ├── RequestExecutionError
        │   ├── Unavailable                       0x1000
        │   ├── Overloaded                        0x1001
        │   ├── IsBootstrapping                   0x1002
        │   ├── TruncateError                     0x1003
        │   ├── WriteTimeout 0x1100, ReadTimeout 0x1200
        │   ├── ReadFailure 0x1300, WriteFailure 0x1500
        │   ├── FunctionFailure                   0x1400
        │   ├── CDCWriteFailure                   0x1600
        │   └── CASWriteUnknown                   0x1700
        └── RequestValidationError
            ├── SyntaxException                   0x2000
            ├── Unauthorized                      0x2100
            ├── InvalidRequest                    0x2200
            ├── InvalidConfiguration              0x2300
            ├── AlreadyExists                     0x2400
            └── Unprepared                        0x2500

No name shadows a builtin. An error's text never holds bound values or credentials, nor the password of a role that a
statement had to write as a literal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from aiocql.enums import ConsistencyLevel

__all__ = [
    "AlreadyExists",
    "Attempt",
    "AuthenticationFailed",
    "BadCredentials",
    "BusyConnection",
    "CASWriteUnknown",
    "CDCWriteFailure",
    "ChecksumMismatch",
    "CodecError",
    "ConfigurationError",
    "ConnectFailed",
    "ConnectionException",
    "ConnectionLost",
    "DecodeError",
    "EncodeError",
    "Error",
    "FrameTooLarge",
    "FunctionFailure",
    "HeartbeatFailed",
    "InterfaceError",
    "InternalServerError",
    "InvalidConfiguration",
    "InvalidRequest",
    "IsBootstrapping",
    "MorePagesError",
    "NoHostAvailable",
    "OperationTimedOut",
    "Overloaded",
    "ProtocolError",
    "ReadFailure",
    "ReadTimeout",
    "RequestExecutionError",
    "RequestThrottled",
    "RequestValidationError",
    "ServerError",
    "ServerProtocolError",
    "SessionClosed",
    "SyntaxException",
    "TLSFailed",
    "TruncateError",
    "TruncatedError",
    "Unauthorized",
    "Unavailable",
    "Unprepared",
    "UnsupportedProtocolVersion",
    "WriteFailure",
    "WriteTimeout",
    "WrongContext",
]


class Error(Exception):
    """Base of all errors of the driver.

    `hint` says what to do about it, where the driver knows; it is part of the text.
    `host` is the host that the error came from or was about, where there is one.
    `query` is the statement's text (never its values), where there is one.
    `attempts` lists what was tried before this error was given up on.
    """

    hint: str | None = None
    host: Any = None
    attempts: Sequence[Attempt] = ()

    def __init__(self, message: str = "", *, hint: str | None = None, host: Any = None) -> None:
        super().__init__(_shown(message))
        if hint is not None:
            self.hint = hint
        if host is not None:
            self.host = host

    @property
    def query(self) -> str | None:
        """The statement as the application wrote it. Setting it removes the statement's passwords from the text."""
        found: str | None = self.__dict__.get("query")
        return found

    @query.setter
    def query(self, query: str | None) -> None:
        self.__dict__["query"] = query
        if query is not None and self.args and isinstance(self.args[0], str):
            self.args = (_shown(self.args[0], query), *self.args[1:])

    @property
    def message(self) -> str:
        """The text without host, query and hint."""
        return str(self.args[0]) if self.args else ""

    def __str__(self) -> str:
        parts = [self.message]
        if self.host is not None:
            parts[0] += f" [host {_shown(str(getattr(self.host, 'endpoint', self.host)))}]"
        if self.query:
            parts.append(f"  query: {_abbreviate(self.query)}")
        if self.hint:
            parts.append(f"  hint: {self.hint}")
        return "\n".join(parts)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle and copy the error; a host becomes its endpoint, for a `Host` belongs to its session.

        The cause is kept where it is an error of the driver.
        """
        state = dict(self.__dict__)
        if self.host is not None:
            state["host"] = _endpoint(self.host)
        if isinstance(self.__cause__, Error):
            state["__cause__"] = self.__cause__
        return _remade, (type(self), *self.args), state


def _remade(kind: type[Error], *args: Any) -> Error:
    """Make an error from its pickled parts, without its `__init__`, whose arguments are not kept."""
    error = kind.__new__(kind, *args)
    error.args = args
    return error


def _endpoint(host: Any) -> str:
    return str(getattr(host, "endpoint", host))


def _shown(text: str, query: str | None = None) -> str:
    """The text without passwords and control characters. What removes them is imported with the first error."""
    from aiocql.passwords import without_passwords
    from aiocql.printable import printable

    return printable(without_passwords(text, query))


MAX_SHOWN = 65536
"""Characters of a statement that are looked at for what an error shows of it."""


def _abbreviate(text: str, length: int = 200) -> str:
    text = _shown(" ".join(text[:MAX_SHOWN].split()))
    return text if len(text) <= length else text[: length - 1] + "…"


class Attempt:
    """One try of a request or of a connection: the host, the error it ended with, and when (loop time, seconds)."""

    __slots__ = ("error", "host", "seconds")

    def __init__(self, host: Any, error: BaseException, seconds: float = 0.0) -> None:
        self.host = host
        self.error = error
        self.seconds = seconds

    def __getstate__(self) -> tuple[None, dict[str, Any]]:
        """Return what is pickled and copied, with the host as text."""
        return None, {"host": _endpoint(self.host), "error": self.error, "seconds": self.seconds}

    def __repr__(self) -> str:
        return f"<Attempt {_endpoint(self.host)}: {type(self.error).__name__}>"


# --- the user's side -------------------------------------------------------------------------------------------


class ConfigurationError(Error, ValueError):
    """An option, a contact point or a DSN that cannot be right."""


class InterfaceError(Error):
    """The driver was used in a way that it cannot serve."""


class SessionClosed(InterfaceError):
    """The session was closed, or is closing, and takes no more requests."""


class WrongContext(InterfaceError):
    """A session was used from another event loop, thread or process than the one that made it."""


class MorePagesError(InterfaceError):
    """A result that has more pages was used as if its first page were all of it."""


class CodecError(Error):
    """A value and a CQL type do not meet."""


class EncodeError(CodecError, ValueError, TypeError):
    """A bound value does not fit its column; nothing was sent.

    The text names the column, its CQL type and the value's Python type, never the value.
    """


class DecodeError(CodecError):
    """A value in an answer cannot be read; only this request failed. The text names the column and the row."""


# --- the peer and the connection -------------------------------------------------------------------------------


class ProtocolError(Error):
    """The peer broke the rules of the native protocol; its connection is closed."""


class TruncatedError(ProtocolError):
    """A message ended before what it announced."""


class ChecksumMismatch(ProtocolError):
    """A segment's CRC24 or CRC32 is wrong (native protocol v5, section 2.2)."""


class FrameTooLarge(ProtocolError):
    """A message announced more bytes than the limit allows; nothing was allocated for it."""


class UnsupportedProtocolVersion(ProtocolError):
    """Driver and server have no protocol version in common. `spoken` are the server's, where it said them."""

    spoken: frozenset[int] = frozenset()


class ConnectionException(Error):
    """Something about one connection to one host."""


class ConnectFailed(ConnectionException):
    """A connection could not be opened."""


class AuthenticationFailed(ConnectFailed):
    """The server refused the credentials, wants some and has none, or asks in a way that the driver cannot answer."""


class TLSFailed(ConnectFailed):
    """The TLS handshake failed."""


class ConnectionLost(ConnectionException):
    """The connection ended with requests in flight.

    `maybe_sent` is False only where it is certain that the server did not see the request.
    """

    maybe_sent: bool = True


class HeartbeatFailed(ConnectionLost):
    """Nothing was heard from the host for too long."""


class BusyConnection(ConnectionException):
    """A limit of the driver was met, the text says which; nothing was sent. (BusyConnectionException elsewhere.)"""


class RequestThrottled(BusyConnection):
    """A limit of requests at once or a second is reached, and so is the number that may wait; nothing was sent."""


class NoHostAvailable(Error):
    """No host could serve the request (or the connect); `attempts` says what happened at each."""

    def __init__(
        self, message: str = "", attempts: Sequence[Attempt] = (), *, hint: str | None = None
    ) -> None:
        super().__init__(message, hint=hint)
        self.attempts = tuple(attempts)

    @property
    def errors(self) -> dict[Any, BaseException]:
        """The last error of each host."""
        return {attempt.host: attempt.error for attempt in self.attempts}

    @property
    def message(self) -> str:
        """The text with its table of attempts."""
        return super().message + "".join(f"\n{line}" for line in _attempt_table(self.attempts))


def _attempt_table(attempts: Sequence[Attempt]) -> list[str]:
    rows = []
    for attempt in attempts:
        error = attempt.error
        text = error.message if isinstance(error, Error) else str(error) or repr(error)
        rows.append(
            (
                _shown(str(getattr(attempt.host, "endpoint", attempt.host))),
                type(error).__name__,
                _abbreviate(text),
            )
        )
    widths = [max((len(row[i]) for row in rows), default=0) for i in range(2)]
    return [f"  {where:<{widths[0]}}  {kind:<{widths[1]}}  {text}" for where, kind, text in rows]


class OperationTimedOut(Error, TimeoutError):
    """The driver's own deadline for the request passed. Whether the server did the work is not known."""


# --- the server's answers --------------------------------------------------------------------------------------


class ServerError(Error):
    """The server answered with an error. An unknown code gives this class itself."""

    code: int = -1

    def __init__(self, message: str = "", *, code: int | None = None, **fields: Any) -> None:
        super().__init__(message)
        if code is not None:
            self.code = code
        for name, value in fields.items():
            setattr(self, name, value)

    @property
    def message(self) -> str:
        """The server's text with the code."""
        return f"{super().message} (code 0x{self.code:04X})" if self.code >= 0 else super().message


class InternalServerError(ServerError):
    """Something unexpected happened in the server (its "Server error")."""

    code = 0x0000


class ServerProtocolError(ServerError):
    """The server says that the driver broke the protocol."""

    code = 0x000A


class BadCredentials(ServerError):
    """The server refused the credentials; users see it as `AuthenticationFailed`."""

    code = 0x0100


class RequestExecutionError(ServerError):
    """The statement was right; carrying it out failed."""


class Unavailable(RequestExecutionError):
    """Too few replicas are alive for the consistency level; nothing was done."""

    code = 0x1000
    consistency: ConsistencyLevel
    required: int
    alive: int


class Overloaded(RequestExecutionError):
    """The coordinator is overloaded."""

    code = 0x1001


class IsBootstrapping(RequestExecutionError):
    """The coordinator is still joining; it did nothing."""

    code = 0x1002


class TruncateError(RequestExecutionError):
    """A TRUNCATE failed."""

    code = 0x1003


class _ReplicaCounts(RequestExecutionError):
    consistency: ConsistencyLevel
    received: int
    required: int


class WriteTimeout(_ReplicaCounts):
    """Too few replicas confirmed a write in time; it may still happen."""

    code = 0x1100
    write_type: str
    contentions: int | None = None


class ReadTimeout(_ReplicaCounts):
    """Too few replicas answered a read in time."""

    code = 0x1200
    data_present: bool


class ReadFailure(_ReplicaCounts):
    """Replicas answered a read with errors. `reasons` maps replica addresses to failure codes (v5)."""

    code = 0x1300
    failures: int
    reasons: Mapping[str, int]
    data_present: bool


class FunctionFailure(RequestExecutionError):
    """A user-defined function failed."""

    code = 0x1400
    keyspace: str
    function: str
    arg_types: Sequence[str]


class WriteFailure(_ReplicaCounts):
    """Replicas answered a write with errors. `reasons` maps replica addresses to failure codes (v5)."""

    code = 0x1500
    failures: int
    reasons: Mapping[str, int]
    write_type: str


class CDCWriteFailure(RequestExecutionError):
    """The change-data-capture space is full."""

    code = 0x1600


class CASWriteUnknown(_ReplicaCounts):
    """It is not known whether a light-weight transaction was applied."""

    code = 0x1700


class RequestValidationError(ServerError):
    """The statement itself was refused."""


class SyntaxException(RequestValidationError):
    """The query has a syntax error."""

    code = 0x2000
    hint = "the server names the place; a name that is a reserved word goes in double quotes, a value in a parameter"


class Unauthorized(RequestValidationError):
    """The role may not do this."""

    code = 0x2100


class InvalidRequest(RequestValidationError):
    """The query is well formed but cannot be done: an unknown table, a wrong type, a missing key."""

    code = 0x2200


class InvalidConfiguration(RequestValidationError):
    """The query asks for a configuration that cannot be (a replication setting, say)."""

    code = 0x2300


class AlreadyExists(RequestValidationError):
    """The keyspace or table exists already."""

    code = 0x2400
    keyspace: str
    table: str


class Unprepared(RequestValidationError):
    """The host does not know the prepared statement. The driver prepares the statement again automatically."""

    code = 0x2500
    statement_id: bytes
