"""cassandra-driver's exceptions, each also the error of `aiocql.errors` that it stands for.

Requests made through `aiocql.compat` raise these: ``except cassandra.ReadTimeout`` and ``except aiocql.ReadTimeout``
both catch them, and they have the attributes of both. Two names differ between the drivers for one thing
(`required_responses` and `required`, say); both are there.
"""

from __future__ import annotations

from typing import Any

from aiocql import errors
from aiocql.compat.cassandra.consistency import write_type_number

__all__ = [
    "AlreadyExists",
    "AuthenticationFailed",
    "CDCWriteFailure",
    "ConfigurationException",
    "CoordinationFailure",
    "DriverException",
    "ErrorMessage",
    "FunctionFailure",
    "InternalError",
    "InvalidRequest",
    "NoHostAvailable",
    "OperationTimedOut",
    "OverloadedErrorMessage",
    "ReadFailure",
    "ReadTimeout",
    "RequestExecutionException",
    "RequestValidationException",
    "ServerErrorMessage",
    "SyntaxException",
    "Timeout",
    "Unauthorized",
    "Unavailable",
    "UnsupportedOperation",
    "WriteFailure",
    "WriteTimeout",
    "translated",
]


SUMMARIES = {
    0x0000: "Server error",
    0x1000: "Unavailable exception",
    0x1001: "Coordinator node overloaded",
    0x1003: "Error during truncate",
    0x1100: "Coordinator node timed out waiting for replica nodes' responses",
    0x1200: "Coordinator node timed out waiting for replica nodes' responses",
    0x1300: "Replica(s) failed to execute read",
    0x1400: "User Defined Function failure",
    0x1500: "Replica(s) failed to execute write",
    0x2000: "Syntax error in CQL query",
    0x2100: "Unauthorized",
    0x2200: "Invalid query",
    0x2300: "Query invalid because of configuration issue",
    0x2400: "Item already exists",
}
"""What cassandra-driver calls the server's errors in their texts: applications look for these words."""


class DriverException(errors.Error):
    """Base of all of them."""

    @property
    def message(self) -> str:
        """The text, as cassandra-driver puts it where it is the server's."""
        text = str(self.args[0]) if self.args else ""
        code = getattr(self, "code", -1)
        if not self.from_server or code not in SUMMARIES:
            return super().message
        return f'Error from server: code={code:04x} [{SUMMARIES[code]}] message="{text}"'

    from_server = False
    """Whether it stands for an error of aiocql that came from a server."""


class ErrorMessage(DriverException):
    """Base of errors that cassandra-driver raises as the server sent them. `message` is the server's text alone."""

    @property
    def message(self) -> str:
        """The server's text."""
        return str(self.args[0]) if self.args else ""

    @property
    def summary(self) -> str:
        """What kind of error it is."""
        return SUMMARIES.get(getattr(self, "code", -1), "Unknown")

    def __str__(self) -> str:
        text = super().__str__()
        return (
            text.replace(self.message, str(DriverException.message.__get__(self)), 1)
            if self.message
            else text
        )


class InternalError(Exception):
    """A bug of the driver; here for `except`, and never raised."""


class RequestExecutionException(DriverException, errors.RequestExecutionError):
    """The statement was right; carrying it out failed."""


class Unavailable(RequestExecutionException, errors.Unavailable):
    """Too few replicas are alive for the consistency level."""

    def __init__(
        self,
        summary_message: str = "",
        consistency: Any = None,
        required_replicas: int | None = None,
        alive_replicas: int | None = None,
    ) -> None:
        super().__init__(
            summary_message, consistency=consistency, required=required_replicas, alive=alive_replicas
        )

    @property
    def required_replicas(self) -> int:
        """Replicas that the level needs."""
        return self.required

    @property
    def alive_replicas(self) -> int:
        """Replicas that are alive."""
        return self.alive


class Timeout(RequestExecutionException):
    """Too few replicas answered in time."""

    required: int
    received: int

    def __init__(
        self,
        summary_message: str = "",
        consistency: Any = None,
        required_responses: int | None = None,
        received_responses: int | None = None,
        **more: Any,
    ) -> None:
        super().__init__(
            summary_message,
            consistency=consistency,
            required=required_responses,
            received=received_responses,
            **more,
        )

    @property
    def required_responses(self) -> int:
        """Replicas that had to answer."""
        return self.required

    @property
    def received_responses(self) -> int:
        """Replicas that answered."""
        return self.received


class ReadTimeout(Timeout, errors.ReadTimeout):
    """Too few replicas answered a read in time."""

    def __init__(
        self, summary_message: str = "", data_retrieved: bool | None = None, **responses: Any
    ) -> None:
        super().__init__(summary_message, data_present=data_retrieved, **responses)

    @property
    def data_retrieved(self) -> bool:
        """Whether the replica asked for the data has answered."""
        return self.data_present


class WriteTimeout(Timeout, errors.WriteTimeout):
    """Too few replicas confirmed a write in time. `write_type` is a number of `WriteType`."""

    def __init__(self, summary_message: str = "", write_type: Any = None, **responses: Any) -> None:
        super().__init__(summary_message, write_type=write_type, **responses)


