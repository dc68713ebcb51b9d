"""The order of the layers, compiled modules and stubs included: import-linter reads .py only, this all of them.

The two contracts are import-linter's own, in pyproject.toml: there is one list of layers.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from tests.unit.workshop.import_graph import SUFFIXES, cython_imports, imports_of

ROOT = Path(__file__).parents[3]
PACKAGE = ROOT / "src" / "aiocql"
CONTRACTS: dict[str, dict[str, Any]] = {
    contract["id"]: contract
    for contract in tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
}


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
        path
        for path in PACKAGE.rglob("*")
        if path.suffix in SUFFIXES and path.with_suffix("") != PACKAGE / "__init__"
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
        if other not in heights and heights[mine] > heights["session"]:
            continue  # a public name
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


@pytest.mark.parametrize("page", ["docs/design.md", "CONTRIBUTING.md"])
def test_the_pages_have_the_layers_of_the_contract(page: str) -> None:
    found = re.search(r"```text\n(cli .*?)```", (ROOT / page).read_text(), re.DOTALL)
    assert found is not None
    lines = [re.split(r"\s{2,}", line)[0] for line in found[1].splitlines()]
    assert [re.findall(r"\w+", line) for line in lines] == [
        re.findall(r"\w+", line) for line in CONTRACTS["layers"]["layers"]
    ]
