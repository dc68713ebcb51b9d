"""What the guards found about a test; `guards` fails it with them."""

from __future__ import annotations

import pytest

FINDINGS = pytest.StashKey[list[str]]()


def report(item: pytest.Item, text: str) -> None:
    """Notes one thing that fails the test once its fixtures are gone."""
    item.stash.setdefault(FINDINGS, []).append(text.rstrip())
