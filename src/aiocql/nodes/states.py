"""What a host can be: up or down, near or far."""

from __future__ import annotations

import enum

__all__ = ["HostDistance", "HostState"]


class HostState(enum.StrEnum):
    """What the driver holds a host to be, judged by its own connections first."""

    UNKNOWN = "UNKNOWN"
    UP = "UP"
    DOWN = "DOWN"


class HostDistance(enum.StrEnum):
    """How the load balancing policy sees a host: it decides how many connections its pool has."""

    LOCAL = "LOCAL"
    REMOTE = "REMOTE"
    IGNORED = "IGNORED"
