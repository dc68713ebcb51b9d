"""Where a node listens, and who may use its JMX port."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import os
import stat
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.plugins.canary import WRONG_PASSWORD

from aiocql.testing import CassandraCluster, ClusterTimeout, LauncherError, NodetoolFailed
from aiocql.testing.apart import run_apart
from aiocql.testing.cassandra.jars import class_path
from aiocql.testing.cassandra.jmx import USER, JmxAccess
from aiocql.testing.cassandra.jvm import base_flags, module_flags
from aiocql.testing.cassandra.node import CassandraNode
from aiocql.testing.cassandra.nodetool import nodetool
from aiocql.testing.cassandra.process import run
from aiocql.testing.cassandra.waiting import until

pytestmark = [pytest.mark.cassandra, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def node() -> Iterator[CassandraNode]:
    cluster = CassandraCluster()
    run_apart(cluster.start())
    yield cluster.nodes[0]
    cluster.close()


async def test_jmx_is_closed_until_nodetool_opens_it_and_every_socket_is_on_loopback(
    node: CassandraNode,
) -> None:
    ports = node._config.ports
    await node.restart()
    assert listeners(node) == {(node.address, ports.native), (node.address, ports.storage)}
    assert "running" in await node.nodetool("statusbinary")
    assert listeners(node) == {(node.address, port) for port in (ports.native, ports.storage, ports.jmx)}
    assert ipaddress.ip_address(node.address).is_loopback
    await node.restart()
    assert listeners(node) == {(node.address, ports.native), (node.address, ports.storage)}


@pytest.mark.shows_canary("file", "wrong")  # the test writes it
async def test_jmx_refuses_a_connection_without_the_password(node: CassandraNode, tmp_path: Path) -> None:
    await node.open_jmx()
    runtime, ports = node._runtime, node._config.ports
    command = [str(runtime.java.path), *base_flags(), *module_flags(), "-Dcom.sun.jndi.rmiURLParsing=legacy"]
    command += [f"-Duser.home={tmp_path}", "-cp", ":".join(map(str, class_path(runtime.jars)))]
    command += ["org.apache.cassandra.tools.NodeTool", "-h", ports.address, "-p", str(ports.jmx), "info"]
    refused = await run(command, timeout=60)
    assert refused.returncode != 0
    assert "Credentials required" in refused.output

    impostor = JmxAccess(tmp_path, ports)
    impostor.password_file.parent.mkdir()
    impostor.password_file.write_text(f"{USER} {WRONG_PASSWORD}\n")
    with pytest.raises(NodetoolFailed, match="Invalid username or password"):
        await nodetool(runtime.java, runtime.jars, ports, impostor, ["info"], 60)


async def test_the_jmx_password_is_in_a_private_file_and_on_no_command_line(node: CassandraNode) -> None:
    running = asyncio.create_task(node.nodetool("status"))
    try:
        assert await until(lambda: bool(nodetools(node)), 60, every=0.01)
        seen = nodetools(node)
    finally:
        await running
    user, password = node.jmx.password_file.read_text().split()
    assert user == USER
    assert len(password) == 64
    assert not any(password in line for line in seen)
    for name in ("jmx.password", "jmx.access", "jmx.properties"):
        assert stat.S_IMODE((node.folder / "conf" / name).stat().st_mode) == 0o600


async def test_each_run_has_another_jmx_password(node: CassandraNode) -> None:
    await node.open_jmx()
    before = node.jmx.password_file.read_text()
    await node.open_jmx()
    assert node.jmx.password_file.read_text() == before
    await node.restart()
    await node.open_jmx()
    assert node.jmx.password_file.read_text() != before


async def test_nodetool_works_after_a_cancelled_call_opened_the_port(node: CassandraNode) -> None:
    await node.open_jmx()
    node.jmx._opened_for = None
    assert "running" in await node.nodetool("statusbinary")


async def test_nodetool_calls_at_once_open_the_port_once(node: CassandraNode) -> None:
    await node.restart()
    answers = await asyncio.gather(*(node.nodetool("statusbinary") for _ in range(3)))
    assert all("running" in answer for answer in answers)
    assert attach_files(node) == []


async def test_jmx_of_a_node_that_is_paused_or_stopped_fails_with_a_launcher_error(
    node: CassandraNode,
) -> None:
    await node.restart()
    node.pause()
    try:
        with pytest.raises(ClusterTimeout, match=r"node1 did not open its JMX port within 0\.5 s"):
            await node.open_jmx(timeout=0.5)
    finally:
        node.resume()
    await node.open_jmx()
    await node.kill()
    with pytest.raises(LauncherError, match="node1 does not run"):
        await node.nodetool("status")
    await node.start()


def attach_files(node: CassandraNode) -> list[Path]:
    """What is left of the way into the JVM."""
    return [*Path("/tmp").glob(f".java_pid{node.pid}"), *node.folder.glob(".attach_pid*")]


def listeners(node: CassandraNode) -> set[tuple[str, int]]:
    """The addresses and ports of all TCP sockets of the process that listen."""
    own = set()
    for name in os.listdir(f"/proc/{node.pid}/fd"):
        with contextlib.suppress(FileNotFoundError):
            own.add(os.readlink(f"/proc/{node.pid}/fd/{name}"))
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{node.pid}/net/{table}").read_text().splitlines()[1:]:
            columns = line.split()
            if columns[3] == "0A" and f"socket:[{columns[9]}]" in own:  # 0A: LISTEN
                found.add(address(columns[1]))
    return found


def address(column: str) -> tuple[str, int]:
    """The address in the kernel's notation: words of four bytes in the order of the machine, then the port."""
    words, _, port = column.partition(":")
    raw = b"".join(struct.pack("=I", int(words[i : i + 8], 16)) for i in range(0, len(words), 8))
    return str(ipaddress.ip_address(raw)), int(port, 16)


def nodetools(node: CassandraNode) -> list[str]:
    """The command lines of all nodetool processes for this node."""
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            line = path.read_text()
            if f"-Duser.home={node.folder}" in line and "NodeTool" in line:
                lines.append(line)
    return lines
