"""Every row of the fault table has its tests, and each mark names a row."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from tests.faults.bugs_of_others import BUGS
from tests.faults.rows import ROWS
from tests.plugins.fault_table import rows_of, told

TESTS = Path(__file__).parent.parent


def marked() -> set[int]:
    """Return the numbers of all fault marks below `tests/`."""
    calls = (
        node
        for path in TESTS.rglob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.fault"
    )
    return {argument.value for call in calls for argument in call.args}  # type: ignore[attr-defined]


def test_every_row_has_tests() -> None:
    """35 faults; and 26 bugs of others, with what asyncio itself got wrong."""
    assert [row.number for row in ROWS] == list(range(1, 36))
    assert [row.number for row in BUGS] == list(range(36, 63))
    assert marked() == set(range(1, 63))
    assert all(row.seen_in for row in BUGS)


def test_marks_of_a_test_are_its_rows(request: pytest.FixtureRequest) -> None:
    mark = pytest.mark.fault
    request.node.add_marker(mark(7, 1))
    assert rows_of(request.node) == [1, 7]
    request.node.add_marker(mark(63))
    with pytest.raises(pytest.UsageError, match="the fault table has no row 63"):
        rows_of(request.node)


def test_numbers_of_the_same_kind_are_added_and_texts_said_once() -> None:
    said = [(900, "cut"), "none failed", (1_100, "cut"), [3, "opened"], "none failed", 12]
    assert told(said) == ["12", "none failed", "2,000 cut", "3 opened"]
