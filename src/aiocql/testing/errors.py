"""What can go wrong around a test cluster. All of it is under `aiocql.errors.Error`.

::

    LauncherError
    ├── ToolNotFound          a JDK, Maven, or an optional package is missing; the hint says what to install
    ├── JarsNotAvailable      Maven could not bring the server's jars
    ├── NodeStartFailed       a node ended or did not answer; the end of its log is in the text
    ├── NodetoolFailed        nodetool ended with an error; its output is in the text
    ├── ClusterTimeout        (also TimeoutError) the nodes run, and what was waited for did not come
    └── ContainerEngineError  Docker or Podman refused a command
"""

from __future__ import annotations

from pathlib import Path

from aiocql.errors import Error

__all__ = [
    "ClusterTimeout",
    "ContainerEngineError",
    "JarsNotAvailable",
    "LauncherError",
    "NodeStartFailed",
    "NodetoolFailed",
    "ToolNotFound",
]


class LauncherError(Error):
    """Base of all errors that the launcher raises."""


class ToolNotFound(LauncherError):
    """Something that the launcher needs is not on this machine. `tool` names it."""

    def __init__(self, message: str, *, tool: str, hint: str) -> None:
        super().__init__(message, hint=hint)
        self.tool = tool


class JarsNotAvailable(LauncherError):
    """Maven ran and did not bring the server's jars. The end of its output is in the text."""


class NodeStartFailed(LauncherError):
    """A node did not come up.

    `returncode` is None when the process still ran as it was given up on. `log_tail` holds the last lines of the
    log, and `log_path` the file that was kept (None for a container, whose log is with its engine).
    """

    def __init__(
        self,
        message: str,
        *,
        log_tail: str,
        log_path: Path | None,
        returncode: int | None,
        hint: str | None = None,
    ) -> None:
        kept = f"\n  log: {log_path}" if log_path is not None else ""
        super().__init__(f"{message}\n{log_tail}{kept}", hint=hint)
        self.log_tail = log_tail
        self.log_path = log_path
        self.returncode = returncode


class NodetoolFailed(LauncherError):
    """nodetool ended with an error. `output` is all that it wrote."""

    def __init__(self, command: str, returncode: int, output: str) -> None:
        super().__init__(f"nodetool {command} ended with {returncode}:\n{output.strip()}")
        self.command = command
        self.returncode = returncode
        self.output = output


class ClusterTimeout(LauncherError, TimeoutError):
    """The nodes run, and what was waited for did not come in time."""


class ContainerEngineError(LauncherError):
    """Docker or Podman refused a command; its words are in the text."""
