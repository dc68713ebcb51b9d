"""The commands, and what is common to all: exit status, errors, Ctrl-C."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version

from cyclopts import App, CycloptsError
from rich.console import Console

from aiocql.cli.failures import INTERRUPTED, USAGE, first_error, report_error
from aiocql.errors import Error

__all__ = ["app", "run"]


def _version() -> str:
    try:
        return version("aiocql")
    except PackageNotFoundError:
        return "unknown (not installed)"


app = App(
    name="aiocql",
    help="The asyncio-native Apache Cassandra driver, on the command line.",
    version=_version,
    help_format="plaintext",
    suppress_keyboard_interrupt=False,
)
app.command(
    "aiocql.cli.hosts:hosts", name="hosts", help="Show every node of the cluster and the connections to it."
)
app.command(
    "aiocql.cli.ping:ping",
    name="ping",
    help="Ask every node of the local datacenter, and say how long each took.",
)
app.command("aiocql.cli.query:query", name="query", help="Run one CQL statement and print its rows.")
app.command(
    "aiocql.cli.top.command:top",
    name="top",
    help="Watch hosts, connections, requests, latencies and errors, here or in another process.",
)
app.command(
    "aiocql.cli.demo:demo", name="demo", help="Start three nodes, and show on them what the driver does."
)
app.command("aiocql.cli.testing:app", name="testing", help="Local clusters for tests and experiments.")


def run(tokens: Sequence[str]) -> int:
    """Run the command in `tokens` and return its exit status."""
    errors = Console(stderr=True, highlight=False)
    try:
        status = app(list(tokens), exit_on_error=False, result_action="return_value")
        sys.stdout.flush()
    except CycloptsError:
        return USAGE  # cyclopts has printed what is wrong
    except (Error, BaseExceptionGroup) as failure:
        error = first_error(failure)
        if error is None:
            raise
        return report_error(error, errors)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(
            os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno()
        )  # or the interpreter complains at its end
        return 1
    return status if isinstance(status, int) else 0
