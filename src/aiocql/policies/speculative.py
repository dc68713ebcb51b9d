"""When a request that has not been answered is sent to another host as well. Idempotent statements only."""

from __future__ import annotations

from aiocql.errors import ConfigurationError

__all__ = [
    "ConstantSpeculativeExecutionPolicy",
    "NoSpeculativeExecutionPolicy",
    "PercentileSpeculativeExecutionPolicy",
    "SpeculativeExecutionPolicy",
]


class SpeculativeExecutionPolicy:
    """Base of speculative execution policies: override `next_delay`."""

    def next_delay(self, running: int) -> float | None:
        """Seconds from the newest execution's start to the next one's, `running` (1 or more) having been started.

        None: no further one.
        """
        raise NotImplementedError(f"{type(self).__name__} has no next_delay()")

    def observe(self, seconds: float) -> None:
        """Told how long an answered attempt took; policies that do not learn leave it out."""


class NoSpeculativeExecutionPolicy(SpeculativeExecutionPolicy):
    """Never."""

    def next_delay(self, running: int) -> float | None:
        """None, always."""
        return None


class ConstantSpeculativeExecutionPolicy(SpeculativeExecutionPolicy):
    """Up to `max_attempts` more, each `delay` seconds after the one before."""

    def __init__(self, delay: float, max_attempts: int = 1) -> None:
        _check(max_attempts)
        if not delay >= 0:
            raise ConfigurationError(
                f"the delay of speculative executions must not be negative, it is {delay}"
            )
        self.delay = delay
        self.max_attempts = max_attempts

    def next_delay(self, running: int) -> float | None:
        """The delay, until there are enough."""
        return self.delay if running <= self.max_attempts else None

    def __repr__(self) -> str:
        return f"ConstantSpeculativeExecutionPolicy({self.delay}, {self.max_attempts})"


class PercentileSpeculativeExecutionPolicy(SpeculativeExecutionPolicy):
    """Up to `max_attempts` more, each after the given percentile of what recent attempts took.

    Latencies are counted in buckets 12 % apart from 10 us to above 100 s; the counts are halved every `window`
    answers, so that the old fades. Before the first `min_samples` answers there is no speculation.
    """

    BASE = 1e-5
    RATIO = 1.12
    BUCKETS = 143

    def __init__(
        self, percentile: float = 99.0, max_attempts: int = 1, *, min_samples: int = 100, window: int = 10_000
    ) -> None:
        _check(max_attempts)
        if not 0 < percentile < 100:
            raise ConfigurationError(f"the percentile must be between 0 and 100, it is {percentile}")
        if not 0 < min_samples <= window:
            raise ConfigurationError(f"min_samples must be from 1 to window ({window}), it is {min_samples}")
        self.percentile = percentile
        self.max_attempts = max_attempts
        self.min_samples = min_samples
        self.window = window
        self._bounds = [self.BASE * self.RATIO**i for i in range(self.BUCKETS)]
        self._counts = [0] * (self.BUCKETS + 1)
        self._total = 0
        self._since_halving = 0
        self._delay: float | None = None
        self._stale = 0

    def observe(self, seconds: float) -> None:
        """Counts one answer."""
        from bisect import bisect_left

        self._counts[bisect_left(self._bounds, seconds)] += 1
        self._total += 1
        self._stale += 1
        self._since_halving += 1
        if self._since_halving >= self.window:
            self._counts = [count // 2 for count in self._counts]
            self._total = sum(self._counts)
            self._since_halving = 0

    def next_delay(self, running: int) -> float | None:
        """The percentile of what was observed, until there are enough."""
        if running > self.max_attempts or self._total < self.min_samples:
            return None
        # Working it out walks 144 counts: once in 100 answers is often enough.
        if self._delay is None or self._stale >= 100:
            self._delay = self._current_percentile()
            self._stale = 0
        return self._delay

    def _current_percentile(self) -> float:
        wanted = self._total * self.percentile / 100
        seen = 0
        for bound, count in zip(self._bounds, self._counts, strict=False):
            seen += count
            if seen >= wanted:
                return bound
        return self._bounds[-1]

    def __repr__(self) -> str:
        return f"PercentileSpeculativeExecutionPolicy({self.percentile}, {self.max_attempts})"


def _check(max_attempts: int) -> None:
    if max_attempts < 1:
        raise ConfigurationError(
            f"max_attempts of speculative executions must be at least 1, it is {max_attempts}"
        )
