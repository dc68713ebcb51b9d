import pytest

from aiocql.cluster.node_state_rules import (
    HostAction,
    state_by_connections,
    when_reported_down,
    when_reported_up,
)
from aiocql.nodes.states import HostDistance, HostState

UNKNOWN, UP, DOWN = HostState.UNKNOWN, HostState.UP, HostState.DOWN
LOCAL, REMOTE, IGNORED = HostDistance.LOCAL, HostDistance.REMOTE, HostDistance.IGNORED


@pytest.mark.parametrize("before", list(HostState))
def test_own_connections_decide(before: HostState) -> None:
    assert state_by_connections(before, 1, False) is UP
    assert state_by_connections(before, 1, True) is UP
    assert state_by_connections(before, 0, True) is DOWN
    assert state_by_connections(before, 0, False) is before


@pytest.mark.parametrize("before", list(HostState))
@pytest.mark.parametrize("distance", [LOCAL, REMOTE])
def test_a_stale_down_does_not_touch_open_connections(before: HostState, distance: HostDistance) -> None:
    assert when_reported_down(before, distance, 3) == (before, HostAction.PROBE)
    assert when_reported_down(before, distance, 0) == (DOWN, HostAction.NOTHING)


@pytest.mark.parametrize("before", list(HostState))
@pytest.mark.parametrize("distance", [LOCAL, REMOTE])
def test_an_up_makes_it_try_now(before: HostState, distance: HostDistance) -> None:
    assert when_reported_up(before, distance, 0) == (before, HostAction.RECONNECT_NOW)
    assert when_reported_up(before, distance, 2) == (UP, HostAction.NOTHING)


@pytest.mark.parametrize("before", list(HostState))
def test_of_an_ignored_host_events_are_all_there_is(before: HostState) -> None:
    assert when_reported_up(before, IGNORED, 0) == (UP, HostAction.NOTHING)
    assert when_reported_down(before, IGNORED, 0) == (DOWN, HostAction.NOTHING)
