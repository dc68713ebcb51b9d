"""JMX of one node: closed until nodetool needs it, then open on the node's loopback address for a generated password.

A JVM that starts with JMX on also listens on a random port of all addresses, for local tools. JMX that is started
later, through the attach socket, listens on the configured address only.
"""

from __future__ import annotations

import json
import os
import secrets
import threading
from pathlib import Path

from aiocql.testing.cassandra.addresses import Ports
from aiocql.testing.cassandra.attach import diagnose
from aiocql.testing.cassandra.waiting import until
from aiocql.testing.errors import LauncherError

__all__ = ["USER", "JmxAccess"]

USER = "aiocql"


class JmxAccess:
    """Opens the JMX port of a node once per run. `password_file` is readable for the owner of the process only.

    Its format, ``user password``, is that of both the JVM and ``nodetool -pwf``.
    """

    def __init__(self, folder: Path, ports: Ports) -> None:
        self.folder = folder
        self.password_file = folder / "conf" / "jmx.password"
        self._ports = ports
        self._opened_for: int | None = None
        self._lock = threading.Lock()  # calls may come from different event loops

    async def open(self, pid: int, timeout: float) -> None:
        """Open the port in the process `pid`, unless that has been done.

        Raises:
            TimeoutError: the process did not answer within `timeout` seconds.
        """
        if not await until(lambda: self._lock.acquire(blocking=False), timeout):
            raise TimeoutError
        try:
            if self._opened_for != pid:
                config = self._write_files()
                await _start_agent(pid, self.folder, config, timeout)
                self._opened_for = pid
        finally:
            self._lock.release()

    def _write_files(self) -> Path:
        """Write a new password and the settings of the agent; return the path of the settings."""
        conf = self.folder / "conf"
        access, config = conf / "jmx.access", conf / "jmx.properties"
        _write_private(self.password_file, f"{USER} {secrets.token_hex(32)}\n")
        _write_private(access, f"{USER} readwrite\n")
        settings = {
            "host": self._ports.address,
            "port": self._ports.jmx,
            "rmi.port": self._ports.jmx,
            "ssl": "false",
            "authenticate": "true",
            "password.file": self.password_file,
            "password.toHashes": "false",  # nodetool reads the same file
            "access.file": access,
        }
        lines = [
            f"com.sun.management.jmxremote.{name}={_escape(value)}\n" for name, value in settings.items()
        ]
        _write_private(config, "".join(lines))
        return config


async def _start_agent(pid: int, folder: Path, config: Path, timeout: float) -> None:
    try:
        await diagnose(pid, folder, f'ManagementAgent.start config.file="{config}"', timeout)
    except LauncherError as failure:
        # The port was opened by a call that was cancelled. The agent reads the password file again at each login.
        if "Agent already started" not in str(failure):
            raise


def _escape(value: object) -> str:
    """The escapes of a JSON string, ``\\uXXXX`` among them, are valid in a properties file too."""
    return json.dumps(str(value))[1:-1]


def _write_private(path: Path, text: str) -> None:
    """Write a file that never exists with a mode wider than 0600."""
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
