import itertools
from collections.abc import Iterable
from typing import Any

import pytest

from aiocql.errors import ConfigurationError
from aiocql.policies.reconnection import (
    ConstantReconnectionPolicy,
    ExponentialReconnectionPolicy,
    ReconnectionPolicy,
    checked_schedule,
)


def first(n: int, schedule: Iterable[float]) -> list[float]:
    return list(itertools.islice(schedule, n))


def middle(low: float, high: float) -> float:
    return (low + high) / 2


def test_at_once_then_doubling_to_the_maximum() -> None:
    policy = ExponentialReconnectionPolicy(uniform=middle)
    assert first(10, policy.schedule()) == [0, 1, 2, 4, 8, 16, 32, 60, 60, 60]


def test_jitter_does_not_vanish_at_the_maximum() -> None:
    policy = ExponentialReconnectionPolicy(1, 8)
    for _ in range(20):
        delays = first(200, policy.schedule())
        assert all(
            0.85 <= delay / nominal <= 1.15 for delay, nominal in zip(delays[1:], [1, 2, 4, 8], strict=False)
        )
        late = delays[10:]
        assert min(late) < 8 < max(late)
        assert all(6.8 <= delay <= 9.2 for delay in late)


def test_each_schedule_begins_anew() -> None:
    policy = ExponentialReconnectionPolicy(uniform=middle)
    assert first(3, policy.schedule()) == first(3, policy.schedule()) == [0, 1, 2]


def test_a_spread_first_try() -> None:
    assert first(2, ExponentialReconnectionPolicy(first_delay=4, uniform=middle).schedule()) == [2, 1]


def test_it_never_overflows() -> None:
    assert first(5000, ExponentialReconnectionPolicy(uniform=middle).schedule())[-1] == 60


def test_constant() -> None:
    assert first(3, ConstantReconnectionPolicy(2.5).schedule()) == [2.5, 2.5, 2.5]


@pytest.mark.parametrize(
    "arguments",
    [
        {"base_delay": 0},
        {"base_delay": -1},
        {"base_delay": 2, "max_delay": 1},
        {"max_delay": 1e9},
        {"jitter": 1},
        {"jitter": -0.1},
        {"first_delay": -1},
        {"base_delay": float("nan")},
    ],
)
def test_nonsense_is_refused(arguments: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        ExponentialReconnectionPolicy(**arguments)


def test_nonsense_is_refused_by_constant() -> None:
    with pytest.raises(ConfigurationError):
        ConstantReconnectionPolicy(-1)


class Own(ReconnectionPolicy):
    def __init__(self, delays: Iterable[Any]) -> None:
        self.delays = delays

    def schedule(self) -> Iterable[float]:
        return self.delays


@pytest.mark.parametrize(
    ("own", "safe"),
    [
        ([1, 2], [1, 2, 2, 2]),
        ([], [1, 1, 1, 1]),
        ([0], [0, 1, 1, 1]),
        ([-5, 1e12], [0, 86400, 86400, 86400]),
        (["x", None, float("nan"), 3], [1, 1, 1, 3]),
    ],
)
def test_the_users_own_is_made_safe(own: list[Any], safe: list[float]) -> None:
    assert first(4, checked_schedule(Own(own))) == safe


def test_a_base_without_schedule_says_so() -> None:
    with pytest.raises(NotImplementedError, match="schedule"):
        ReconnectionPolicy().schedule()
