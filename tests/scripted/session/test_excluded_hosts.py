"""Why a healthy host was not asked: the error of a request that no host took names the reason."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from tests.scripted.in_memory import in_memory

import aiocql
from aiocql.policies.load_balancing import DCAwareRoundRobinPolicy
from aiocql.testing import ScriptedCluster

QUERY = "SELECT v FROM t"


def two_datacenters() -> ScriptedCluster:
    cluster = ScriptedCluster(2, first_address="127.0.61.1", port=9042, datacenters=["dc1", "dc2"])
    cluster.prime(QUERY, columns=[("v", "int")], rows=[(1,)])
    return cluster


@in_memory
async def test_local_level_names_itself_and_the_option_that_allows_remote_hosts() -> None:
    policy = DCAwareRoundRobinPolicy("dc1", remote_datacenters=["dc2"])
    async with two_datacenters() as cluster, aiocql.connect("127.0.61.1", load_balancing=policy) as session:
        remote = session.find_host("127.0.61.2")
        await cluster.stop_node(0)
        await asyncio.sleep(1)
        assert remote.open_connections
        with pytest.raises(aiocql.NoHostAvailable) as caught:
            await session.execute(QUERY, consistency_level="LOCAL_ONE")
        assert "LOCAL_ONE excludes hosts of other datacenters" in str(caught.value.errors[remote])
        assert "allow_remote_for_local_consistency" in str(caught.value.hint)
        assert (await session.execute(QUERY, consistency_level="ONE")).coordinator is remote


@in_memory
async def test_host_that_the_policy_leaves_out_is_not_called_lost() -> None:
    class Nobody:
        def plan(self, snapshot: Any, routing: Any) -> list[aiocql.Host]:
            return []

    async with two_datacenters(), aiocql.connect("127.0.61.1", load_balancing=Nobody()) as session:
        with pytest.raises(aiocql.NoHostAvailable) as caught:
            await session.execute(QUERY)
        assert {str(error) for error in caught.value.errors.values()} == {
            "not tried: the load balancing policy left this host out of the plan"
        }
