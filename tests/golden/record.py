"""Records the golden files anew: ``python -m tests.golden.record``. Starts a Cassandra of two nodes for it.

``--only v3-plain`` records one file; what is recorded wants a machine that is not too busy, or it holds timeouts.

What the server says differs from one recording to the next (ids, addresses, times); what it means does not, apart from
those.
"""

from __future__ import annotations

import asyncio
import socket
import sys
import time
from typing import Any

from tests.golden.conversation import COMBINATIONS, Link, conversation, describe, handshake, slow
from tests.golden.files import Connection, Exchange, path_of, write

from aiocql.protocol.constants import OP_REGISTER
from aiocql.protocol.requests import register_body
from aiocql.testing import CassandraCluster
from aiocql.testing.cassandra.node import CassandraNode

SETTINGS = {
    "read_request_timeout": "5000ms",
    "write_request_timeout": "3000ms",
    "cas_contention_timeout": "3000ms",
    "truncate_request_timeout": "3000ms",
    "tombstone_warn_threshold": 4,
    "tombstone_failure_threshold": 6,
    "roles_validity": "600000ms",
    "permissions_validity": "600000ms",
    "cdc_enabled": True,
    "cdc_total_space": "1MiB",
    "native_transport_max_request_data_in_flight_per_ip": "1MiB",
}
PAYLOADS = (
    "-Dcassandra.custom_query_handler_class=org.apache.cassandra.cql3.CustomPayloadMirroringQueryHandler"
)
QUIET = 4.0
"""Seconds without an event after which no more are expected."""


class Recording:
    """One connection to a real server."""

    def __init__(self, node: CassandraNode, connection: Connection) -> None:
        self.connection = connection
        self.socket = socket.create_connection((node.address, node.port), timeout=30)
        self._exchange: list[Any] = []

    def send(self, title: str, data: bytes) -> None:
        self._exchange = [title, data, b""]
        self.socket.sendall(data)

    def more(self) -> bytes:
        data = self.socket.recv(65536)
        if not data:
            raise EOFError(f"the server closed the connection at: {self._exchange[0]}")
        self._exchange[2] += data
        return data

    def heard(self, description: list[str]) -> None:
        self.connection.exchanges.append(Exchange(*self._exchange, description))


class RealWorld:
    """A cluster of two nodes."""

    def __init__(self, cluster: CassandraCluster) -> None:
        self.cluster = cluster
        self.recordings: list[Recording] = []

    @property
    def connections(self) -> list[Connection]:
        return [recording.connection for recording in self.recordings]

    def connect(self, title: str) -> Recording:
        recording = Recording(self.cluster.nodes[0], Connection(title, []))
        self.recordings.append(recording)
        return recording

    def agree(self) -> None:
        time.sleep(2)

    def pause(self) -> None:
        self.cluster.nodes[1].pause()

    def resume(self) -> None:
        self.cluster.nodes[1].resume()
        # What waited for it is over before anything else is asked.
        time.sleep(5)


def listen(world: RealWorld, version: int, compression: str | None) -> Link:
    """A connection that is told of events."""
    link = Link(version, compression, world.connect("events"))
    handshake(link)
    kinds = ["TOPOLOGY_CHANGE", "STATUS_CHANGE", "SCHEMA_CHANGE"]
    link.ask("REGISTER", OP_REGISTER, register_body(kinds))
    return link


def take_events(link: Link) -> None:
    """All that comes until nothing does for a while."""
    recording: Any = link.wire
    recording.socket.settimeout(QUIET)
    while True:
        link.events.clear()
        data = b""
        try:
            while not link.events:
                piece = recording.socket.recv(65536)
                link.core.feed(piece)
                data += piece
        except TimeoutError:
            return
        meaning = [line for event in link.events for line in describe(event)]
        recording.connection.exchanges.append(Exchange("from the server", b"", data, meaning))


async def events(cluster: CassandraCluster) -> None:
    """Brings every event about."""
    await cluster.execute(
        "CREATE KEYSPACE seen WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}"
    )
    await cluster.execute("CREATE TYPE seen.t (a int)")
    await cluster.execute("CREATE TABLE seen.u (a int PRIMARY KEY)")
    await cluster.execute("ALTER TABLE seen.u ADD b int")
    await cluster.execute(
        "CREATE FUNCTION seen.f(s int, x int) CALLED ON NULL INPUT RETURNS int LANGUAGE java AS 'return s;'"
    )
    await cluster.execute("CREATE AGGREGATE seen.g(int) SFUNC f STYPE int")
    await cluster.execute("DROP KEYSPACE seen")
    await cluster.nodes[1].nodetool("disablebinary")
    await asyncio.sleep(3)
    await cluster.nodes[1].nodetool("enablebinary")
    await asyncio.sleep(3)
    node = await cluster.add_node()
    await asyncio.sleep(3)
    await cluster.decommission(node)


def record(cluster: CassandraCluster, only: str | None) -> None:
    worlds = {}
    print("warming up", flush=True)
    conversation(RealWorld(cluster), 4, None)
    chosen = [key for key in COMBINATIONS if not only or path_of(*key).stem == only]
    for version, compression in chosen:
        print("recording", version, compression, flush=True)
        world = worlds[version, compression] = RealWorld(cluster)
        try:
            conversation(world, version, compression)
        finally:
            save(cluster, version, compression, world)
    for version in (version for version, compression in chosen if compression is None):
        print("slow", version, flush=True)
        slow(worlds[version, None], version)
        save(cluster, version, None, worlds[version, None])
    listeners = {key: listen(world, *key) for key, world in worlds.items()}
    print("events", flush=True)
    asyncio.run(events(cluster))
    time.sleep(30)
    for key, link in listeners.items():
        take_events(link)
        save(cluster, *key, worlds[key])


def save(cluster: CassandraCluster, version: int, compression: str | None, world: RealWorld) -> None:
    heading = (
        f"Cassandra {cluster.version}, native protocol v{version}, compression: {compression or 'none'}.\n"
        "Written by `python -m tests.golden.record`; files.py says how to read it."
    )
    write(path_of(version, compression), heading, world.connections)


def main() -> None:
    cluster = CassandraCluster(
        2,
        authentication=True,
        settings=SETTINGS,
        jvm_options=[PAYLOADS],
        network="127.0.20.",
        port=20042,
        report=print,
    )
    asyncio.run(cluster.start())
    try:
        record(cluster, sys.argv[2] if sys.argv[1:2] == ["--only"] else None)
    finally:
        cluster.close()


if __name__ == "__main__":
    main()
