"""A scripted cluster of 100 nodes with 256 tokens each, of which the first one alone answers: `bench.cluster` runs it.

It says where it listens in its first line. For each line that it reads then, one node's tokens are others.
"""

from __future__ import annotations

import asyncio
import random
import sys

from aiocql.testing import ScriptedCluster

NODES = 100
TOKENS = 256
KEYSPACES = {
    "one_each_rack": {"class": "NetworkTopologyStrategy", "dc1": "3"},
    "two": {"class": "NetworkTopologyStrategy", "dc1": "2"},
    "simple": {"class": "SimpleStrategy", "replication_factor": "3"},
}


def new_tokens(rng: random.Random) -> list[str]:
    return [str(rng.randrange(-(2**63), 2**63)) for _ in range(TOKENS)]


async def serve(first_address: str) -> None:
    rng = random.Random(6)
    racks = ["a", "b", "c"]
    cluster = ScriptedCluster(NODES, first_address=first_address, datacenters=["dc1"])
    for i, server in enumerate(cluster.nodes):
        server.node.tokens = new_tokens(rng)
        server.node.rack = racks[i % len(racks)]
    for name, replication in KEYSPACES.items():
        cluster.view.schema.add_keyspace(name, replication)
    await cluster.start_node(0, announce=False)
    for server in cluster.nodes[1:]:
        server.node.port = cluster.nodes[0].port
    print(cluster.nodes[0].port, flush=True)
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while await lines.readline():
        cluster.nodes[-1].node.tokens = new_tokens(rng)
        print("moved", flush=True)
    await cluster.stop()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1]))
