"""Scripted nodes as one cluster: what each tells of the others, and what happens when they come, go and move."""

from __future__ import annotations

import asyncio
import itertools
import uuid

import pytest
from tests.scripted.in_memory import in_memory
from tests.scripted.plain_client import PlainClient, connected

from aiocql.testing import Opcode, ScriptedCluster
from aiocql.testing.server.notation import Reader, write_string_list
from aiocql.testing.server.scripted_cluster import even_tokens
from aiocql.testing.server.values import decode_value


async def column(client: PlainClient, name: str, of: str, table: str) -> list[object]:
    """One scalar column of a table."""
    answer = await client.ask(Opcode.QUERY, client.query_body(f"SELECT {name} FROM {table}"))
    reader = Reader(answer.body)
    assert [reader.int_() for _ in range(3)] == [2, 1, 1]
    for _ in range(3):
        reader.string()
    reader.short()
    return [decode_value(of, reader.bytes_()) for _ in range(reader.int_())]


async def events(client: PlainClient, count: int) -> list[tuple[str, str, str, int]]:
    seen = []
    for _ in range(count):
        reader = Reader((await client.receive()).body)
        seen.append((reader.string(), reader.string(), *reader.inet()))
    return seen


async def registered(cluster: ScriptedCluster) -> PlainClient:
    client = await connected(cluster.nodes[0])
    await client.ask(Opcode.REGISTER, write_string_list(["STATUS_CHANGE", "TOPOLOGY_CHANGE"]))
    return client


@in_memory
async def test_every_node_tells_of_the_others() -> None:
    async with ScriptedCluster(3, first_address="127.0.50.1", datacenters=["a", "b"], racks=["r"]) as cluster:
        ids = {server.address: server.node.host_id for server in cluster.nodes}
        assert list(ids) == ["127.0.50.1", "127.0.50.2", "127.0.50.3"]
        assert {server.port for server in cluster.nodes} == {cluster.port}
        for server in cluster.nodes:
            async with await connected(server) as client:
                others = await column(client, "native_address", "inet", "system.peers_v2")
                assert others == [address for address in ids if address != server.address]
                assert await column(client, "rpc_address", "inet", "system.peers") == others
                own = await column(client, "host_id", "uuid", "system.local")
                assert own == [ids[server.address]]
                ports = await column(client, "native_port", "int", "system.peers_v2")
                assert ports == [cluster.port, cluster.port]
                versions = await column(client, "schema_version", "uuid", "system.peers")
                assert versions == [cluster.view.schema.version] * 2
        assert [server.node.datacenter for server in cluster.nodes] == ["a", "b", "b"]


@in_memory
async def test_nodes_with_ports_of_their_own() -> None:
    async with ScriptedCluster(2) as cluster, await connected(cluster.nodes[0]) as client:
        assert await column(client, "native_port", "int", "system.peers_v2") == [cluster.nodes[1].port]
        assert cluster.nodes[0].port != cluster.nodes[1].port


@in_memory
async def test_stop_start_and_move_are_told() -> None:
    async with ScriptedCluster(2, first_address="127.0.50.1") as cluster, await registered(cluster) as client:
        port = cluster.port
        await cluster.stop_node(1)
        with pytest.raises(ConnectionRefusedError):
            await connected(cluster.nodes[1])
        await cluster.start_node(1)
        await cluster.move_node(1, "127.0.50.99")
        assert await events(client, 4) == [
            ("STATUS_CHANGE", "DOWN", "127.0.50.2", port),
            ("STATUS_CHANGE", "UP", "127.0.50.2", port),
            ("STATUS_CHANGE", "DOWN", "127.0.50.2", port),
            ("STATUS_CHANGE", "UP", "127.0.50.99", port),
        ]
        assert await column(client, "native_address", "inet", "system.peers_v2") == ["127.0.50.99"]
        (await connected(cluster.nodes[1])).writer.close()


@in_memory
async def test_nodes_that_join_and_leave() -> None:
    async with ScriptedCluster(2, first_address="127.0.50.1") as cluster, await registered(cluster) as client:
        prime = cluster.prime("Q")
        server = await cluster.add_node("b", "r9")
        async with await connected(server) as other:
            await other.ask(Opcode.QUERY, other.query_body("Q"))
        assert prime.count == 1
        assert [request.node for request in prime.requests] == [f"127.0.50.3:{cluster.port}"]
        await cluster.remove_node(1)
        assert await events(client, 3) == [
            ("TOPOLOGY_CHANGE", "NEW_NODE", "127.0.50.3", cluster.port),
            ("STATUS_CHANGE", "UP", "127.0.50.3", cluster.port),
            ("TOPOLOGY_CHANGE", "REMOVED_NODE", "127.0.50.2", cluster.port),
        ]
        assert await column(client, "rack", "text", "system.peers") == ["r9"]
        assert [int(node.tokens[0]) for node in cluster.view.nodes] == [-(2**63), 2**62]


@in_memory
async def test_whole_cluster_down_and_up_again() -> None:
    async with ScriptedCluster(3) as cluster:
        ports = [server.port for server in cluster.nodes]
        await cluster.stop()
        assert not any(server.is_running for server in cluster.nodes)
        await cluster.start()
        assert [server.port for server in cluster.nodes] == ports


@in_memory
async def test_rows_that_are_wrong() -> None:
    async with ScriptedCluster(2) as cluster, await connected(cluster.nodes[0]) as client:
        cluster.nodes[1].node.overrides = {"host_id": None}
        assert await column(client, "host_id", "uuid", "system.peers") == [None]
        cluster.nodes[1].node.schema_version = other = uuid.uuid4()
        assert await column(client, "schema_version", "uuid", "system.peers") == [other]


@in_memory
async def test_shared_prime_is_used_up_once() -> None:
    async with ScriptedCluster(2) as cluster:
        prime = cluster.prime("Q", times=1)
        seen = []
        for server in cluster.nodes:
            async with await connected(server) as client:
                seen.append((await client.ask(Opcode.QUERY, client.query_body("Q"))).opcode)
        assert seen == [Opcode.RESULT, Opcode.ERROR]
        cluster.unprime(prime)
        assert [request.query for request in cluster.requests if request.query] == ["Q", "Q"]
        assert cluster.violations == []


def test_even_tokens_share_the_ring() -> None:
    tokens = even_tokens(4, 8)
    assert [len(of_node) for of_node in tokens] == [8] * 4
    ring = sorted(int(token) for of_node in tokens for token in of_node)
    assert ring[0] == -(2**63)
    assert {b - a for a, b in itertools.pairwise(ring)} == {2**64 // 32}


async def test_hundred_real_listeners() -> None:
    async with ScriptedCluster(100, first_address="127.0.50.1") as cluster:
        clients = await asyncio.gather(*(connected(server) for server in cluster.nodes))
        assert sum(len(server.connections) for server in cluster.nodes) == 100
        for client in clients:
            client.writer.close()
