"""Reconnection policies with cassandra-driver's parameters.

`max_attempts` does not end the attempts: a host is tried until it is back or has left the cluster, after that many at
the last delay.
"""

from __future__ import annotations

from aiocql.policies import reconnection

__all__ = ["ConstantReconnectionPolicy", "ExponentialReconnectionPolicy"]


class ConstantReconnectionPolicy(reconnection.ConstantReconnectionPolicy):
    """The same delay before every try."""

    def __init__(self, delay: float, max_attempts: int | None = 64) -> None:
        super().__init__(delay)
        self.max_attempts = max_attempts


class ExponentialReconnectionPolicy(reconnection.ExponentialReconnectionPolicy):
    """A delay that doubles up to a maximum."""

    def __init__(self, base_delay: float, max_delay: float, max_attempts: int | None = 64) -> None:
        super().__init__(base_delay, max_delay)
        self.max_attempts = max_attempts
