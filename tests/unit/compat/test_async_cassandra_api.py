"""Every public name of async-cassandra 0.0.1 is here, those of its submodules too, and is called as it is there.

Parameters have the same names in the same order, and what is awaited there is awaited here.
"""

from __future__ import annotations

import importlib
import inspect
import json
import pkgutil
from pathlib import Path
from typing import Any

import pytest

from aiocql.compat import async_cassandra

API: dict[str, dict[str, Any]] = json.loads(
    Path(__file__).with_name("async_cassandra_api.json").read_text(encoding="utf-8")
)
"""Names with their kind, and their parameters where they can be called; taken from the package by `inspect`.

One that begins with a module is of that module; of the kind `same` where the package itself has it too.
"""

MODULES = {module.name for module in pkgutil.iter_modules(async_cassandra.__path__)}


def find(name: str) -> Any:
    found: Any = async_cassandra
    first, *rest = name.split(".")
    if first in MODULES:
        found = importlib.import_module(f"{async_cassandra.__name__}.{first}")
    else:
        found = getattr(found, first)
    for part in rest:
        found = getattr(found, part)
    return found


def kind(found: Any) -> str:
    if inspect.isclass(found):
        return "class"
    if inspect.isasyncgenfunction(found):
        return "async generator"
    if inspect.iscoroutinefunction(found):
        return "coroutine"
    return "function" if callable(found) else "value"


@pytest.mark.parametrize("name", API)
def test_it_is_there_and_called_as_there(name: str) -> None:
    found, theirs = find(name), API[name]
    if theirs["kind"] == "same":
        assert found is find(name.partition(".")[2])
        return
    assert kind(found) == theirs["kind"]
    parameters = theirs.get("parameters")
    if parameters is None:
        return
    ours = [p for p in inspect.signature(found).parameters.values() if p.name != "self"]
    assert [p.name for p in ours[: len(parameters)]] == parameters
    assert all(
        p.default is not p.empty or p.kind in (p.VAR_KEYWORD, p.KEYWORD_ONLY) for p in ours[len(parameters) :]
    )


def test_the_names_are_those_of_all_modules() -> None:
    modules = (
        "base cluster constants exceptions metrics monitoring result retry_policy session streaming utils"
    )
    assert {name.partition(".")[0] for name in API} & MODULES == set(modules.split())
    assert {"cluster.Cluster", "base.AsyncContextManageable", "utils.safe_call_soon_threadsafe"} <= set(API)
