"""Every public name of async-cassandra 0.0.1 is here, and takes its parameters by the same names in the same order."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from typing import Any

import pytest

from aiocql.compat import async_cassandra

API: dict[str, list[str] | None] = json.loads(
    Path(__file__).with_name("async_cassandra_api.json").read_text(encoding="utf-8")
)
"""Names, with their parameters where they can be called; taken from the package by `inspect`."""


def find(name: str) -> Any:
    found: Any = async_cassandra
    for part in name.split("."):
        found = getattr(found, part)
    return found


@pytest.mark.parametrize("name", API)
def test_it_is_there_with_its_parameters(name: str) -> None:
    found, parameters = find(name), API[name]
    if parameters is None:
        assert not callable(found)
        return
    ours = [p for p in inspect.signature(found).parameters.values() if p.name != "self"]
    assert [p.name for p in ours[: len(parameters)]] == parameters
    assert all(
        p.default is not p.empty or p.kind in (p.VAR_KEYWORD, p.KEYWORD_ONLY) for p in ours[len(parameters) :]
    )
