"""Every row of the fault table has its tests, and each of them exists."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from tests.faults.bugs_of_others import BUGS
from tests.faults.rows import ROWS
from tests.plugins.fault_table import is_of, told

TESTS = Path(__file__).parent.parent


def functions(path: Path) -> set[str]:
    return {
        node.name
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    }


@pytest.mark.parametrize("row", [*ROWS, *BUGS], ids=lambda row: str(row.number))
def test_the_tests_of_a_row_exist(row: object) -> None:
    for test in row.tests:  # type: ignore[attr-defined]
        path, _, name = test.partition("::")
        found = functions(TESTS / path)
        assert found, path
        assert not name or name in found, test


def test_no_row_is_missing() -> None:
    """35 faults; and 26 bugs of others, with what asyncio itself got wrong."""
    assert [row.number for row in ROWS] == list(range(1, 36))
    assert [row.number for row in BUGS] == list(range(36, 63))
    assert all(row.tests for row in (*ROWS, *BUGS))
    assert all(row.seen_in for row in BUGS)


def test_a_test_is_found_whether_a_class_has_it_or_not() -> None:
    [row] = [row for row in ROWS if row.number == 7]
    found = (
        "unit/policies/test_load_balancing.py::TestPlans::test_a_replica_that_stopped_answering_goes_behind"
    )
    assert is_of(row, found)
    assert is_of(row, "faults/test_soak.py::test_mixed_load_under_random_faults")
    assert not is_of(row, "unit/policies/test_load_balancing.py::TestPlans::test_another")


def test_numbers_of_the_same_kind_are_added_and_texts_said_once() -> None:
    said = [(900, "cut"), "none failed", (1_100, "cut"), [3, "opened"], "none failed", 12]
    assert told(said) == ["12", "none failed", "2,000 cut", "3 opened"]
