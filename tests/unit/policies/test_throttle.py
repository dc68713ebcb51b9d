"""What a throttle decides, at times that the test chooses."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiocql.errors import ConfigurationError
from aiocql.policies.throttle import Throttle

pytestmark = pytest.mark.fault(53)


def test_so_many_at_once_and_the_next_when_one_ends() -> None:
    throttle = Throttle(max_concurrent=2)
    assert [throttle.admit(name, 0.0) for name in "abcd"] == [True, True, False, False]
    assert throttle.next(1.0) is None
    throttle.released()
    assert throttle.next(3.0) == "c"
    assert throttle.next(3.0) is None
    assert (throttle.active, throttle.waiting, throttle.delayed, throttle.wait_seconds) == (2, 1, 1, 3.0)


def test_nobody_is_overtaken_by_a_newcomer() -> None:
    throttle = Throttle(max_concurrent=1)
    throttle.admit("first", 0.0)
    throttle.admit("second", 0.0)
    throttle.released()
    assert throttle.admit("newcomer", 0.0) is False
    assert throttle.next(0.0) == "second"


def test_a_rate_lets_its_burst_through_and_then_one_for_each_interval() -> None:
    throttle = Throttle(per_second=10, burst=3, now=100.0)
    assert [throttle.admit(i, 100.0) for i in range(5)] == [True, True, True, False, False]
    assert throttle.due(100.0) == pytest.approx(0.1)
    assert throttle.next(100.05) is None
    assert throttle.next(100.1) == 3
    assert throttle.due(100.1) == pytest.approx(0.1)
    assert throttle.next(100.2) == 4
    assert throttle.due(100.2) is None


def test_a_pause_saves_no_more_than_the_burst() -> None:
    throttle = Throttle(per_second=10, burst=3, now=0.0)
    assert sum(throttle.admit(i, 1000.0) is True for i in range(10)) == 3


def test_whoever_waits_for_a_slot_is_not_due() -> None:
    throttle = Throttle(max_concurrent=1, per_second=10)
    throttle.admit("a", 0.0)
    throttle.admit("b", 0.0)
    assert throttle.due(5.0) is None
    throttle.released()
    assert throttle.due(5.0) == 0.0


def test_a_full_queue_refuses_and_a_place_that_is_given_up_is_free() -> None:
    throttle = Throttle(max_concurrent=1, max_queue=1)
    assert [throttle.admit(name, 0.0) for name in "abc"] == [True, False, None]
    throttle.left("b")
    assert throttle.admit("d", 0.0) is False
    assert (throttle.refused, throttle.waiting, throttle.peak_waiting) == (1, 1, 1)


def test_no_place_to_wait_at_all() -> None:
    throttle = Throttle(max_concurrent=1, max_queue=0)
    assert [throttle.admit(name, 0.0) for name in "ab"] == [True, None]


@pytest.mark.parametrize(
    "bad",
    [
        {},
        {"max_concurrent": 0},
        {"max_concurrent": True},
        {"max_concurrent": 1.5},
        {"per_second": 0},
        {"per_second": float("inf")},
        {"per_second": "9"},
        {"per_second": 9, "burst": 0.5},
        {"max_concurrent": 1, "burst": 2},
        {"max_concurrent": 1, "max_queue": -1},
    ],
)
def test_limits_that_cannot_be(bad: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        Throttle(**bad)


STEPS = st.lists(
    st.tuples(st.sampled_from(["admit", "next", "released", "left"]), st.floats(0, 0.5)), max_size=200
)


@given(STEPS, st.integers(1, 4), st.one_of(st.none(), st.floats(0.5, 50)), st.integers(0, 5))
def test_whatever_happens_the_limits_hold_and_the_order_stays(
    steps: list[tuple[str, float]], concurrent: int, rate: float | None, queue: int
) -> None:
    throttle = Throttle(
        max_concurrent=concurrent, per_second=rate, burst=2.0 if rate else None, max_queue=queue
    )
    now, number, let_in = 0.0, 0, []
    line: list[int] = []
    for step, passed in steps:
        now += passed
        if step == "admit":
            number += 1
            admitted = throttle.admit(number, now)
            if admitted:
                let_in.append(number)
                assert not line
            elif admitted is False:
                line.append(number)
        elif step == "next":
            ticket = throttle.next(now)
            if ticket is not None:
                assert ticket == line.pop(0)
                let_in.append(ticket)
        elif step == "released" and throttle.active:
            throttle.released()
        elif step == "left" and line:
            throttle.left(line.pop())
        assert throttle.tickets() == tuple(line)
        assert 0 <= throttle.active <= concurrent
        assert len(line) <= queue
        if rate is not None:
            assert len(let_in) <= rate * now + 2.0 + 1e-6
