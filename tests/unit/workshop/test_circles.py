"""No two modules depend on each other in a circle, by whatever kind of import."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.unit.workshop.import_graph import circles, cython_imports, edges, modules_below

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("folder", ["src/aiocql", "lab", "bench"])
def test_no_module_is_in_a_circle(folder: str) -> None:
    root = ROOT / folder
    assert circles(edges(modules_below(root, root.parent))) == []


def test_circles_are_found() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}, "e": {"f"}, "f": {"e"}, "g": set()}) == [
        ["a", "b", "c"],
        ["e", "f"],
    ]


def test_stubs_and_imports_for_types_count(tmp_path: Path) -> None:
    package = tmp_path / "package"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "one.pyx").write_text("from package.two cimport (\n    Two,\n)\n")
    (package / "two.pyx").touch()
    (package / "two.pyi").write_text("def later() -> None:\n    from package.three import Three\n")
    (package / "three.py").write_text("if TYPE_CHECKING:\n    import package.one\n")
    assert circles(edges(modules_below(package, tmp_path))) == [
        ["package.one", "package.three", "package.two"]
    ]


def test_names_in_brackets_are_read() -> None:
    assert list(cython_imports("from a.b cimport (\n    c,\n    d as e,\n)\n")) == ["a.b.c", "a.b.d"]
