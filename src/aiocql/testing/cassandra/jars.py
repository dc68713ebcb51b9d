"""The server's jars: brought by Maven once, kept in the user's cache folder.

The folder is ``$XDG_CACHE_HOME/aiocql/cassandra-<version>`` (``~/.cache/aiocql/...`` by default), 100 jars, 66 MB.
Maven takes what it already has from its own repository, so that this works offline once ``~/.m2`` is filled.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from aiocql.testing.cassandra.process import run
from aiocql.testing.errors import JarsNotAvailable, ToolNotFound

__all__ = ["CASSANDRA_VERSION", "cache_folder", "class_path", "server_jars"]

CASSANDRA_VERSION = "5.0.6"
DOWNLOAD_TIMEOUT = 1800.0  # seconds; 66 MB on a slow line

_POM = """<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>aiocql</groupId><artifactId>cassandra-server</artifactId><version>1</version><packaging>pom</packaging>
<dependencies><dependency>
<groupId>org.apache.cassandra</groupId><artifactId>cassandra-all</artifactId><version>{version}</version>
</dependency></dependencies></project>
"""


def cache_folder() -> Path:
    """The user's cache folder for aiocql. A relative XDG_CACHE_HOME is ignored, as its specification asks."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if os.path.isabs(base) else Path.home() / ".cache") / "aiocql"


def class_path(folder: Path) -> list[Path]:
    """The jars of `folder` in a fixed order (an archive of classes is only valid for the order it was made with)."""
    return sorted(folder.glob("*.jar"))


async def server_jars(
    version: str = CASSANDRA_VERSION, *, report: Callable[[str], None] = lambda _text: None
) -> Path:
    """The folder with the server's jars of `version`, brought by Maven if it is not there yet.

    `report` is called with a line of text before anything slow. Raises `ToolNotFound` without Maven and
    `JarsNotAvailable` if Maven fails. Any number of processes may ask at once: one works, the others wait.
    """
    folder = cache_folder() / f"cassandra-{version}"
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    async with _lock(folder.with_name(folder.name + ".lock")):
        if not folder.is_dir():
            report(f"bringing the jars of Apache Cassandra {version} with Maven (66 MB, once) to {folder}")
            await _download(version, folder)
    return folder


@contextlib.asynccontextmanager
async def _lock(path: Path) -> AsyncIterator[None]:
    """Hold a file lock; the kernel gives it back if this process dies. Waiting can be cancelled."""
    with path.open("w") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                await asyncio.sleep(0.2)
        yield


async def _download(version: str, folder: Path) -> None:
    maven = shutil.which("mvn")
    if maven is None:
        raise ToolNotFound(
            f"Maven is needed once, to bring the jars of Apache Cassandra {version}; there is no `mvn` on the PATH",
            tool="mvn",
            hint="install it (Debian: apt-get install maven)",
        )
    with tempfile.TemporaryDirectory(prefix=f"{folder.name}.", dir=folder.parent) as work:
        try:
            done = await run(_command(maven, version, work), timeout=DOWNLOAD_TIMEOUT)
        except TimeoutError as error:
            raise JarsNotAvailable(f"Maven did not bring Cassandra {version}: {error}") from None
        if done.returncode != 0 or not _put_in_place(work, folder):
            tail = "\n".join(done.output.strip().splitlines()[-12:])
            raise JarsNotAvailable(
                f"Maven did not bring Cassandra {version} (it ended with {done.returncode}):\n{tail}",
                hint="the first use needs a Maven repository; mirrors and proxies go into ~/.m2/settings.xml",
            )


def _command(maven: str, version: str, work: str) -> list[str]:
    """Maven's command that copies the jars to ``work/lib``, by a project description that is written here."""
    pom = Path(work, "pom.xml")
    pom.write_text(_POM.format(version=version))
    copy = ["dependency:copy-dependencies", "-DincludeScope=runtime", f"-DoutputDirectory={work}/lib"]
    return [maven, "-B", "-ntp", "-f", str(pom), *copy]


def _put_in_place(work: str, folder: Path) -> bool:
    """Give the jars their final name in one step; False if the server is not among them."""
    lib = Path(work, "lib")
    if not any(lib.glob("cassandra-all-*.jar")):
        return False
    lib.rename(folder)
    return True
