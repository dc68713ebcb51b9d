"""The same reads in sequence through cassandra-driver, where it is installed: what seed figures are stated against."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from aiocql.options.dsn import ContactPoint

__all__ = ["official_driver"]


@contextmanager
def official_driver(
    points: Sequence[ContactPoint],
) -> Iterator[Callable[[str, Sequence[tuple[int, int]]], float] | None]:
    """Return a function that reads in sequence and returns the seconds; None if the driver cannot be used."""
    logging.getLogger("cassandra").addHandler(logging.NullHandler())
    try:
        from cassandra.cluster import Cluster

        cluster = Cluster([point.host for point in points], port=points[0].port)
        session = cluster.connect()
    except Exception:  # the comparison continues without this driver, whatever fails
        yield None
        return
    try:
        statements: dict[str, object] = {}

        def read(query: str, keys: Sequence[tuple[int, int]]) -> float:
            statement = statements.get(query) or statements.setdefault(query, session.prepare(query))
            begin = time.perf_counter()
            for key in keys:
                session.execute(statement, key)
            return time.perf_counter() - begin

        yield read
    finally:
        cluster.shutdown()
