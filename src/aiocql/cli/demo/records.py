"""What the demonstration measured."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field

__all__ = ["Comparison", "HostRecord", "Loading", "Record", "Sample", "Sustained"]


@dataclass(frozen=True)
class HostRecord:
    """A node, as the driver saw it."""

    endpoint: str
    host_id: str
    location: str
    state: str
    connections: str
    release_version: str


@dataclass
class Loading:
    """The rows that were written; `ticks` are (seconds since the start, rows so far)."""

    rows: int = 0
    seconds: float = 0.0
    in_flight: int = 0
    ticks: list[tuple[float, int]] = field(default_factory=list)


@dataclass(frozen=True)
class Comparison:
    """`n` requests at once against the same in sequence; seconds, medians."""

    n: int
    at_once: float
    in_sequence: float
    official: float | None
    """In sequence through cassandra-driver, where that is installed."""

    seed: float
    """How many times faster the wrapper around cassandra-driver says that it is."""

    @property
    def baseline(self) -> float:
        """What "faster" is measured against: the official driver in sequence, or else this one."""
        return self.in_sequence if self.official is None else self.official

    @property
    def faster(self) -> float:
        """How many times faster all at once is."""
        return self.baseline / self.at_once

    @property
    def rate(self) -> float:
        """Requests a second, all at once."""
        return self.n / self.at_once


@dataclass(frozen=True)
class Sample:
    """One moment of the sustained load. The tuples are in the order of the hosts; `done` counts from the start."""

    seconds: float
    done: tuple[int, ...]
    in_flight: tuple[int, ...]
    connections: tuple[int, ...]


@dataclass
class Sustained:
    """A few thousand requests in flight for a while. Latencies are seconds."""

    concurrency: int
    endpoints: tuple[str, ...] = ()
    seconds: float = 0.0
    failed: int = 0
    latencies: array[float] = field(default_factory=lambda: array("d"))
    samples: list[Sample] = field(default_factory=list)


@dataclass
class Record:
    """All of it."""

    hosts: list[HostRecord]
    cluster: str
    protocol: int
    loading: Loading
    comparisons: list[Comparison]
    sustained: Sustained
