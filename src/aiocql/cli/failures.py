"""What the command line says when something fails, and its exit status. An error of the driver is no traceback."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from aiocql.errors import ConfigurationError, ConnectionException, Error, NoHostAvailable
from aiocql.printable import escaped

__all__ = [
    "INTERRUPTED",
    "REQUEST_FAILED",
    "UNREACHABLE",
    "USAGE",
    "first_error",
    "report_error",
    "status_of",
]

REQUEST_FAILED = 1
"""The server refused the statement, or it could not be carried out; or a host did not answer to a ping."""

USAGE = 2
"""The command, an option or a contact point cannot be right."""

UNREACHABLE = 3
"""No connection: nothing listens, the credentials are wrong, TLS failed."""

INTERRUPTED = 130
"""Ctrl-C."""


def status_of(error: Error) -> int:
    """The exit status for an error."""
    if isinstance(error, ConfigurationError):
        return USAGE
    return UNREACHABLE if isinstance(error, NoHostAvailable | ConnectionException) else REQUEST_FAILED


def first_error(failure: BaseException) -> Error | None:
    """The failure itself, or the first of a group: the others of one moment say the same. None where it is a defect."""
    while isinstance(failure, BaseExceptionGroup):
        failure = failure.exceptions[0]
    return failure if isinstance(failure, Error) else None


def report_error(error: Error, console: Console) -> int:
    """Print a readable error and return the exit status."""
    first, *rest = str(error).split("\n")
    console.print(Text.assemble((type(error).__name__, "bold red"), f": {escaped(first)}"), soft_wrap=True)
    for line in rest:
        console.print(
            Text(escaped(line), style="yellow" if line.startswith("  hint: ") else ""), soft_wrap=True
        )
    return status_of(error)
