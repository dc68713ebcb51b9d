"""What is measured: cells of (work, requests in flight, protocol, hosts, pinned), grouped into tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from bench.clients.works import WORKS


@dataclass(frozen=True)
class Cell:
    """One column of a table: every client does this work under these conditions."""

    work: str
    in_flight: int = 100
    protocol: int = 4
    hosts: int = 1
    pinned: bool = True
    real: bool = False
    """Against a real Cassandra, not the replay server."""

    @property
    def title(self) -> str:
        return f"{self.work} {self.in_flight:,}"

    @property
    def meaning(self) -> str:
        at_once = "one at a time" if self.in_flight == 1 else f"{self.in_flight:,} in flight"
        return f"{WORKS[self.work]}, {at_once}"


@dataclass(frozen=True)
class Group:
    """One table."""

    key: str
    title: str
    cells: tuple[Cell, ...]
    rounds: int = 3
    """How often each client has its turn, unless the command line says it."""
    more_rounds: Mapping[Cell, int] = field(default_factory=dict)
    """Of cells that differ more from round to round than others."""

    def rounds_of(self, cell: Cell) -> int:
        return self.more_rounds.get(cell, self.rounds)


MAIN = (
    Cell("read", 100),
    Cell("read", 1000),
    Cell("read", 1),
    Cell("insert", 100),
    Cell("page", 10),
    Cell("batch", 100),
    Cell("wide", 100),
    Cell("vector", 100),
)


def _each(cells: tuple[Cell, ...], **changes: int) -> tuple[Cell, ...]:
    return tuple(replace(cell, **changes) for cell in cells)  # type: ignore[arg-type]  # fields, by name


SHORT = (Cell("read", 100), Cell("insert", 100), Cell("page", 10))

FULL = (
    Group(
        "v4",
        "Protocol v4, one host, client on one core",
        MAIN,
        rounds=7,
        more_rounds=dict.fromkeys((Cell("read", 100), Cell("read", 1000), Cell("insert", 100)), 15),
    ),
    Group("v5", "Protocol v5, one host, client on one core", _each(MAIN, protocol=5)),
    Group("hosts", "Protocol v4, three hosts with replication 3, client on one core", _each(SHORT, hosts=3)),
    Group("free", "Protocol v4, one host, client not pinned to a core", _each(SHORT, pinned=False)),
)
REAL = Group(
    "cassandra",
    "A real Cassandra, one node, client not pinned",
    _each((Cell("read", 100), Cell("read", 1), Cell("insert", 100)), protocol=5, pinned=False, real=True),
)
"""The server takes most of such a machine: what tells the clients apart is their CPU time per request."""
REAL_KEYS = 10_000

QUICK = (Group("v4", "Protocol v4, one host, client on one core", SHORT, rounds=2),)

GUESS = {"read": 2000, "insert": 2000, "page": 30, "batch": 300, "wide": 1000, "vector": 500}
"""Requests of the run that finds out how many a client does in a second."""
