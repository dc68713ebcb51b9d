"""A real Cassandra for the parts of the benchmark that want one: one that is there, or one started for the while."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from aiocql.testing import CassandraCluster


def split(server: str) -> tuple[str, int]:
    host, _, port = server.rpartition(":")
    return (host, int(port)) if host else (port, 9042)


@contextmanager
def cassandra(server: str | None, network: str | None = None) -> Iterator[tuple[str, int]]:
    """Host and port of one node with the datacenter dc1: `server` (HOST:PORT), or a new one until the block ends.

    `network` ("127.0.60.") is where the new one listens; a free one is taken unless said.
    """
    if server is not None:
        yield split(server)
        return
    # A server that is to be fast, not soon there: both compilers, and the heap at once.
    cluster = CassandraCluster(
        network=network,
        jvm_options=("-XX:TieredStopAtLevel=4", "-Xms512M"),
        report=lambda text: print(text, flush=True),
    )
    asyncio.run(cluster.start())
    try:
        yield split(cluster.contact_points[0])
    finally:
        cluster.close()
