"""Execution profiles: options of requests under a name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from aiocql.enums import ConsistencyLevel
from aiocql.errors import ConfigurationError
from aiocql.frozen import Frozen
from aiocql.options.checks import check_integer, check_seconds, consistency_level, serial_consistency_level
from aiocql.sentinels import DEFAULT, DefaultType

if TYPE_CHECKING:
    from aiocql.policies.load_balancing import LoadBalancingPolicy, SupportsPlan
    from aiocql.policies.retry import RetryPolicy
    from aiocql.policies.speculative import SpeculativeExecutionPolicy

__all__ = ["DEFAULT_PROFILE", "ExecutionProfile", "check_profile", "check_profiles"]

DEFAULT_PROFILE = "default"
"""The profile of requests that name none."""


class ExecutionProfile(Frozen):
    """Options of requests, to be named by ``execute(..., profile=name)``.

    What is not given here is taken from the profile ``"default"``, and from what `connect` was told. What a statement
    or a call says itself goes before its profile.
    """

    consistency_level: ConsistencyLevel | str | DefaultType = DEFAULT
    """How many replicas must answer."""

    serial_consistency_level: ConsistencyLevel | str | DefaultType | None = DEFAULT
    """SERIAL or LOCAL_SERIAL, for light-weight transactions."""

    page_size: int | DefaultType | None = DEFAULT
    """Rows a page. None: no paging."""

    request_timeout: float | DefaultType | None = DEFAULT
    """Seconds for one request, all its attempts included. None: no limit."""

    attempt_timeout: float | DefaultType | None = DEFAULT
    """Seconds for one attempt of an idempotent request. None: no limit for an attempt."""

    idempotent: bool | DefaultType | None = DEFAULT
    """Whether statements may be sent twice. None: a SELECT may, nothing else."""

    load_balancing: LoadBalancingPolicy | SupportsPlan | DefaultType = DEFAULT
    """Which hosts a request goes to, in which order."""

    retry: RetryPolicy | DefaultType = DEFAULT
    """Whether and where a failed request is tried again."""

    speculative: SpeculativeExecutionPolicy | DefaultType | None = DEFAULT
    """When to ask a second host without waiting for the first. None: never."""

    @property
    def given(self) -> dict[str, Any]:
        """What this profile says, by name."""
        return {name: getattr(self, name) for name in self.FIELDS if getattr(self, name) is not DEFAULT}

    def _check(self) -> None:
        given = self.given
        if given.get("consistency_level") is not None:
            self.__dict__["consistency_level"] = consistency_level(
                "consistency_level", given["consistency_level"]
            )
        if "serial_consistency_level" in given:
            self.__dict__["serial_consistency_level"] = serial_consistency_level(
                given["serial_consistency_level"]
            )
        if given.get("page_size") is not None:
            check_integer("page_size", given["page_size"], 1, 2**31 - 1)
        for name in ("request_timeout", "attempt_timeout"):
            if name in given:
                check_seconds(name, given[name], optional=True)
        for name, method in (("load_balancing", "plan"), ("retry", "decide"), ("speculative", "next_delay")):
            policy = given.get(name)
            if policy is None and (name == "speculative" or name not in given):
                continue
            if isinstance(policy, type) or not callable(getattr(policy, method, None)):
                raise ConfigurationError(
                    f"{name}: {policy!r} is not a policy", hint=f"it needs a method {method}()"
                )


def check_profile(name: Any, profile: Any) -> ExecutionProfile:
    """A profile, also one given as a mapping of its options. Raises ConfigurationError for anything else."""
    if not isinstance(name, str) or not name:
        raise ConfigurationError(f"profiles: {name!r} is no name of a profile")
    if isinstance(profile, ExecutionProfile):
        return profile
    if not isinstance(profile, Mapping):
        raise ConfigurationError(
            f"profiles: {name!r} is a {type(profile).__name__}",
            hint='aiocql.ExecutionProfile(consistency_level="ONE", request_timeout=60)',
        )
    try:
        return ExecutionProfile(**profile)
    except TypeError as error:
        raise ConfigurationError(
            f"profiles: {name!r}: {error}", hint=f"there are {', '.join(ExecutionProfile.FIELDS)}"
        ) from None


def check_profiles(profiles: Any) -> Mapping[str, ExecutionProfile]:
    """All profiles by name, as they are kept: frozen."""
    if not isinstance(profiles, Mapping):
        raise ConfigurationError(
            f"profiles: a {type(profiles).__name__}, not profiles by name",
            hint='profiles={"analytics": aiocql.ExecutionProfile(request_timeout=60)}',
        )
    return MappingProxyType({name: check_profile(name, profile) for name, profile in profiles.items()})
