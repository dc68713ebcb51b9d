"""The launcher against real servers. Seconds on an idle machine of two cores: 1 node 6, restart 6, 3 nodes 15."""

from __future__ import annotations

import contextlib
import os
import re
import select
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.plugins.canary import WRONG_PASSWORD

from aiocql.testing import CassandraCluster, LauncherError, NodeStartFailed, NodetoolFailed
from aiocql.testing.apart import run_apart
from aiocql.testing.cassandra.nodetool import parse_status
from aiocql.testing.cassandra.probe import Probe
from aiocql.testing.cassandra.waiting import until

pytestmark = [pytest.mark.cassandra, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def secured() -> Iterator[CassandraCluster]:
    """One node that wants a password and a client certificate."""
    cluster = CassandraCluster(authentication=True, tls="mutual")
    run_apart(cluster.start())
    yield cluster
    cluster.close()


def probe(cluster: CassandraCluster, context: ssl.SSLContext | None) -> Probe:
    return Probe(cluster.nodes[0].address, cluster.nodes[0].port, context, timeout=5)


async def test_a_started_node_answers_and_asks_for_the_right_password(secured: CassandraCluster) -> None:
    node = secured.nodes[0]
    assert secured.contact_points == [f"{node.address}:{node.port}"]
    assert (node.datacenter, node.rack, node.state) == ("dc1", "rack1", "running")
    assert node.log_path.stat().st_size > 0
    client = probe(secured, secured.ssl_context())
    assert await client.answers()
    assert await client.logs_in("cassandra", "cassandra")
    assert not await client.logs_in("cassandra", WRONG_PASSWORD)


async def test_the_node_refuses_plain_tcp_and_clients_without_certificate(secured: CassandraCluster) -> None:
    assert not await probe(secured, None).answers()
    assert not await probe(secured, secured.certificate_authority.ssl_context()).answers()


async def test_a_paused_node_accepts_connections_and_says_nothing(secured: CassandraCluster) -> None:
    node = secured.nodes[0]
    node.pause()
    try:
        assert node.state == "paused"
        with socket.create_connection((node.address, node.port), timeout=5):
            assert not await Probe(node.address, node.port, secured.ssl_context(), timeout=0.3).answers()
    finally:
        node.resume()
    assert node.state == "running"
    assert await probe(secured, secured.ssl_context()).answers()


async def test_a_killed_node_comes_back_with_its_data(secured: CassandraCluster) -> None:
    node = secured.nodes[0]
    before = node.pid
    await node.execute(
        "CREATE KEYSPACE kept WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}"
    )
    await node.kill()
    assert (node.pid, node.state, secured.contact_points) == (None, "stopped", [])
    with (
        pytest.raises(ConnectionRefusedError),
        socket.create_connection((node.address, node.port), timeout=5),
    ):
        pass
    with pytest.raises(LauncherError, match="node1 does not run"):
        node.pause()
    await node.start()
    assert node.pid not in (None, before)
    with pytest.raises(LauncherError, match="Cannot add existing keyspace"):
        await node.execute(
            "CREATE KEYSPACE kept WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}"
        )


async def test_nodetool_runs_any_command_and_reports_failures(secured: CassandraCluster) -> None:
    (line,) = parse_status(await secured.nodetool("status"))
    assert (line.state, line.address, line.datacenter, line.rack) == (
        "UN",
        secured.nodes[0].address,
        "dc1",
        "rack1",
    )
    with pytest.raises(NodetoolFailed, match="nosuchkeyspace") as failed:
        await secured.nodes[0].nodetool("flush nosuchkeyspace")
    assert failed.value.returncode != 0


async def test_a_start_that_fails_shows_the_end_of_the_log_and_keeps_it() -> None:
    cluster = CassandraCluster(settings={"no_such_setting": 1})
    with pytest.raises(NodeStartFailed) as failed:
        await cluster.start()
    error = failed.value
    assert "no_such_setting" in error.log_tail
    assert "no_such_setting" in str(error)
    assert error.returncode
    assert error.hint == "settings= has a name that this version of Cassandra does not know"
    assert error.log_path is not None
    assert "no_such_setting" in error.log_path.read_text()
    error.log_path.unlink()
    assert not cluster.folder.exists()


async def test_three_nodes_see_each_other_and_a_stopped_one_is_missed(
    cassandra_cluster3: CassandraCluster,
) -> None:
    cluster = cassandra_cluster3
    first, second, third = cluster.nodes
    await second.stop()
    await cluster.wait_until_down(second)
    assert cluster.contact_points == [first.contact_point, third.contact_point]
    await cluster.heal()
    status = parse_status(await third.nodetool("status"))
    assert {line.address: (line.state, line.datacenter, line.rack) for line in status} == {
        first.address: ("UN", "dc1", "rack1"),
        second.address: ("UN", "dc2", "rack1"),
        third.address: ("UN", "dc1", "rack2"),
    }


async def test_a_node_joins_and_leaves_and_all_can_share_one_address() -> None:
    async with CassandraCluster(same_address=True) as cluster:
        joined = await cluster.add_node(rack="far")
        addresses = [node.contact_point for node in cluster.nodes]
        assert cluster.contact_points == addresses
        assert {address.partition(":")[0] for address in addresses} == {"127.0.0.1"}
        status = parse_status(await joined.nodetool("-pp", "status"))
        assert {(line.address, line.state) for line in status} == {
            (node.endpoint, "UN") for node in cluster.nodes
        }
        assert {line.rack for line in status} == {"rack1", "far"}
        await cluster.decommission(joined)
        assert (joined.state, len(cluster.nodes)) == ("stopped", 1)
        (line,) = parse_status(await cluster.nodetool("-pp", "status"))
        assert line.address == cluster.nodes[0].endpoint


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda n: n.name)
async def test_the_command_ends_without_a_trace_whenever_it_is_told_to(number: signal.Signals) -> None:
    """The signal comes in mid-start: the server's process is there and does not answer yet."""
    command = start_the_command()
    assert command.stdout is not None
    try:
        folder = Path(re.split(r"\s+in ", command.stdout.readline())[1].strip())
        log = folder / "node1" / "system.log"
        assert await until(lambda: log.exists() and "Node configuration" in log.read_text(), 60)
        server = os.pidfd_open(the_server_in(folder))
        command.send_signal(number)
        output = command.stdout.read()
    finally:
        command.kill()
        command.stdout.close()
        returncode = command.wait()
    with os.fdopen(server):
        assert await until(lambda: bool(select.select([server], [], [], 0)[0]), 30)
    assert await until(lambda: not folder.exists(), 30)
    assert "Traceback" not in output
    assert returncode == (-signal.SIGKILL if number == signal.SIGKILL else 0)


def start_the_command() -> subprocess.Popen[str]:
    program = "import sys; from aiocql.cli import main; sys.exit(main(['testing', 'cluster']))"
    return subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )


def the_server_in(folder: Path) -> int:
    """The process id of the one server whose data is there."""
    found = []
    for name in os.listdir("/proc"):
        with contextlib.suppress(OSError):
            if name.isdigit() and f"-Dcassandra.storagedir={folder}/node1" in words(name):
                found.append(int(name))
    (pid,) = found
    return pid


def words(pid: str) -> list[str]:
    """The command line of a server itself; its guard's, which names the same things, begins with Python."""
    line = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    return line if line[0].endswith("java") else []
