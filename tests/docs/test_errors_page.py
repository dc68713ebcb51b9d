"""The page of errors has each class of the tree, with a cause and a remedy."""

from __future__ import annotations

import re
from pathlib import Path

from aiocql import errors

PAGE = Path(__file__).parents[2] / "docs" / "errors.md"


def test_each_error_has_its_line() -> None:
    lines = re.findall(
        r"^\| `(\w+)` \| ([^|]+) \| ([^|]+) \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE
    )
    described = {name for name, cause, remedy in lines if cause.strip() and remedy.strip()}
    assert described >= {name for name in errors.__all__ if name != "Attempt"}
