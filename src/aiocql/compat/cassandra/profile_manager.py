"""The execution profiles of a cluster."""

from __future__ import annotations

from typing import Any

from aiocql.compat.cassandra.profiles import EXEC_PROFILE_DEFAULT, ExecutionProfile

__all__ = ["ConfigMode", "ProfileManager"]


class ConfigMode:
    """How a cluster is configured: by legacy parameters, by profiles, or not at all."""

    UNCOMMITTED = 0
    LEGACY = 1
    PROFILES = 2


class ProfileManager:
    """Profiles by name; one is the default."""

    def __init__(self, profiles: dict[Any, ExecutionProfile]) -> None:
        self.profiles = profiles

    @property
    def default(self) -> ExecutionProfile:
        """The profile of requests that name none."""
        return self.profiles[EXEC_PROFILE_DEFAULT]
