"""The demonstration: on a cluster that is there, and interrupted on its way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from aiocql.cli import main
from aiocql.cli.failures import INTERRUPTED

pytestmark = [pytest.mark.cassandra, pytest.mark.timeout(300)]


def test_on_a_cluster_that_is_there(
    cassandra_cluster: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    points = ",".join(cassandra_cluster.contact_points)
    report = tmp_path / "report.html"
    few = ["--rows", "2000", "--concurrency", "50", "--seconds", "1", "--no-official"]
    assert main(["demo", "-c", points, "--report", str(report), *few]) == 0
    said = capsys.readouterr().out
    for text in ("Connected Cassandra nodes:", "2,000 rows in", "- 100 requests:", "50 requests in flight"):
        assert text in said
    assert "requests a second, sustained" in report.read_text()
    assert main(["query", "SELECT keyspace_name FROM system_schema.keyspaces", "--csv", "-c", points]) == 0
    assert "aiocql_demo" not in capsys.readouterr().out


@pytest.mark.parametrize("moment", ["Starting a real Cassandra", "Writing"])
def test_ctrl_c_leaves_nothing(moment: str, tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-u",
        "-m",
        "aiocql.cli",
        "demo",
        "--nodes",
        "1",
        "--rows",
        "1000000",
        "--no-official",
    ]
    environ = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(
        command, cwd=tmp_path, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        said = ""
        for line in process.stdout:
            said += line
            if moment in line:
                break
        process.send_signal(signal.SIGINT)
        said += process.stdout.read()
    assert process.returncode == INTERRUPTED, said
    assert "Traceback" not in said
    assert not [name for name in commands_under(tmp_path) if "CassandraDaemon" in name]
    assert not (tmp_path / "demo-report.html").exists()


def commands_under(folder: Path) -> list[str]:
    """The command lines of running processes that mention the folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if str(folder) in command:
            found.append(command)
    return found
