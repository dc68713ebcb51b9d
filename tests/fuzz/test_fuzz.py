"""A share of `make fuzz`, the same inputs every time; those that once failed among them."""

from __future__ import annotations

from random import Random

import pytest
from tests.fuzz.run import fuzz, seed_of
from tests.fuzz.targets import TARGETS

SHARE = 1500
SHARES = {"hostile_sessions": 40}
"""Of targets whose inputs are large: each of these is a session with fifty calls."""

FOUND = [("bound", number) for number in (61, 141, 1385, 1457, 2203, 2511)]
"""A mapping with keys that cannot be hashed, bound to a user type, was a bare TypeError."""


@pytest.mark.parametrize("name", TARGETS)
def test_every_input_ends_as_it_may(name: str) -> None:
    assert fuzz(name, 0, SHARES.get(name, SHARE)) == []


@pytest.mark.parametrize(("name", "number"), FOUND)
def test_what_was_found_stays_mended(name: str, number: int) -> None:
    TARGETS[name](Random(seed_of(name, number)))
