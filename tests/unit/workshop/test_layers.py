"""The order of the layers, compiled modules included: import-linter reads .py only, so this reads .pyx and .pxd too.

The two contracts are import-linter's own, in pyproject.toml: there is one list of layers.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
PACKAGE = ROOT / "src" / "aiocql"
CONTRACTS: dict[str, dict[str, Any]] = {
    contract["id"]: contract
    for contract in tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
}
SUFFIXES = (".py", ".pyx", ".pxd", ".pxi")

# `import a.b, c as d`, `cimport a.b`, `from a.b import c`, `from a.b cimport c, d`, as Cython allows them.
CYTHON_IMPORT = re.compile(
    r"^\s*(?:from\s+(?P<base>[\w.]+)\s+c?import\s+(?P<names>\(?[^#\n]*)|c?import\s+(?P<modules>[^#\n]+))",
    re.MULTILINE,
)


def python_imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            yield from _members(node.module or "", [alias.name for alias in node.names])


def cython_imports(text: str) -> Iterator[str]:
    for match in CYTHON_IMPORT.finditer(text):
        if match["base"]:
            assert not match["base"].startswith("."), "imports are absolute"
            names = match["names"].strip("( )").split(",")
            yield from _members(match["base"], [name.split()[0] for name in names if name.strip()])
        else:
            yield from (part.split()[0] for part in match["modules"].split(","))


def _members(base: str, names: list[str]) -> Iterator[str]:
    """`from aiocql import rows` imports a layer by its bare name; elsewhere the module's own name says enough."""
    if base == "aiocql":
        yield from (f"aiocql.{name}" for name in names)
    else:
        yield base


def imports_of(path: Path) -> set[str]:
    found = python_imports(path) if path.suffix == ".py" else cython_imports(path.read_text())
    return set(found)


def layer_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].split(".")[0]


def ranks() -> tuple[dict[str, int], dict[str, bool]]:
    """Each layer's height, the lowest 0, and whether its neighbours on the same line may not import it."""
    heights: dict[str, int] = {}
    apart: dict[str, bool] = {}
    for height, line in enumerate(reversed(CONTRACTS["layers"]["layers"])):
        for name in re.findall(r"\w+", line):
            heights[name] = height
            apart[name] = ":" not in line
    return heights, apart


def sources() -> list[Path]:
    """Every module but the package's own `__init__`, which is the face of all layers."""
    return sorted(
        path for path in PACKAGE.rglob("*") if path.suffix in SUFFIXES and path != PACKAGE / "__init__.py"
    )


def violations(path: Path, imports: set[str]) -> list[str]:
    heights, apart = ranks()
    mine = layer_of(path)
    found = []
    for name in sorted(imports):
        top, _, rest = name.partition(".")
        if top != "aiocql" or (not rest and heights[mine] > heights["session"]):
            continue  # whoever uses the driver may do so by its face
        other = rest.split(".")[0]
        if other not in heights:
            found.append(f"{path.name} imports {name}, which is no layer")
        elif heights[other] > heights[mine] or (
            heights[other] == heights[mine] and other != mine and apart[mine]
        ):
            found.append(f"{path.name} (layer {mine}) imports {name}: imports go down only")
    return found


def test_every_module_has_a_layer() -> None:
    heights, _ = ranks()
    assert {layer_of(path) for path in sources()} <= set(heights)


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_down_only(path: Path) -> None:
    assert violations(path, imports_of(path)) == []


@pytest.mark.parametrize(
    "path",
    [path for path in sources() if f"aiocql.{layer_of(path)}" in CONTRACTS["sans-io"]["source_modules"]],
    ids=lambda path: str(path.relative_to(PACKAGE)),
)
def test_nothing_below_the_connection_does_io(path: Path) -> None:
    tops = {name.split(".")[0] for name in imports_of(path)}
    assert tops.isdisjoint(CONTRACTS["sans-io"]["forbidden_modules"])


def test_an_upward_import_is_seen_in_every_form() -> None:
    path = PACKAGE / "protocol" / "core.pyx"
    for line in (
        "from aiocql.session.session cimport Session",
        "from aiocql.pool import plan",
        "cimport aiocql.cluster.events as events",
        "import cython, aiocql.connection",
        "    from aiocql import session",
    ):
        assert len(violations(path, set(cython_imports(line + "\n")))) == 1, line
    assert (
        violations(path, set(cython_imports("from aiocql.binary.cursor cimport Cursor, take  # down\n")))
        == []
    )


def test_neighbours_stay_apart() -> None:
    path = PACKAGE / "policies" / "retry.py"
    assert len(violations(path, {"aiocql.statements.prepared"})) == 1
    assert violations(path, {"aiocql.policies.load_balancing"}) == []
