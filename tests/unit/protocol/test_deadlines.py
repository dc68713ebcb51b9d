"""Deadlines without timers."""

import gc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiocql.protocol.deadlines import ATTEMPT, DeadlineList
from aiocql.protocol.request import Request

pytestmark = pytest.mark.fault(54)


def request() -> Request:
    return Request(0x05, b"", None)


def test_they_expire_in_the_order_of_their_coming() -> None:
    deadlines = DeadlineList(10.0)
    first, second, third = request(), request(), request()
    for at, each in enumerate((first, second, third)):
        each.watch(deadlines, float(at))
    assert deadlines.next_deadline == 10.0
    assert deadlines.expire(9.9) == []
    assert deadlines.expire(11.0) == [first, second]
    assert deadlines.next_deadline == 12.0
    assert len(deadlines) == 1


def test_a_request_that_is_over_is_in_no_list() -> None:
    deadlines, attempts = DeadlineList(10.0), DeadlineList(1.0, ATTEMPT)
    each = request()
    each.watch(deadlines, 0.0)
    each.watch_attempt(attempts, 0.0)
    each.abandon()
    assert len(deadlines) == len(attempts) == 0
    assert deadlines.next_deadline is None


def test_a_request_that_nobody_holds_leaves_by_itself() -> None:
    deadlines = DeadlineList(10.0)
    each = request()
    each.watch(deadlines, 0.0)
    del each
    gc.collect()
    assert len(deadlines) == 0
    assert deadlines.expire(100.0) == []


def test_a_list_that_goes_away_leaves_no_link_behind() -> None:
    deadlines = DeadlineList(10.0)
    each = request()
    each.watch(deadlines, 0.0)
    del deadlines
    gc.collect()
    assert each.deadline_at is None
    each.abandon()


def test_watching_again_moves_the_deadline() -> None:
    deadlines = DeadlineList(10.0)
    first, second = request(), request()
    first.watch(deadlines, 0.0)
    second.watch(deadlines, 1.0)
    first.watch(deadlines, 2.0)
    assert deadlines.expire(11.0) == [second]
    assert first.deadline_at == 12.0


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 30)), max_size=100))
def test_any_order_of_adding_and_leaving(actions: list[tuple[bool, int]]) -> None:
    deadlines = DeadlineList(5.0)
    waiting: list[Request] = []
    for now, (add, which) in enumerate(actions):
        if add or not waiting:
            each = request()
            each.watch(deadlines, float(now))
            waiting.append(each)
        else:
            waiting.pop(which % len(waiting)).abandon()
        assert len(deadlines) == len(waiting)
    assert deadlines.expire(float("inf")) == waiting
