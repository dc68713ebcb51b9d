"""The types of the synchronous session are those of the asynchronous one, and its classes have what they promise."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

from aiocql.sync import session

ROOT = Path(__file__).parents[3]
STUB = ROOT / "src" / "aiocql" / "sync" / "session.pyi"
CLASSES = [node for node in ast.parse(STUB.read_text()).body if isinstance(node, ast.ClassDef)]


def test_the_stub_is_up_to_date() -> None:
    """Where it is not: `python tools/sync_stubs.py`."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "sync_stubs.py"), "--check"], check=False, cwd=ROOT
    )
    assert done.returncode == 0


@pytest.mark.parametrize("described", CLASSES, ids=lambda node: node.name)
def test_each_class_has_the_methods_of_its_stub(described: ast.ClassDef) -> None:
    methods = {node.name for node in described.body if isinstance(node, ast.FunctionDef)}
    kind = getattr(session, described.name)
    assert methods - set(dir(kind)) == set()
    attributes = {ast.unparse(node.target) for node in described.body if isinstance(node, ast.AnnAssign)}
    own = {name for name in dir(kind) if not name.startswith("_")}
    assert own - methods - attributes == set()


def test_no_method_is_asynchronous() -> None:
    asynchronous = [
        f"{described.name}.{name}"
        for described in CLASSES
        for name in dir(getattr(session, described.name))
        if inspect.iscoroutinefunction(getattr(getattr(session, described.name), name))
    ]
    assert asynchronous == []


USE = """
from typing import assert_type
import aiocql.sync
from aiocql import Row

with aiocql.sync.connect("127.0.0.1") as session:
    assert_type(session, aiocql.sync.Session[Row])
    assert_type(session.execute("q").one(), Row | None)
    for row in session.stream("q", into=int):
        assert_type(row, int)
    assert_type(session.execute_concurrent("q", [(1,)]), list[aiocql.sync.Result[Row]])
    for result in session.iter_concurrent("q", [(1,)]):
        assert_type(result, aiocql.sync.Result[Row])
    assert_type(session.rate_limited(1), aiocql.sync.RateLimitedSession[Row])
"""


def test_type_checkers_see_them(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(USE)
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache"), str(program)],
        capture_output=True, text=True, check=False, cwd=ROOT,
    )  # fmt: skip
    assert done.stdout.startswith("Success"), done.stdout
