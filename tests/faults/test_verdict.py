"""Row 34: what the soak concludes is what it saw. Each statement can fail."""

from __future__ import annotations

from typing import Any

import pytest
from lab.ledger import Ledger
from lab.load import next_due
from lab.verdict import Event, judge, recovery, slope

pytestmark = pytest.mark.fault(34)

FINAL: dict[str, Any] = {
    "lost_awaiters": 0,
    "crashed": [],
    "complaints": [],
    "left_open": {"connections": 6, "in_flight": 0, "orphans": 0, "waiting": 0},
    "repeated": 0,
    "missing": 0,
    "appended": 10,
    "acknowledged": 9,
    "wrong": [],
    "tasks_left": [],
    "descriptors_left": 0,
}


def samples(seconds: int = 60, **change: Any) -> list[dict[str, Any]]:
    steady: dict[str, Any] = {"done": 100, "outran": 30, "cancelled": 5, "late": 0, "slowest": 0.1}
    steady |= {"rss_kb": 40_000, "descriptors": 12}
    return [{**steady, "seconds": float(s), **change} for s in range(seconds)]


EVENTS = [Event("reset", 20.0, 21.0)]


def held(seen: list[dict[str, Any]], events: list[Event] = EVENTS, **final: Any) -> list[bool]:
    return [h.held for h in judge(seen, events, {**FINAL, **final}, limit=10.0)]


def test_a_good_run() -> None:
    assert held(samples()) == [True] * 6


@pytest.mark.parametrize(
    ("number", "final"),
    [
        (0, {"lost_awaiters": 1}),
        (0, {"crashed": ["KeyError('k')"]}),
        (1, {"wrong": ["row 1 is row 2"]}),
        (2, {"repeated": 1}),
        (2, {"missing": 1}),
        (2, {"acknowledged": 0}),
        (4, {"tasks_left": ["a task"]}),
        (4, {"descriptors_left": 1}),
        (4, {"complaints": ["Task exception was never retrieved: None"]}),
        (4, {"left_open": {"connections": 6, "in_flight": 0, "orphans": 1, "waiting": 0}}),
    ],
)
def test_what_is_wrong_at_the_end(number: int, final: dict[str, Any]) -> None:
    assert held(samples(), **final) == [i != number for i in range(6)]


def test_late_requests() -> None:
    assert held(samples(late=1))[0] is False


def test_throughput_that_does_not_come_back() -> None:
    seen = samples()
    for sample in seen[20:]:
        sample["done"] = 50
    assert held(seen)[3] is False
    assert recovery(seen, EVENTS[0], 100.0) is None
    for sample in seen[28:]:
        sample["done"] = 99
    assert recovery(seen, EVENTS[0], 100.0) == pytest.approx(5.0, abs=2)
    assert held(seen)[3] is True


def test_slower_answers_are_no_lost_throughput() -> None:
    """Where answers take longer, more reads are cancelled before them; those that nobody cancels tell."""
    seen = samples()
    for sample in seen[20:]:
        sample |= {"outran": 2, "cancelled": 33}
    assert held(seen) == [True] * 6


@pytest.mark.parametrize(
    ("now", "due"), [(10.0, 10.4), (10.9, 10.4), (11.3, 10.4), (11.5, 10.8), (20.0, 19.2), (20.2, 19.2)]
)
def test_a_worker_keeps_its_phase_after_a_blocked_loop(now: float, due: float) -> None:
    """At most a second is made up for, and what is left out is whole periods."""
    assert next_due(10.0, 0.4, now) == pytest.approx(due)


def test_throughput_that_nobody_knows() -> None:
    assert held(samples(), [])[3] is False
    assert held(samples(), [Event("reset", 2.0, 3.0)])[3] is False  # before it there was no calm


@pytest.mark.parametrize(("seconds", "kb_a_second"), [(60, 900), (900, 10)])
def test_memory_that_grows(seconds: int, kb_a_second: int) -> None:
    seen = samples(seconds)
    for sample in seen:
        sample["rss_kb"] += kb_a_second * int(sample["seconds"])
    assert held(seen)[5] is False
    assert slope([(s["seconds"], s["rss_kb"]) for s in seen]) == pytest.approx(kb_a_second)


def test_memory_of_a_short_run_is_still_being_filled() -> None:
    seen = samples(120)
    for sample in seen:
        sample["rss_kb"] += 100 * int(sample["seconds"])
    assert held(seen) == [True] * 6


def test_the_ledger_sees_wrong_old_and_missing_rows() -> None:
    ledger = Ledger(1)
    version, value = ledger.next_value(7)
    ledger.check(7, (7, value), version)
    assert ledger.wrong == []
    ledger.check(8, (7, value), 0)
    ledger.check(7, (7, "7:0:"), version)
    ledger.check(7, (7, "7:2:"), version)
    ledger.check(7, None, version)
    assert len(ledger.wrong) == 4


def test_the_ledger_sees_what_was_done_twice_or_not_at_all() -> None:
    ledger = Ledger(1)
    elements = [ledger.next_element() for _ in range(4)]
    for element in elements[:3]:
        ledger.acknowledged_elements[element] = 1
    assert ledger.check_elements([(0, [1, 2, 3])]) == (0, 0)
    assert ledger.check_elements([(0, [1, 2, 2]), (1, None)]) == (1, 1)
    assert len(ledger.wrong) == 2


def test_file_descriptors_that_become_more() -> None:
    seen = samples(900)
    for sample in seen:
        sample["descriptors"] += int(sample["seconds"]) // 100
    assert held(seen) == [True, True, True, True, False, True]


def test_file_descriptors_that_come_and_go() -> None:
    seen = samples(900)
    for sample in seen[700:740]:
        sample["descriptors"] -= 6
    assert held(seen) == [True] * 6
