"""What requests are told by the session and by the execution profile that they name."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from aiocql.errors import InterfaceError
from aiocql.options.profile import DEFAULT_PROFILE, ExecutionProfile
from aiocql.policies.load_balancing import LoadBalancingPolicy, as_policy

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Profiles"]

NAMES = {"request_timeout": "timeout"}
"""Options that `execute` calls otherwise than `connect` does."""


class Profiles:
    """The options of each profile, complete: its own, then those of ``"default"``, then those of `connect`."""

    def __init__(self, session: dict[str, Any], profiles: Mapping[str, ExecutionProfile]) -> None:
        self._session = session
        self._profiles: dict[str, ExecutionProfile] = {}
        self._own: dict[str, dict[str, Any]] = {DEFAULT_PROFILE: {}}
        self._complete: dict[str, dict[str, Any]] = {}
        for name, profile in profiles.items():
            self._take(name, profile)
        self._complete_all()

    @property
    def default(self) -> dict[str, Any]:
        """The options of requests that name no profile."""
        return self._complete[DEFAULT_PROFILE]

    @property
    def by_name(self) -> Mapping[str, ExecutionProfile]:
        """The profiles as they were given."""
        return MappingProxyType(dict(self._profiles))

    def options_of(self, name: Any) -> dict[str, Any]:
        """The options of a profile. Raises InterfaceError, naming those there are, if it is none."""
        try:
            return self._complete[name]
        except (KeyError, TypeError):
            raise InterfaceError(
                f"there is no execution profile {name!r}",
                hint=f"there are {', '.join(map(repr, self._complete))}; set_profile() makes another",
            ) from None

    def set(self, name: str, profile: ExecutionProfile) -> None:
        """Makes a profile, or replaces it."""
        self._take(name, profile)
        self._complete_all()

    def policies(self) -> Iterable[LoadBalancingPolicy]:
        """The load balancing policies of all profiles, each once, the default one first."""
        found = {id(each["load_balancing"]): each["load_balancing"] for each in self._in_order()}
        return found.values()

    def _in_order(self) -> list[dict[str, Any]]:
        return [self.default, *self._complete.values()]

    def _take(self, name: str, profile: ExecutionProfile) -> None:
        given = {NAMES.get(option, option): value for option, value in profile.given.items()}
        if "load_balancing" in given:
            given["load_balancing"] = as_policy(given["load_balancing"])
        self._profiles[name] = profile
        self._own[name] = given

    def _complete_all(self) -> None:
        default = {**self._session, **self._own[DEFAULT_PROFILE]}
        self._complete = {name: {**default, **own} for name, own in self._own.items()}
