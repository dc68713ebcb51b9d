"""``--fault-table FILE``: writes what the tests of the fault table saw, as a page of the documentation.

Rows are in `rows.py` and `bugs_of_others.py` of `tests/faults`; a test of row 4 has the mark ``@pytest.mark.fault(4)``.
A test may say more than that it passed:
``record_property("seen", "12,000 requests, none failed")``, or what is to be summed over the cases of a row:
``record_property("seen", (401, "offsets, each cut and reset"))``.
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from tests.faults.bugs_of_others import BUGS
from tests.faults.row import Row
from tests.faults.rows import ROWS

KNOWN = {row.number for row in (*ROWS, *BUGS)}
FAULTS = "faults"
"""The property of a test that holds its rows."""

Record = Callable[[str, object], None]
"""pytest's `record_property`."""


def record_steps(record: Record, outcomes: Sequence[object]) -> None:
    """How many cancellations `cancel_at_every_step` brought about: the last outcome is of the run without one."""
    record("seen", (len(outcomes) - 1, "cancellations, each at a step of its own"))


HEAD = """# What it survives

Every fault below is brought about by the project's own tests. After each, the six statements of the
[design](design.md#what-holds-under-every-fault) must hold. This page is written by the tests that ran
(`make faults`, {date}); what a row saw is what they saw then. What other drivers do under two of these faults stands
[beside it](peers.md). Tests of your own can bring about the same with [the instruments](testing.md).

| # | fault | how | what must happen | what was seen |
|---|---|---|---|---|
"""
BUGS_HEAD = """
## Bugs that others had

Serious bugs of other drivers, and of what asyncio itself offers, each with what shows that this one does not have it.

| # | bug | seen in | how it is brought about | what must happen | what was seen |
|---|---|---|---|---|---|
"""


class FaultTable:
    """Collects outcomes by row, and writes the page at the end."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.passed: dict[int, int] = defaultdict(int)
        self.failed: dict[int, int] = defaultdict(int)
        self.said: dict[int, list[object]] = defaultdict(list)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        seen = [value for key, value in report.user_properties if key == "seen"]
        for number in dict(report.user_properties).get(FAULTS, ()):  # type: ignore[attr-defined]
            if report.failed:
                self.failed[number] += 1
            elif report.when == "call" and report.passed:
                self.passed[number] += 1
                self.said[number] += seen

    def pytest_sessionfinish(self) -> None:
        lines = [HEAD.format(date=datetime.datetime.now(tz=datetime.UTC).date().isoformat())]
        lines += [
            f"| {row.number} | {row.fault} | {row.injection} | {row.must} | {self._seen(row)} |\n"
            for row in ROWS
        ]
        lines.append(BUGS_HEAD)
        lines += [
            f"| {row.number} | {row.fault} | {row.seen_in} | {row.injection} | {row.must} | {self._seen(row)} |\n"
            for row in BUGS
        ]
        self.path.write_text("".join(lines))

    def _seen(self, row: Row) -> str:
        passed, failed = self.passed[row.number], self.failed[row.number]
        if not passed and not failed:
            return "not run"
        held = f"held in {passed:,} case{'s' if passed > 1 else ''}"
        if failed:
            held += f", **failed in {failed:,}**"
        return "; ".join([held, *told(self.said[row.number])])


def told(values: list[object]) -> list[str]:
    """What tests said, each text once; the numbers that stand before the same text are added."""
    sums: dict[str, int] = defaultdict(int)
    texts = set()
    for value in values:
        if isinstance(value, tuple | list):
            number, text = value
            sums[text] += number
        else:
            texts.add(str(value))
    return sorted(texts) + [f"{number:,} {text}" for text, number in sorted(sums.items())]


def rows_of(item: pytest.Item) -> list[int]:
    """Return the numbers of the rows that a test is marked with. Raises UsageError if there is no such row."""
    numbers = sorted({number for mark in item.iter_markers("fault") for number in mark.args})
    if unknown := set(numbers) - KNOWN:
        raise pytest.UsageError(f"{item.nodeid}: the fault table has no row {min(unknown)}")
    return numbers


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--fault-table", type=Path, metavar="FILE", help="write what the fault table's tests saw"
    )
    parser.addoption("--faults", action="store_true", help="run the tests of the fault table only")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "fault(*numbers): the rows of the fault table that the test shows")
    path = config.getoption("--fault-table")
    if path is not None and not hasattr(config, "workerinput"):
        config.pluginmanager.register(FaultTable(path))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        if numbers := rows_of(item):
            item.user_properties.append((FAULTS, numbers))
    if config.getoption("--faults"):
        items[:] = [item for item in items if FAULTS in dict(item.user_properties)]
