"""Execution profiles, as options."""

from __future__ import annotations

from typing import Any

import pytest

from aiocql.enums import ConsistencyLevel
from aiocql.errors import ConfigurationError
from aiocql.options.connect import ConnectOptions
from aiocql.options.profile import ExecutionProfile, check_profiles
from aiocql.policies import FallthroughRetryPolicy, RoundRobinPolicy


def test_only_what_was_given_is_said() -> None:
    assert ExecutionProfile().given == {}
    profile = ExecutionProfile(consistency_level="one", request_timeout=None, page_size=100)
    assert profile.given == {
        "consistency_level": ConsistencyLevel.ONE,
        "request_timeout": None,
        "page_size": 100,
    }
    assert repr(profile).startswith("ExecutionProfile(consistency_level=")


def test_a_mapping_will_do() -> None:
    profiles = ConnectOptions(profiles={"a": {"request_timeout": 1}, "b": ExecutionProfile()}).profiles
    assert profiles["a"] == ExecutionProfile(request_timeout=1)
    with pytest.raises(TypeError):
        profiles["c"] = ExecutionProfile()  # type: ignore[index]


def test_policies_are_taken() -> None:
    policy, retry = RoundRobinPolicy(), FallthroughRetryPolicy()
    given = ExecutionProfile(load_balancing=policy, retry=retry, speculative=None).given
    assert given == {"load_balancing": policy, "retry": retry, "speculative": None}


@pytest.mark.parametrize(
    "wrong",
    [
        {"consistency_level": "MOST"},
        {"serial_consistency_level": "ONE"},
        {"page_size": 0},
        {"request_timeout": 0},
        {"attempt_timeout": "1"},
        {"load_balancing": RoundRobinPolicy},
        {"load_balancing": None},
        {"retry": None},
        {"retry": object()},
        {"speculative": 1},
        {"timeout": 5},
    ],
)
def test_what_cannot_be_right_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError) as caught:
        check_profiles({"name": wrong})
    assert next(iter(wrong)) in str(caught.value)


@pytest.mark.parametrize("wrong", [["a"], {"a": 1}, {"": ExecutionProfile()}, {1: ExecutionProfile()}])
def test_profiles_have_names(wrong: Any) -> None:
    with pytest.raises(ConfigurationError, match="profiles"):
        ConnectOptions(profiles=wrong)
