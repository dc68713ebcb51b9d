"""Write the `__init__.pyi` of packages whose public names are imported lazily, from their list of names.

    python tools/public_stubs.py

Run it when `_NAMES` in `aiocql/__init__.py` or `aiocql/testing/__init__.py` changes; a test compares the files.
"""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = ("aiocql", "aiocql.testing")
HEAD = "# Written by tools/public_stubs.py from `_NAMES`. Do not edit.\n"


def target(package: str) -> Path:
    """Return where the stub of a package is."""
    return ROOT.joinpath("src", *package.split("."), "__init__.pyi")


def stub(package: str) -> str:
    """Return the text of a package's stub: each public name, imported from its module."""
    module = importlib.import_module(package)
    lines = [
        f"from {package}.{home} import {name} as {name}\n"
        for home, names in module._NAMES.items()
        for name in names
    ]
    if "__version__" in module.__all__:
        lines.append(f"from {package}._version import __version__ as __version__\n")
    lines += [f"from {package} import {each} as {each}\n" for each in submodules(package)]
    return sorted_imports(HEAD + "\n" + "".join(lines), target(package))


def submodules(package: str) -> list[str]:
    """Return the modules that a package imports at once, whatever else of it is loaded by now."""
    tree = ast.parse(target(package).with_suffix(".py").read_text())
    imports = [node for node in tree.body if isinstance(node, ast.ImportFrom) and node.module == package]
    return [alias.name for node in imports for alias in node.names]


def sorted_imports(text: str, path: Path) -> str:
    """Return the text with its imports in the order of the linter."""
    command = [sys.executable, "-m", "ruff", "check", "--quiet", "--select", "I", "--fix", "-"]
    command += ["--stdin-filename", str(path)]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=True, cwd=ROOT).stdout


if __name__ == "__main__":
    for each in PACKAGES:
        target(each).write_text(stub(each))
