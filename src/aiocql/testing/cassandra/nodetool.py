"""nodetool: any of its commands against one node, and what `status` says."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from aiocql.testing.cassandra.addresses import Ports
from aiocql.testing.cassandra.jars import class_path
from aiocql.testing.cassandra.jmx import USER, JmxAccess
from aiocql.testing.cassandra.jvm import Java, base_flags, module_flags
from aiocql.testing.cassandra.process import run
from aiocql.testing.errors import ClusterTimeout, NodetoolFailed

__all__ = ["StatusLine", "nodetool", "parse_status"]


async def nodetool(
    java: Java, jars: Path, ports: Ports, jmx: JmxAccess, arguments: Sequence[str], timeout: float
) -> str:
    """Run a nodetool command and give its output. The port of `jmx` must be open.

    One argument alone is split as a shell would (``"compact ks table"``). Raises `NodetoolFailed` when nodetool says
    that it failed, `ClusterTimeout` after `timeout` seconds. The node's folder takes the history that nodetool writes.
    """
    words = shlex.split(arguments[0]) if len(arguments) == 1 else list(arguments)
    command = [
        str(java.path),
        *base_flags(),
        *module_flags(),
        "-XX:+UseSerialGC",
        "-Xmx128M",
        f"-Duser.home={jmx.folder}",
    ]
    # Without this, JDKs since 11.0.16 refuse the form of address that nodetool gives to JMX.
    command += [
        "-Dcom.sun.jndi.rmiURLParsing=legacy",
        f"-Dlogback.configurationFile={jmx.folder}/conf/logback.xml",
    ]
    command += ["-cp", ":".join(map(str, class_path(jars))), "org.apache.cassandra.tools.NodeTool"]
    command += ["-h", ports.address, "-p", str(ports.jmx), "-u", USER, "-pwf", str(jmx.password_file), *words]
    try:
        done = await run(command, timeout=timeout)
    except TimeoutError:
        raise ClusterTimeout(
            f"nodetool {shlex.join(words)} on {ports.address} did not end within {timeout:g} s"
        ) from None
    if done.returncode != 0:
        raise NodetoolFailed(shlex.join(words), done.returncode, done.output)
    return done.stdout


@dataclass(frozen=True)
class StatusLine:
    """One node in ``nodetool status``. `state` is two letters: U or D, then N, L, J or M (``"UN"``: up, normal)."""

    state: str
    address: str
    host_id: str
    datacenter: str
    rack: str


def parse_status(text: str) -> list[StatusLine]:
    """The nodes in the output of ``nodetool status`` (with or without ``-p``: then the address has its port)."""
    lines = []
    datacenter = ""
    for line in text.splitlines():
        if line.startswith("Datacenter:"):
            datacenter = line.partition(":")[2].strip()
        elif match := re.match(r"([UD][NLJM])\s+(\S+)\s.*\s([0-9a-f-]{36})\s+(?:-?\d{5,}\s+)?(.*\S)", line):
            lines.append(StatusLine(match[1], match[2], match[3], datacenter, match[4]))
    return lines
