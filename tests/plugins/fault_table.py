"""``--fault-table FILE``: writes what the tests of the fault table saw, as a page of the documentation.

Rows and their tests are in `rows.py` and `bugs_of_others.py` of `tests/faults`. A test may say more than that it
passed:
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

ALL = (*ROWS, *BUGS)

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
    """Collects outcomes by test, and writes the page at the end."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.passed: dict[str, int] = defaultdict(int)
        self.failed: dict[str, int] = defaultdict(int)
        self.said: dict[str, list[object]] = defaultdict(list)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        name = name_of(report.nodeid)
        if report.failed:
            self.failed[name] += 1
        elif report.when == "call" and report.passed:
            self.passed[name] += 1
            self.said[name] += [value for key, value in report.user_properties if key == "seen"]

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
        names = [name for name in {*self.passed, *self.failed} if is_of(row, name)]
        passed, failed = (sum(counts[name] for name in names) for counts in (self.passed, self.failed))
        if not passed and not failed:
            return "not run"
        held = f"held in {passed:,} case{'s' if passed > 1 else ''}"
        if failed:
            held += f", **failed in {failed:,}**"
        return "; ".join([held, *told([value for name in names for value in self.said[name]])])


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


def name_of(nodeid: str) -> str:
    """A test's path below `tests/` and its function: without its parameters, and the group that xdist appends."""
    return nodeid.removeprefix("tests/").split("[")[0].split("@")[0]


def is_of(row: Row, name: str) -> bool:
    """Whether a test, by its path below `tests/` and its function, is one of the row's; its class says nothing."""
    path, *_, function = name.split("::")
    return not {path, f"{path}::{function}"}.isdisjoint(row.tests)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--fault-table", type=Path, metavar="FILE", help="write what the fault table's tests saw"
    )
    parser.addoption("--faults", action="store_true", help="run the tests of the fault table only")


def pytest_configure(config: pytest.Config) -> None:
    path = config.getoption("--fault-table")
    if path is not None and not hasattr(config, "workerinput"):
        config.pluginmanager.register(FaultTable(path))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--faults"):
        items[:] = [item for item in items if any(is_of(row, name_of(item.nodeid)) for row in ALL)]
