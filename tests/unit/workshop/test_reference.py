"""Every public name has an entry in the reference."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[3] / "docs"
ENTRY = re.compile(r"^\.\. auto(\w+):: ([\w.]+)$", re.MULTILINE)


def entries() -> set[int]:
    """Return the identities of the objects that the pages document."""
    found: set[int] = set()
    for page in DOCS.rglob("*.md"):
        for kind, name in ENTRY.findall(page.read_text()):
            if kind == "module":
                module = import_module(name)
                found.update(id(value) for value in vars(module).values() if is_of(value, name))
            else:
                module_name, _, public = name.rpartition(".")
                found.add(id(getattr(import_module(module_name), public)))
    return found


def is_of(value: object, module: str) -> bool:
    """Whether the module defines the object, so that `automodule` shows it."""
    return getattr(value, "__module__", None) == module


@pytest.mark.parametrize("name", ["aiocql", "aiocql.testing", "aiocql.sync"])
def test_every_public_name_has_an_entry(name: str) -> None:
    module = import_module(name)
    documented = entries()
    assert [public for public in module.__all__ if id(getattr(module, public)) not in documented] == []
