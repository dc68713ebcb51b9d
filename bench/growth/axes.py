"""What grows, and how the work itself grows with it."""

from __future__ import annotations

from dataclasses import dataclass

IN_FLIGHT_EACH = 50
"""Requests in flight on each connection where hosts or connections grow: every connection does the same work."""
COLUMN_ROWS = 100
"""Rows of a page where columns grow."""


@dataclass(frozen=True)
class Axis:
    """One thing that grows. Cost is the client's processor time for one `unit` of work."""

    name: str
    title: str
    sizes: tuple[int, ...]
    unit: str
    scale: float
    """Microseconds to the figure's unit: 1 for us, 1000 for ns."""
    meaning: str
    """What is done, and why its own work for one unit is the same at every size."""
    has_control: bool = False
    """Whether the growth is held against that of the same requests or rows where nothing is sent (`control`)."""

    @property
    def measure(self) -> str:
        return "ns" if self.scale > 1 else "us"


AXES = (
    Axis(
        "hosts",
        "hosts",
        (1, 3, 10, 30, 100),
        "request",
        1,
        f"One row read by its key, replication 3, {IN_FLIGHT_EACH} requests in flight for each host. The token, the "
        "replicas and the least loaded of them are looked up in rings of 16 to 1,600 tokens.",
        has_control=True,
    ),
    Axis(
        "connections",
        "connections a host",
        (1, 2, 4, 8),
        "request",
        1,
        f"One row read from one host, {IN_FLIGHT_EACH} requests in flight on each connection.",
        has_control=True,
    ),
    Axis(
        "in-flight",
        "requests in flight",
        (1, 10, 100, 1_000, 10_000, 30_000),
        "request",
        1,
        "One row read over one connection whose limit is raised to 32,768. One at a time pays its system calls and "
        "turns of the loop alone; together they share them.",
        has_control=True,
    ),
    Axis(
        "rows",
        "rows a page",
        (1, 10, 100, 1_000, 10_000, 50_000),
        "row",
        1000,
        "A page of rows of four columns, decoded to rows; requests in flight as many as make 10,000 rows, 1 to 100. "
        "A small page's rows carry the price of their request.",
        has_control=True,
    ),
    Axis(
        "columns",
        "columns a row",
        (1, 5, 20, 50, 200),
        "value",
        1000,
        f"A page of {COLUMN_ROWS} rows of int, text, double and bigint, 10 requests in flight. The values of a narrow "
        "row carry the price of their row.",
    ),
    Axis(
        "statements",
        "prepared statements",
        (1, 10, 100, 1_000, 10_000),
        "request",
        1,
        "One row read, 100 requests in flight, by so many statements in turns, in an order without pattern, each "
        "named by its text; `prepared_cache_size` is raised. Each statement has an id, types and its decoder "
        "in memory.",
        has_control=True,
    ),
)
BY_NAME = {axis.name: axis for axis in AXES}
