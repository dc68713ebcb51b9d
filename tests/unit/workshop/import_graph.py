"""Every import of the project: at run time, within functions and for types, in .py, .pyx, .pxd and .pyi."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

SUFFIXES = (".py", ".pyx", ".pxd", ".pxi", ".pyi")

# `import a.b, c as d`, `cimport a.b`, `from a.b import c`, `from a.b cimport c, d`, as Cython allows them.
CYTHON_IMPORT = re.compile(
    r"^\s*(?:from\s+(?P<base>[\w.]+)\s+c?import\s+(?P<names>\([^)]*\)|[^#\n]*)|c?import\s+(?P<modules>[^#\n]+))",
    re.MULTILINE,
)


def imports_of(path: Path) -> set[str]:
    """Return what a file imports, with the names that it takes from a module: ``package.module.name``."""
    found = python_imports(path) if path.suffix in (".py", ".pyi") else cython_imports(path.read_text())
    return set(found)


def python_imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def cython_imports(text: str) -> Iterator[str]:
    for match in CYTHON_IMPORT.finditer(text):
        if match["base"]:
            assert not match["base"].startswith("."), "imports are absolute"
            names = match["names"].strip().strip("()").split(",")
            yield from (f"{match['base']}.{name.split()[0]}" for name in names if name.strip())
        else:
            yield from (part.split()[0] for part in match["modules"].split(","))


def modules_below(root: Path, base: Path) -> dict[str, list[Path]]:
    """Return the files of each module below `root`; `base` is where its first package is."""
    found: dict[str, list[Path]] = {}
    for path in sorted(root.rglob("*")):
        if path.suffix in SUFFIXES:
            parts = path.relative_to(base).with_suffix("").parts
            found.setdefault(".".join(parts).removesuffix(".__init__"), []).append(path)
    return found


def edges(modules: dict[str, list[Path]]) -> dict[str, set[str]]:
    """Return which of the modules each of them imports. Packages themselves are faces, and count for nothing."""
    packages = {name for name, paths in modules.items() if paths[0].stem == "__init__"}
    found: dict[str, set[str]] = {name: set() for name in modules}
    for name, paths in modules.items():
        for imported in set().union(*(imports_of(path) for path in paths)):
            target = imported
            while target and target not in modules:
                target = target.rpartition(".")[0]
            if target and target != name and target not in packages:
                found[name].add(target)
    return found


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Return the groups of modules that import each other, directly or not."""

    def reached(start: str) -> set[str]:
        seen: set[str] = set()
        waiting = [start]
        while waiting:
            for module in graph[waiting.pop()] - seen:
                seen.add(module)
                waiting.append(module)
        return seen

    reach = {module: reached(module) for module in graph}
    groups = {
        tuple(sorted({module, *(other for other in reach[module] if module in reach[other])}))
        for module in graph
        if module in reach[module]
    }
    return sorted(list(group) for group in groups)
