"""The published samples on scripted nodes: each host is asked itself, and the table of nodes is logged."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncIterator

import pytest
from tests.cassandra.compat_samples import WhoAnswers, connected_nodes, samples
from tests.scripted.in_memory import in_memory

from aiocql.compat.async_cassandra import AsyncCassandraSession, AsyncCluster
from aiocql.compat.cassandra.cluster import Session
from aiocql.compat.cassandra.policies import RoundRobinPolicy
from aiocql.testing import ScriptedCluster

pytestmark = pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning")

ADDRESSES = ["10.0.24.1", "10.0.24.2", "10.0.24.3"]


@contextlib.asynccontextmanager
async def everywhere() -> AsyncIterator[AsyncCassandraSession]:
    """A session that uses all three nodes of two datacenters, as the test on a real cluster does."""
    async with (
        ScriptedCluster(3, first_address=ADDRESSES[0], port=24042, datacenters=["dc1", "dc2"]),
        AsyncCluster([ADDRESSES[0]], port=24042, load_balancing_policy=RoundRobinPolicy()) as cluster,
    ):
        yield await cluster.connect()


@in_memory
async def test_health_and_latency_are_those_of_each_host() -> None:
    async with samples(ADDRESSES[0]) as names, everywhere() as session:
        asked = WhoAnswers(session)
        assert (await names["check_connection_health"](asked))["healthy"] == 3
        assert asked.answers == ADDRESSES
        asked = WhoAnswers(session)
        await names["ConnectionMonitor"](asked).get_connection_stats()
        assert asked.answers == ADDRESSES


@in_memory
async def test_the_connected_nodes_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    names = connected_nodes()
    async with everywhere() as session:
        assert names["log_connected_node"].__annotations__["session"] is Session
        with caplog.at_level(logging.DEBUG, logger="samples"):
            names["log_connected_node"](session)
        texts = [record.getMessage() for record in caplog.records if record.name == "samples"]
        logged = [[cell.strip() for cell in text.split("|")] for text in texts]
        assert logged[0] == ["Endpoint", "Host ID", "Location", "State"]
        assert [row[0] for row in logged[2:]] == [f"{address}:24042" for address in ADDRESSES]
        assert [row[1] for row in logged[2:]] == [str(host.host_id) for host in session.hosts]
        assert [row[2:] for row in logged[2:]] == [
            ["dc1(rack1)", "UP"],
            ["dc2(rack1)", "UP"],
            ["dc2(rack1)", "UP"],
        ]


@in_memory
async def test_hosts_print_as_the_table_of_the_command_line() -> None:
    async with everywhere() as session:
        hosts = session.hosts
        title, headings, _, *rows = str(hosts).splitlines()
        assert title == "Connected Cassandra nodes:"
        assert [cell.strip() for cell in headings.split("|")][::2] == ["Endpoint", "Location", "Connections"]
        assert [[cell.strip() for cell in row.split("|")][::2] for row in rows] == [
            ["10.0.24.1:24042", "dc1 (rack1)", "1"],
            ["10.0.24.2:24042", "dc2 (rack1)", "1"],
            ["10.0.24.3:24042", "dc2 (rack1)", "1"],
        ]
        assert f"{hosts}" == str(hosts)
        assert (len(hosts), hosts[0].address, hosts == tuple(hosts)) == (3, ADDRESSES[0], True)
