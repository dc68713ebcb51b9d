from typing import Any

import pytest

from aiocql.errors import ConfigurationError
from aiocql.policies.speculative import (
    ConstantSpeculativeExecutionPolicy,
    NoSpeculativeExecutionPolicy,
    PercentileSpeculativeExecutionPolicy,
    SpeculativeExecutionPolicy,
)


def test_never() -> None:
    assert NoSpeculativeExecutionPolicy().next_delay(1) is None


def test_constant() -> None:
    policy = ConstantSpeculativeExecutionPolicy(0.1, 2)
    assert [policy.next_delay(running) for running in (1, 2, 3)] == [0.1, 0.1, None]


def test_percentile_of_what_was_seen() -> None:
    policy = PercentileSpeculativeExecutionPolicy(90, min_samples=100)
    for _ in range(85):
        policy.observe(0.001)
    assert policy.next_delay(1) is None
    for _ in range(15):
        policy.observe(1.0)
    delay = policy.next_delay(1)
    assert delay is not None
    assert 1.0 <= delay <= 1.12
    assert policy.next_delay(2) is None


def test_the_old_fades() -> None:
    policy = PercentileSpeculativeExecutionPolicy(50, min_samples=1, window=100)
    for _ in range(100):
        policy.observe(1.0)
    for _ in range(1000):
        policy.observe(0.001)
    delay = policy.next_delay(1)
    assert delay is not None
    assert delay < 0.002


@pytest.mark.parametrize("seconds", [0.0, -1.0, 1e-9, 1e9])
def test_extremes_are_counted(seconds: float) -> None:
    policy = PercentileSpeculativeExecutionPolicy(min_samples=1)
    policy.observe(seconds)
    delay = policy.next_delay(1)
    assert delay is not None
    assert 0 < delay < 200


@pytest.mark.parametrize(
    "make",
    [
        lambda: ConstantSpeculativeExecutionPolicy(-1),
        lambda: ConstantSpeculativeExecutionPolicy(float("nan")),
        lambda: ConstantSpeculativeExecutionPolicy(1, 0),
        lambda: PercentileSpeculativeExecutionPolicy(100),
        lambda: PercentileSpeculativeExecutionPolicy(0),
        lambda: PercentileSpeculativeExecutionPolicy(max_attempts=0),
        lambda: PercentileSpeculativeExecutionPolicy(min_samples=0),
    ],
)
def test_nonsense_is_refused(make: Any) -> None:
    with pytest.raises(ConfigurationError):
        make()


def test_a_base_without_delay_says_so() -> None:
    policy = SpeculativeExecutionPolicy()
    policy.observe(1)
    with pytest.raises(NotImplementedError, match="next_delay"):
        policy.next_delay(1)
