"""How long to wait before the next try to connect."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from aiocql.errors import ConfigurationError
from aiocql.policies.jitter import random_between

__all__ = [
    "ConstantReconnectionPolicy",
    "ExponentialReconnectionPolicy",
    "ReconnectionPolicy",
    "checked_schedule",
]

# What a user's schedule may give at most; also keeps loop.call_later within what a timer can hold.
MAX_DELAY = 86_400.0


class ReconnectionPolicy:
    """Base of reconnection policies: override `schedule`."""

    def schedule(self) -> Iterable[float]:
        """The delays before the first, second, third ... try, in seconds. A schedule that ends repeats its last one."""
        raise NotImplementedError(f"{type(self).__name__} has no schedule()")


class ExponentialReconnectionPolicy(ReconnectionPolicy):
    """At once, then `base_delay` seconds, doubling up to `max_delay`, each spread by `jitter`.

    With the defaults: 0, 1, 2, 4 ... 60 seconds. A spread of 0.15 makes each delay 85 to 115 % of that, at the
    maximum too, so that the clients of a cluster that comes back do not all knock at the same time. The first try
    waits up to `first_delay` seconds, for the same reason: 0 is at once.
    """

    def __init__(
        self,
        base_delay: float = 1.0,
        max_delay: float = 60.0,
        *,
        jitter: float = 0.15,
        first_delay: float = 0.0,
        uniform: Callable[[float, float], float] | None = None,
    ) -> None:
        if not 0 < base_delay <= max_delay <= MAX_DELAY:
            raise ConfigurationError(
                f"reconnection delays must be 0 < base_delay <= max_delay <= {MAX_DELAY:.0f} seconds, "
                f"they are {base_delay} and {max_delay}"
            )
        if not 0 <= jitter < 1:
            raise ConfigurationError(f"reconnection jitter must be from 0 to below 1, it is {jitter}")
        if not 0 <= first_delay <= MAX_DELAY:
            raise ConfigurationError(f"first_delay must be 0 to {MAX_DELAY:.0f} seconds, it is {first_delay}")
        self.base_delay = base_delay
        self.max_delay = max_delay
        self.jitter = jitter
        self.first_delay = first_delay
        self._uniform = uniform or random_between

    def schedule(self) -> Iterator[float]:
        """Endless."""
        yield self._uniform(0.0, self.first_delay) if self.first_delay else 0.0
        delay = self.base_delay
        while True:
            yield delay * self._uniform(1 - self.jitter, 1 + self.jitter)
            delay = min(delay * 2, self.max_delay)

    def __repr__(self) -> str:
        return f"ExponentialReconnectionPolicy({self.base_delay}, {self.max_delay}, jitter={self.jitter})"


class ConstantReconnectionPolicy(ReconnectionPolicy):
    """The same delay before every try, for ever."""

    def __init__(self, delay: float) -> None:
        if not 0 <= delay <= MAX_DELAY:
            raise ConfigurationError(
                f"the reconnection delay must be 0 to {MAX_DELAY:.0f} seconds, it is {delay}"
            )
        self.delay = delay

    def schedule(self) -> Iterator[float]:
        """Endless."""
        while True:
            yield self.delay

    def __repr__(self) -> str:
        return f"ConstantReconnectionPolicy({self.delay})"


def checked_schedule(policy: ReconnectionPolicy) -> Iterator[float]:
    """The policy's schedule made safe: endless, each delay a number from 0 to a day.

    A policy that gives something else is not allowed to stop reconnection: a second is waited instead of what is no
    number, and at least a second once a schedule has ended.
    """
    last = 1.0
    for delay in policy.schedule():
        try:
            last = min(max(float(delay), 0.0), MAX_DELAY)
        except (TypeError, ValueError):
            last = 1.0
        if last != last:
            last = 1.0
        yield last
    last = max(last, 1.0)
    while True:
        yield last
