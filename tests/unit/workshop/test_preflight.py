"""What a machine lacks is named, with what to install."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
TOOLS = ("sh", "sed", "head")


def preflight(folder: Path, *needs: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Runs the check with nothing on the path but the shell's own tools and what `folder` holds."""
    for tool in TOOLS:
        target = folder / tool
        if not target.exists():
            target.symlink_to(next(p for p in (Path("/bin") / tool, Path("/usr/bin") / tool) if p.exists()))
    given = {"PATH": str(folder), "PYTHON": sys.executable, "JVM_FOLDER": str(folder / "jvm")} | environ
    script = ROOT / "tools" / "preflight.sh"
    return subprocess.run([script, *needs], env=given, capture_output=True, text=True)


def program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def java(path: Path, version: str) -> None:
    program(path, f"echo 'openjdk version \"{version}\" 2025-01-01' >&2")


def test_everything_that_is_missing_is_named_at_once(tmp_path: Path) -> None:
    done = preflight(tmp_path, "python", "compiler", "cassandra", PYTHON="no-python", CC="no-compiler")
    assert done.returncode == 1
    for text in (
        "Python 3.11",
        "python3-venv",
        "C compiler",
        "gcc",
        "JDK 11 or 17",
        "openjdk-17-jdk-headless",
        "Maven",
    ):
        assert text in done.stderr
    assert "not found" not in done.stderr


def test_nothing_is_missing(tmp_path: Path) -> None:
    program(tmp_path / "cc", "exit 0")
    program(tmp_path / "mvn", "exit 0")
    java(tmp_path / "java", "17.0.15")
    done = preflight(tmp_path, "python", "compiler", "cassandra")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("version", "status"),
    [("11.0.2", 0), ("17", 0), ("17.0.15", 0), ("1.8.0_392", 1), ("21.0.1", 1), ("25", 1)],
)
def test_the_jdk_must_be_one_that_cassandra_runs_on(tmp_path: Path, version: str, status: int) -> None:
    program(tmp_path / "mvn", "exit 0")
    java(tmp_path / "java", version)
    done = preflight(tmp_path, "cassandra")
    assert done.returncode == status
    assert ("JDK 11 or 17" in done.stderr) is bool(status)


def test_a_jdk_that_is_not_the_default_is_found(tmp_path: Path) -> None:
    program(tmp_path / "mvn", "exit 0")
    java(tmp_path / "java", "25")
    java(tmp_path / "jvm" / "java-17" / "bin" / "java", "17.0.1")
    assert preflight(tmp_path, "cassandra").returncode == 0


def test_an_old_python_is_refused(tmp_path: Path) -> None:
    program(tmp_path / "old-python", 'case "$1" in --version) echo Python 3.9.2 ;; *) exit 1 ;; esac')
    done = preflight(tmp_path, "python", PYTHON=str(tmp_path / "old-python"))
    assert done.returncode == 1
    assert "Python 3.9.2" in done.stderr
    assert "make PYTHON=" in done.stderr


def test_ci_runs_the_one_command() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert "make --no-print-directory test" in script.read_text()
