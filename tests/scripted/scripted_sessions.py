"""What the tests of sessions share: a scripted node or cluster, and a session connected to it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

from tests.plugins.canary import value_of

import aiocql
from aiocql.session.session import Session
from aiocql.testing import Opcode, Prime, ScriptedCluster, ScriptedServer

SELECT = "SELECT v FROM t WHERE k = ?"
INSERT = "INSERT INTO t (k, v) VALUES (?, ?)"


@contextlib.asynccontextmanager
async def one_node(**options: Any) -> AsyncIterator[tuple[ScriptedServer, Session]]:
    """One scripted node, with `SELECT` and `INSERT` primed, and a session."""
    version = options.get("protocol_version", 5)
    async with ScriptedServer(max_version=version) as server:
        prime_table(server)
        async with aiocql.connect(server.address, port=server.port, **options) as session:
            yield server, session
        assert server.violations == []


@contextlib.asynccontextmanager
async def three_nodes(**options: Any) -> AsyncIterator[tuple[ScriptedCluster, Session]]:
    """Three scripted nodes."""
    async with ScriptedCluster(3) as cluster:
        cluster.view.schema.add_keyspace("ks", {"class": "SimpleStrategy", "replication_factor": "1"})
        prime_table(cluster)
        address, port = cluster.contact_point
        async with aiocql.connect(f"{address}:{port}", **options) as session:
            yield cluster, session
        assert cluster.violations == []


def prime_table(server: ScriptedServer | ScriptedCluster) -> tuple[Prime, Prime]:
    select = prime_select(server)
    insert = server.prime(INSERT, bind=[("k", "int"), ("v", "text")], partition_key=[0])
    return select, insert


def prime_select(server: ScriptedServer | ScriptedCluster, **more: Any) -> Prime:
    """`SELECT` gives the row that names its key; `more` is what else `prime` is told."""
    return server.prime(
        SELECT,
        bind=[("k", "int")],
        partition_key=[0],
        columns=[("v", "text")],
        rows=lambda request: [(value_of(request.bound["k"]),)],
        **more,
    )


def sends(server: ScriptedServer | ScriptedCluster, *opcodes: Opcode) -> int:
    """How many requests of these kinds arrived that are the test's own."""
    return sum(
        request.opcode in opcodes and "system" not in (request.query or "") for request in server.requests
    )


async def noticed(session: aiocql.Session) -> None:
    """Waits until the session knows that a host is down."""
    while session.health().status == "pass":  # noqa: ASYNC110
        await asyncio.sleep(0.05)
