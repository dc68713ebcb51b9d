"""Clusters in containers, with an engine that is played by a shell script."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from aiocql.testing import ContainerCluster, ContainerEngineError, ToolNotFound
from aiocql.testing.cassandra import containers

ENGINE = """#!/bin/sh
echo "$@" >> "$ENGINE_LOG"
case $1 in
    inspect) echo 127.0.0.1 ;;
    ps) echo "abc 999999999"; echo "def $PPID" ;;
    exec) echo "UN"; [ "$4" != fails ] ;;
esac
"""
OPTIONS, SUPPORTED = bytes.fromhex("040000000500000000"), bytes.fromhex("84000000060000000a") + b"\x00" * 10


@pytest.fixture
def engine_log(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine whose only commands are the shell's and an engine; what the engine was told."""
    bin = tmp_path / "bin"
    bin.mkdir()
    (bin / "podman").write_text(ENGINE)
    (bin / "podman").chmod(0o755)
    monkeypatch.setenv("PATH", str(bin))
    monkeypatch.setenv("ENGINE_LOG", str(tmp_path / "log"))
    return tmp_path / "log"


def told(log: Path) -> list[str]:
    return log.read_text().splitlines()


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    assert await reader.readexactly(9) == OPTIONS
    writer.write(SUPPORTED)
    await writer.drain()
    writer.close()


async def test_a_cluster_in_containers_from_start_to_end(
    engine_log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    monkeypatch.setattr(containers.ContainerNode, "port", port)
    async with server, ContainerCluster(2, datacenters=["dc1", "dc2"]) as cluster:
        assert cluster.contact_points == [f"127.0.0.1:{port}"] * 2
        first, second = (node.name for node in cluster.nodes)
        assert await cluster.nodetool("status") == "UN\n"
        with pytest.raises(ContainerEngineError, match="podman exec failed"):
            await cluster.nodetool("fails")
        await cluster.nodes[1].pause()
        await cluster.nodes[1].resume()
        await cluster.nodes[1].kill()
        await cluster.nodes[1].restart()
    lines = told(engine_log)
    runs = [line for line in lines if line.startswith("run ")]
    assert [f"CASSANDRA_SEEDS={first}" in line for line in runs] == [True, True]
    assert ["CASSANDRA_DC=dc1" in line for line in runs] == [True, False]
    for words in ("pause", "unpause", "kill", "stop", "start", "rm -f -v"):
        assert f"{words} {second}" in lines
    assert lines[-1] == f"network rm {first.removesuffix('-node1')}"


async def test_what_a_killed_owner_left_is_removed_and_nothing_else(engine_log: Path) -> None:
    await containers._remove_left_over(await containers.find_engine())
    assert [line for line in told(engine_log) if line.startswith("rm")] == ["rm -f -v abc"]


async def test_no_engine_and_a_silent_one_are_told_apart(engine_log: Path) -> None:
    podman = engine_log.parent / "bin" / "podman"
    podman.write_text("#!/bin/sh\nexit 1\n")
    with pytest.raises(ToolNotFound, match="podman found, but no engine answers"):
        await containers.find_engine()
    podman.unlink()
    with pytest.raises(ToolNotFound, match="neither docker nor podman is found"):
        await containers.find_engine()
