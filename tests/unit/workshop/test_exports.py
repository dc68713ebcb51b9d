"""The public surface: what `aiocql` exports is sorted, described, and enough."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

import aiocql
from aiocql import errors
from aiocql.options.keywords import ConnectKeywords
from aiocql.options.resolve import NAMES

PACKAGE = Path(aiocql.__file__).parent
ROOT = Path(__file__).parents[3]


def is_sorted(names: list[str]) -> bool:
    """As ruff sorts `__all__`: constants, classes, the rest."""
    return names == sorted(
        names, key=lambda name: (0 if name.isupper() else 1 if name[0].isupper() else 2, name)
    )


def test_names_are_sorted_and_there() -> None:
    assert is_sorted(aiocql.__all__)
    assert len(set(aiocql.__all__)) == len(aiocql.__all__)
    for name in aiocql.__all__:
        assert hasattr(aiocql, name), name


@pytest.mark.parametrize("package", ["aiocql", "aiocql.testing"])
def test_stub_has_the_listed_names(package: str) -> None:
    """Where it has not: `python tools/public_stubs.py`."""
    module = import_module(package)
    assert module.__file__ is not None
    written = Path(module.__file__).with_suffix(".pyi").read_text()
    spec = spec_from_file_location("public_stubs", ROOT / "tools" / "public_stubs.py")
    assert spec is not None
    assert spec.loader is not None
    stubs = module_from_spec(spec)
    spec.loader.exec_module(stubs)
    assert written == stubs.stub(package)


def test_every_name_is_described() -> None:
    nameless = [
        name
        for name in aiocql.__all__
        if (inspect.isclass(value := getattr(aiocql, name)) or callable(value))
        and not (inspect.getdoc(value) or "").strip()
    ]
    assert nameless == []


def test_every_error_is_exported_and_a_member_of_the_tree() -> None:
    for name in errors.__all__:
        assert name in aiocql.__all__, name
        value = getattr(errors, name)
        assert name == "Attempt" or issubclass(value, errors.Error)
    assert not set(errors.__all__) & set(dir(__builtins__))


def test_the_names_that_the_design_fixes() -> None:
    fixed = {
        "connect", "Session", "Result", "Host", "PoolOptions", "ConsistencyLevel", "PreparedStatement", "Error",
        "NoHostAvailable", "OperationTimedOut", "BusyConnection", "Unavailable", "ReadTimeout", "WriteTimeout",
        "InvalidRequest", "SyntaxException", "TLSOptions", "ConnectOptions", "UNSET",
    }  # fmt: skip
    assert fixed <= set(aiocql.__all__)


def test_connect_takes_the_options_that_are_described() -> None:
    assert set(ConnectKeywords.__annotations__) == set(NAMES)
    assert "ConnectKeywords" in str(inspect.signature(aiocql.connect))


def test_every_module_says_what_it_is_and_what_it_offers() -> None:
    for path in PACKAGE.rglob("*.py"):
        tree = ast.parse(path.read_text())
        assert ast.get_docstring(tree), f"{path} has no docstring"


def test_compiled_modules_have_stubs() -> None:
    for path in PACKAGE.rglob("*.pyx"):
        assert path.with_suffix(".pyi").exists(), f"{path} has no .pyi"


def test_importing_brings_errors_and_enumerations_only() -> None:
    """The rest, of the standard library too, comes when it is first asked for."""
    script = "import asyncio, sys; before = set(sys.modules); import aiocql; print(*sorted(set(sys.modules) - before))"
    brought = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    ).stdout
    ours = [f"aiocql.{name}" for name in ("_version", "enums", "errors", "sentinels")]
    assert brought.split() == ["__future__", "aiocql", *ours]


def test_all_names_are_listed_before_they_are_loaded() -> None:
    script = "import aiocql; print(*dir(aiocql))"
    listed = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout
    assert set(aiocql.__all__) <= set(listed.split())


def test_the_face_of_a_session_is_small() -> None:
    """33 names, and those of data frames. Internals have a leading underscore, or are in other rooms."""
    columns = {"batches", "insert_table", "scan", "table"}
    assert len({name for name in dir(aiocql.Session) if not name.startswith("_")} - columns) <= 33
