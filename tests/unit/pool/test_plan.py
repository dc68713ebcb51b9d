"""Growth and shrinking as pure decisions (seed 003, Pool Scaling)."""

import pytest

from aiocql.pool.plan import PoolState, connections_to_close, connections_to_open, should_grow

BASE = PoolState(
    open=1, opening=0, core=1, maximum=8, saturated=False, probing=False, peak_in_flight=0, high_mark=819
)


def state(**changes: int | bool) -> PoolState:
    return BASE._replace(**changes)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, 0),
        ({"open": 0, "core": 3}, 3),
        ({"open": 1, "opening": 1, "core": 3}, 1),
        ({"open": 0, "core": 3, "probing": True}, 1),
        ({"open": 0, "opening": 1, "core": 3, "probing": True}, 0),
        ({"saturated": True}, 1),
        ({"saturated": True, "opening": 1}, 0),
        ({"saturated": True, "open": 8}, 0),
        ({"saturated": True, "open": 0, "opening": 1, "core": 0, "probing": True}, 0),
    ],
)
def test_connections_to_open(changes: dict[str, int | bool], expected: int) -> None:
    assert connections_to_open(state(**changes)) == expected


def test_a_pool_grows_one_connection_at_a_time() -> None:
    assert should_grow(state(saturated=True))
    assert not should_grow(state(saturated=True, opening=1))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, 0),
        ({"open": 2, "peak_in_flight": 819}, 1),
        ({"open": 2, "peak_in_flight": 820}, 0),
        ({"open": 8, "peak_in_flight": 0}, 7),
        ({"open": 8, "peak_in_flight": 2 * 819 + 1}, 5),
        ({"open": 8, "core": 0, "peak_in_flight": 0}, 8),
        ({"open": 1, "core": 3, "peak_in_flight": 0}, 0),
        ({"open": 3, "core": 3, "peak_in_flight": 0}, 0),
        ({"open": 8, "maximum": 5, "peak_in_flight": 8 * 819}, 3),
    ],
)
def test_connections_to_close(changes: dict[str, int | bool], expected: int) -> None:
    assert connections_to_close(state(**changes)) == expected
