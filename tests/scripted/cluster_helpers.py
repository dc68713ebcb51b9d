"""Helpers of the tests of clusters: addresses of scripted nodes, lookups and virtual waits."""

from __future__ import annotations

import asyncio
from typing import Any

from tests import internals

import aiocql
from aiocql.cluster.cluster import Cluster
from aiocql.nodes.host import Host
from aiocql.policies.reconnection import ConstantReconnectionPolicy
from aiocql.testing import (
    MemoryLoop,
    ScriptedCluster,
    ScriptedServer,
)

SLOW = ConstantReconnectionPolicy(3600)
"""What comes back sooner does so for another reason than the schedule."""


def cluster_of(session: aiocql.Session) -> Cluster:
    return internals.cluster(session)


def by_address(session: aiocql.Session) -> dict[str, Host]:
    return {host.address: host for host in session.hosts}


def memory_loop() -> MemoryLoop:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, MemoryLoop)
    return loop


def reads(server: ScriptedServer, table: str) -> int:
    return sum(table in (request.query or "") for request in server.requests)


def addresses(count: int, **more: Any) -> ScriptedCluster:
    return ScriptedCluster(count, first_address="127.0.61.1", port=9042, **more)


async def settle(seconds: float = 10) -> None:
    """Virtual seconds: long enough for events to be debounced and for everything that follows."""
    await asyncio.sleep(seconds)
