"""`import cassandra` as aiocql."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

USE = """
import aiocql.compat
aiocql.compat.install()
aiocql.compat.install()
import cassandra, cassandra.cluster, cassandra.query, cassandra.encoder, cassandra.cqltypes, cassandra.cqlengine.models
from cassandra.metadata import protect_name
from aiocql.compat.cassandra.cluster import Cluster
assert cassandra.cluster.Cluster is Cluster
assert cassandra.cqltypes.SimpleDateType.deserialize(b"\\x80\\0\\0\\0", 4) == cassandra.util.Date(0)
assert type(cassandra.cqltypes.SimpleDateType.deserialize(b"\\x80\\0\\0\\0", 4)).__module__.startswith("aiocql")
print(protect_name("Order"), cassandra.cluster._NOT_SET, cassandra.protocol.__name__)
"""

LATE = """
import cassandra
import aiocql, aiocql.compat
try:
    aiocql.compat.install()
except aiocql.InterfaceError as error:
    print("install() first" in str(error))
"""


def run(*arguments: str) -> tuple[str, str, int]:
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False)
    return done.stdout, done.stderr, done.returncode


def test_names_are_those_of_aiocql_and_the_rest_that_of_the_driver() -> None:
    assert run("-c", USE) == ('"Order" _NOT_SET cassandra.protocol\n', "", 0)


def test_installing_after_the_driver_was_imported_is_an_error() -> None:
    assert run("-c", LATE) == ("True\n", "", 0)


def test_a_program_is_run_with_its_arguments(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        "import sys, cassandra.cluster; print(sys.argv[1:], cassandra.cluster.Cluster.__module__)"
    )
    printed, _, status = run("-m", "aiocql.compat", str(program), "--one", "two")
    assert (printed, status) == ("['--one', 'two'] aiocql.compat.cassandra.cluster\n", 0)
    assert run("-m", "aiocql.compat")[2] == 2
