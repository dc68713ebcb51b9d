"""The JVM: which one, and with what flags a Cassandra starts fastest and smallest on it.

Measured on 2 cores with Cassandra 5.0.6 and JDK 17, one node, from the start to the first answer, in seconds of
processor time (wall time is about 0.7 of it on an idle machine) and resident memory:

====================================================  =====  =======
flags                                                 CPU s  MB
====================================================  =====  =======
512 MB heap at once, G1, both compilers                16.9  924
... serial collector                                   13.5  866
... first compiler only (TieredStopAtLevel=1)           9.6  830
... heap grows from 64 MB                               9.6  395
... memtable overhead given instead of measured         8.7  395
... no fsync (a killed process loses nothing by it)     7.8  400
====================================================  =====  =======
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from aiocql.testing.errors import ToolNotFound

__all__ = ["SUPPORTED", "Java", "base_flags", "find_java", "memory_flags", "module_flags"]

SUPPORTED = (17, 11)
"""Java versions that Cassandra 5.0 runs on, best first."""

JVM_FOLDERS = ("/usr/lib/jvm", "/usr/java", "/opt/java", "/opt/jdk", "~/.sdkman/candidates/java", "~/.jdks")
"""Where Java lies when neither JAVA_HOME nor PATH says."""

# What the server reaches into; the list is that of Cassandra's own conf/jvm11-server.options and jvm17-server.options.
_EXPORTS = """java.base/jdk.internal.misc java.base/jdk.internal.ref java.base/sun.nio.ch java.base/java.lang.ref
java.management.rmi/com.sun.jmx.remote.internal.rmi java.rmi/sun.rmi.registry java.rmi/sun.rmi.server
java.rmi/sun.rmi.transport.tcp java.sql/java.sql jdk.unsupported/sun.misc"""
_OPENS = """java.base/java.lang.module java.base/jdk.internal.loader java.base/jdk.internal.ref
java.base/jdk.internal.reflect java.base/jdk.internal.math java.base/jdk.internal.module
java.base/jdk.internal.util.jar jdk.management/com.sun.management.internal java.base/sun.nio.ch java.base/java.io
java.base/java.nio java.base/java.nio.charset java.base/java.lang java.base/java.util java.base/java.util.concurrent
java.base/java.util.concurrent.atomic"""


@dataclass(frozen=True)
class Java:
    """A Java runtime: the path of its ``java`` and its major version."""

    path: Path
    major: int


def find_java() -> Java:
    """The Java runtime to use: that of JAVA_HOME, else of PATH, else the best of the usual folders.

    Raises `ToolNotFound` when none of them is one that Cassandra runs on; the text lists what was found instead.
    """
    seen: list[str] = []
    for group in (_from_environment(), _from_folders()):
        found = [Java(path, major) for path in group if (major := _major(path)) is not None]
        usable = [java for java in found if java.major in SUPPORTED]
        if usable:
            return usable[0]
        seen += [f"{java.path} is Java {java.major}" for java in found]
    raise ToolNotFound(
        "Apache Cassandra 5.0 runs on Java 17 or 11; "
        + (f"found only: {', '.join(seen)}" if seen else "there is no Java on this machine"),
        tool="java",
        hint="install JDK 17 (Debian 12: apt-get install openjdk-17-jdk-headless; where the distribution has none,"
        " unpack one from adoptium.net) and set JAVA_HOME if it is not on the PATH",
    )


def _from_environment() -> Iterator[Path]:
    if home := os.environ.get("JAVA_HOME"):
        yield Path(home, "bin", "java")
    if on_path := shutil.which("java"):
        yield Path(on_path)


def _from_folders() -> list[Path]:
    paths = [path for folder in JVM_FOLDERS for path in sorted(Path(folder).expanduser().glob("*/bin/java"))]
    return sorted(
        paths, key=lambda path: SUPPORTED.index(major) if (major := _major(path)) in SUPPORTED else 9
    )


def _major(java: Path) -> int | None:
    """Return the major version of a ``java`` command, or None. Read from the ``release`` file if there is one."""
    if not os.access(java, os.X_OK):
        return None
    try:
        text = (java.resolve().parent.parent / "release").read_text()
    except OSError:
        try:
            done = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=20, check=False)
        except (OSError, subprocess.TimeoutExpired):
            return None
        text = done.stderr
    match = re.search(r'(?:JAVA_VERSION=|version )"(\d+)', text)
    return int(match[1]) if match else None


def base_flags() -> list[str]:
    """Flags for a short-lived JVM, the server's and nodetool's: quick to start, nothing left in /tmp."""
    return [
        "-XX:TieredStopAtLevel=1",
        "-XX:MetaspaceSize=96M",
        "-XX:-UsePerfData",
        "-Djava.net.preferIPv4Stack=true",
    ]


def memory_flags(heap: str, extra: Sequence[str]) -> list[str]:
    """Heap and collector. The heap grows to `heap`: what is committed at once would be locked into memory by a
    server that runs as root. A collector named in `extra` replaces the serial one (Java takes only one)."""
    flags = ["-Xms64M", f"-Xmx{heap}"]
    if not any(re.fullmatch(r"-XX:\+Use\w+GC", flag) for flag in extra):
        flags.append("-XX:+UseSerialGC")
    return flags


def module_flags() -> list[str]:
    """Access to the JDK's insides that the server needs."""
    flags = ["-Djdk.attach.allowAttachSelf=true"]
    for flag, names in (("--add-exports", _EXPORTS), ("--add-opens", _OPENS)):
        flags += [part for name in names.split() for part in (flag, f"{name}=ALL-UNNAMED")]
    return flags
