"""Programs written for cassandra-driver print on aiocql what they print on cassandra-driver."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

PROGRAMS = Path(__file__).parent / "programs"
AIOCQL = ["-m", "aiocql.compat"]

pytestmark = [pytest.mark.cassandra, pytest.mark.timeout(300)]


def run(*arguments: str) -> str:
    """Run a program and return what it prints; lines of error messages have their place."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", *arguments],
        capture_output=True, text=True, check=False, timeout=120,
        env={**os.environ, "CQLSH_NO_BUNDLED": "1"},
    )  # fmt: skip
    return done.stdout + done.stderr


def test_cqlengine(cassandra_cluster: Any) -> None:
    contact_point = cassandra_cluster.nodes[0].address
    program = str(PROGRAMS / "models.py")
    expected = run(program, contact_point, f"models_{os.getpid()}")
    assert expected.splitlines()[0] == "[]"
    assert expected.splitlines()[-1] == "None"
    assert run(*AIOCQL, program, contact_point, f"models_{os.getpid()}") == expected


def test_cqlsh(cassandra_cluster: Any, tmp_path: Path) -> None:
    contact_point = cassandra_cluster.nodes[0].address
    cqlsh = shutil.which("cqlsh", path=str(Path(sys.executable).parent))
    assert cqlsh is not None
    commands = tmp_path / "commands.cql"
    commands.write_text((PROGRAMS / "commands.cql").read_text().replace("cqlsh_ks", f"cqlsh_{os.getpid()}"))
    arguments = [contact_point, "9042", "-f", str(commands)]
    expected = run(cqlsh, *arguments)
    assert "{street: 's', zip: 9}" in expected
    assert run(*AIOCQL, cqlsh, *arguments) == expected


def test_cqlsh_copies_a_table_to_a_file(
    cassandra_cluster: Any, cassandra_keyspace: str, tmp_path: Path
) -> None:
    contact_point = cassandra_cluster.nodes[0].address
    cqlsh = shutil.which("cqlsh", path=str(Path(sys.executable).parent))
    assert cqlsh is not None
    table = f"{cassandra_keyspace}.word"
    commands = tmp_path / "commands.cql"
    commands.write_text(
        f"CREATE TABLE {table} (k int PRIMARY KEY, v text);\n"
        f"INSERT INTO {table} (k, v) VALUES (1, 'one');\n"
        f"COPY {table} TO '{tmp_path / 'out.csv'}';\n"
    )
    printed = run(*AIOCQL, cqlsh, contact_point, "9042", "-f", str(commands))
    assert "1 rows exported" in printed, printed
    assert (tmp_path / "out.csv").read_text().split() == ["1,one"]