class CoordinationFailure(Timeout):
    """Replicas answered with errors."""

    reasons: Any

    def __init__(self, summary_message: str = "", error_code_map: Any = None, **more: Any) -> None:
        super().__init__(summary_message, reasons=error_code_map, **more)

    @property
    def error_code_map(self) -> Any:
        """Failure codes by replica address."""
        return self.reasons


class ReadFailure(CoordinationFailure, errors.ReadFailure):
    """Replicas answered a read with errors."""

    @property
    def data_retrieved(self) -> bool:
        """Whether the replica asked for the data has answered."""
        return self.data_present


class WriteFailure(CoordinationFailure, errors.WriteFailure):
    """Replicas answered a write with errors."""


class CDCWriteFailure(RequestExecutionException, errors.CDCWriteFailure):
    """The change-data-capture space is full."""


class FunctionFailure(RequestExecutionException, errors.FunctionFailure):
    """A user-defined function failed."""


class OverloadedErrorMessage(ErrorMessage, RequestExecutionException, errors.Overloaded):
    """The coordinator is overloaded."""


class ServerErrorMessage(ErrorMessage, errors.InternalServerError):
    """Something unexpected happened in the server."""


class RequestValidationException(DriverException, errors.RequestValidationError):
    """The statement itself was refused."""


class SyntaxException(ErrorMessage, RequestValidationException, errors.SyntaxException):
    """The query has a syntax error."""


class ConfigurationException(RequestValidationException, errors.InvalidConfiguration):
    """The query asks for a configuration that cannot be."""


class AlreadyExists(ConfigurationException, errors.AlreadyExists):
    """The keyspace or table exists already."""

    code = errors.AlreadyExists.code

    def __init__(self, keyspace: str = "", table: str = "") -> None:
        what = f"table {keyspace}.{table}" if table else f"keyspace {keyspace}"
        super().__init__(f"the {what} exists already", keyspace=keyspace, table=table)


class InvalidRequest(RequestValidationException, errors.InvalidRequest):
    """The query is well formed but cannot be done."""


class Unauthorized(RequestValidationException, errors.Unauthorized):
    """The role may not do this."""


class AuthenticationFailed(DriverException, errors.AuthenticationFailed):
    """The server refused the credentials."""


class OperationTimedOut(DriverException, errors.OperationTimedOut):
    """The driver's own deadline passed. Also a `TimeoutError`, so `asyncio.TimeoutError` too."""

    def __init__(self, errors: Any = None, last_host: Any = None) -> None:
        text = errors if isinstance(errors, str) else f"errors={errors}, last_host={last_host}"
        super().__init__(text, host=last_host)

    @property
    def last_host(self) -> Any:
        """The host that was asked last."""
        return self.host

    @property
    def errors(self) -> dict[Any, BaseException]:
        """What went wrong before, by host."""
        return {attempt.host: attempt.error for attempt in self.attempts}


class UnsupportedOperation(DriverException, errors.InterfaceError):
    """Something that this driver, server or protocol version cannot do."""


class NoHostAvailable(DriverException, errors.NoHostAvailable):
    """Every host was tried; `errors` has what each said."""

    def __init__(self, message: str = "", errors: Any = None) -> None:
        from aiocql.errors import Attempt

        found = errors.items() if isinstance(errors, dict) else ()
        super().__init__(message, [Attempt(host, error) for host, error in found])


TRANSLATIONS: dict[type[errors.Error], type[DriverException]] = {
    errors.AlreadyExists: AlreadyExists,
    errors.AuthenticationFailed: AuthenticationFailed,
    errors.CDCWriteFailure: CDCWriteFailure,
    errors.FunctionFailure: FunctionFailure,
    errors.InternalServerError: ServerErrorMessage,
    errors.InvalidConfiguration: ConfigurationException,
    errors.InvalidRequest: InvalidRequest,
    errors.NoHostAvailable: NoHostAvailable,
    errors.OperationTimedOut: OperationTimedOut,
    errors.Overloaded: OverloadedErrorMessage,
    errors.ReadFailure: ReadFailure,
    errors.ReadTimeout: ReadTimeout,
    errors.RequestExecutionError: RequestExecutionException,
    errors.RequestValidationError: RequestValidationException,
    errors.SyntaxException: SyntaxException,
    errors.Unauthorized: Unauthorized,
    errors.Unavailable: Unavailable,
    errors.WriteFailure: WriteFailure,
    errors.WriteTimeout: WriteTimeout,
}


def translated(error: BaseException) -> BaseException:
    """The exception of cassandra-driver for an error of aiocql; anything else as it is.

    A copy: the fields of the original, its class beside the other one. What has no exception there stays what it is.
    """
    if not isinstance(error, errors.Error) or isinstance(error, DriverException):
        return error
    for base in type(error).__mro__:
        kind = TRANSLATIONS.get(base)
        if kind is not None:
            made = kind.__new__(kind)
            made.args = error.args
            made.__dict__.update(error.__dict__)
            made.from_server = isinstance(error, errors.ServerError)
            if "write_type" in made.__dict__:
                made.__dict__["write_type"] = write_type_number(made.__dict__["write_type"])
            return made
    return error
