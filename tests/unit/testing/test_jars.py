"""Bringing the server's jars, with a Maven that is played by a shell script."""

from __future__ import annotations

import asyncio
import os
import select
from pathlib import Path

import pytest

from aiocql.testing import JarsNotAvailable, ToolNotFound
from aiocql.testing.cassandra.jars import cache_folder, class_path, server_jars
from aiocql.testing.cassandra.waiting import until

BRINGS = """#!/bin/sh
echo run >> "$MAVEN_RUNS"
for word; do case $word in -DoutputDirectory=*) lib=${word#*=} ;; esac; done
mkdir -p "$lib" && : > "$lib/cassandra-all-9.9.jar" && : > "$lib/a.jar"
"""


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty cache, and a PATH where ``mvn`` is what a test makes it."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("MAVEN_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    (tmp_path / "bin").mkdir()
    return tmp_path


def maven(machine: Path, script: str) -> None:
    path = machine / "bin" / "mvn"
    path.write_text(script)
    path.chmod(0o755)


async def test_maven_runs_once_for_all_who_ask_at_once(machine: Path) -> None:
    maven(machine, BRINGS)
    said: list[str] = []
    folders = await asyncio.gather(*(server_jars("9.9", report=said.append) for _ in range(3)))
    assert set(folders) == {machine / "cache" / "aiocql" / "cassandra-9.9"}
    assert [path.name for path in class_path(folders[0])] == ["a.jar", "cassandra-all-9.9.jar"]
    assert (machine / "runs").read_text() == "run\n"
    assert len(said) == 1
    await server_jars("9.9")
    assert (machine / "runs").read_text() == "run\n"


async def test_a_missing_maven_says_what_to_install(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(machine / "bin"))
    with pytest.raises(ToolNotFound, match="apt-get install maven") as error:
        await server_jars("9.9")
    assert error.value.tool == "mvn"


@pytest.mark.parametrize(
    "script", ["#!/bin/sh\necho 'cannot resolve it'\nexit 1\n", "#!/bin/sh\necho 'cannot resolve it'\n"]
)
async def test_a_maven_that_fails_is_quoted_and_leaves_nothing(machine: Path, script: str) -> None:
    maven(machine, script)
    with pytest.raises(JarsNotAvailable, match="cannot resolve it"):
        await server_jars("9.9")
    assert [path.name for path in cache_folder().iterdir()] == ["cassandra-9.9.lock"]


async def test_cancelling_ends_maven(machine: Path) -> None:
    maven(machine, f"#!/bin/sh\necho $$ > {machine}/pid\nexec sleep 1000\n")
    task = asyncio.create_task(server_jars("9.9"))
    pid = machine / "pid"
    assert await until(lambda: pid.exists() and bool(pid.read_text()), 30)
    handle = os.pidfd_open(int(pid.read_text()))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    with os.fdopen(handle):
        assert select.select([handle], [], [], 0)[0]


def test_a_relative_cache_folder_is_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert cache_folder() == Path.home() / ".cache" / "aiocql"
