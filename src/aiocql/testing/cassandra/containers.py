"""The second way to a real Cassandra: Docker or Podman, where an engine answers and a JDK does not.

The official image on a separate bridge network; nodes are reached on their container addresses, which Linux
routes for engines that run as root. Nodes start one after the other, as the image's configuration asks: half a minute
each. An engine keeps containers alive when the process that started them is killed with -9; the next
`ContainerCluster` removes what such a process left.

Written against the engines' command lines and tested against a played engine only: untried on a real one.
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from aiocql.errors import ConfigurationError
from aiocql.testing.cassandra.probe import Probe
from aiocql.testing.cassandra.process import run
from aiocql.testing.cassandra.ring import places
from aiocql.testing.cassandra.waiting import until
from aiocql.testing.errors import ContainerEngineError, NodeStartFailed, ToolNotFound

__all__ = ["ContainerCluster", "ContainerNode", "find_engine"]

IMAGE = "docker.io/library/cassandra:5.0"
LABEL = "aiocql.owner"  # the id of the process that started a container
PORT = 9042
_JVM = "-Dcassandra.skip_wait_for_gossip_to_settle=0 -Dcassandra.ring_delay_ms=2000"


async def find_engine() -> str:
    """The path of ``docker`` or ``podman``, whichever answers first. Raises `ToolNotFound` if neither does."""
    silent = []
    for name in ("docker", "podman"):
        path = shutil.which(name)
        if path is None:
            continue
        try:
            done = await run([path, "info"], timeout=20)
        except TimeoutError:
            done = None
        if done is not None and done.returncode == 0:
            return path
        silent.append(name)
    found = (
        f"{' and '.join(silent)} found, but no engine answers"
        if silent
        else "neither docker nor podman is found"
    )
    raise ToolNotFound(
        f"no container engine: {found}",
        tool="docker",
        hint="start it, or install JDK 17 and Maven and use CassandraCluster, which needs no engine",
    )


class ContainerNode:
    """One node in a container. `address` and `port` are where it answers CQL."""

    port = PORT

    def __init__(self, engine: str, name: str, datacenter: str, rack: str, start_timeout: float) -> None:
        self.name, self.datacenter, self.rack = name, datacenter, rack
        self.address = ""
        self._engine = engine
        self._start_timeout = start_timeout

    @property
    def contact_point(self) -> str:
        """``address:port`` for clients."""
        return f"{self.address}:{self.port}"

    async def create(self, image: str, network: str, seed: str, heap: str) -> None:
        """Make and start the container, and wait until the node answers."""
        environment = {
            "CASSANDRA_DC": self.datacenter,
            "CASSANDRA_RACK": self.rack,
            "CASSANDRA_ENDPOINT_SNITCH": "GossipingPropertyFileSnitch",
            "CASSANDRA_SEEDS": seed,
            "MAX_HEAP_SIZE": heap,
            "HEAP_NEWSIZE": "128M",
            "JVM_EXTRA_OPTS": _JVM,
        }
        settings = [part for name, value in environment.items() for part in ("-e", f"{name}={value}")]
        label = ["--label", f"{LABEL}={os.getpid()}"]
        await self._do(
            "run", "-d", "--name", self.name, "--network", network, *label, *settings, image, timeout=900
        )
        await self._wait_until_ready()

    async def start(self) -> None:
        """Start a stopped or killed node on its own data and wait until it answers."""
        await self._do("start", self.name)
        await self._wait_until_ready()

    async def stop(self) -> None:
        """Stop the server as an administrator would."""
        await self._do("stop", self.name)

    async def restart(self) -> None:
        """`stop()`, then `start()`. The node may come back on another address."""
        await self.stop()
        await self.start()

    async def kill(self) -> None:
        """kill -9."""
        await self._do("kill", self.name)

    async def pause(self) -> None:
        """Freeze all its processes: connections stay open, nothing is answered."""
        await self._do("pause", self.name)

    async def resume(self) -> None:
        """End a `pause()`."""
        await self._do("unpause", self.name)

    async def nodetool(self, *arguments: str, timeout: float = 120.0) -> str:
        """Run a nodetool command on this node and give its output."""
        return await self._do("exec", self.name, "nodetool", *arguments, timeout=timeout)

    async def log(self, lines: int = 40) -> str:
        """The last lines of the node's log."""
        return await self._do("logs", "--tail", str(lines), self.name)

    async def _wait_until_ready(self) -> None:
        template = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"
        self.address = (await self._do("inspect", "-f", template, self.name)).strip()
        if not await until(Probe(self.address, self.port).answers, self._start_timeout, every=0.5):
            raise NodeStartFailed(
                f"{self.name} ({self.contact_point}) did not answer within {self._start_timeout:g} s",
                log_tail=await self.log(),
                log_path=None,
                returncode=None,
                hint="the address of a container is reached from Linux with an engine that runs as root",
            )

    async def _do(self, *words: str, timeout: float = 60.0) -> str:
        return await _engine(self._engine, *words, timeout=timeout)


class ContainerCluster:
    """A cluster in containers, started by ``async with``; see `CassandraCluster` for the meaning of the parameters."""

    def __init__(
        self,
        nodes: int = 1,
        *,
        datacenters: Sequence[str] = ("dc1",),
        racks: Sequence[str] | None = None,
        image: str = IMAGE,
        heap: str = "512M",
        start_timeout: float = 180.0,
    ) -> None:
        if nodes < 1:
            raise ConfigurationError("a cluster has at least one node")
        self.nodes: list[ContainerNode] = []
        self._places = places(nodes, datacenters, racks)
        self._image, self._heap, self._start_timeout = image, heap, start_timeout
        self._network = f"aiocql-{uuid.uuid4().hex[:8]}"
        self._engine = ""

    @property
    def contact_points(self) -> list[str]:
        """``address:port`` of each node."""
        return [node.contact_point for node in self.nodes]

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def start(self) -> None:
        """Start the nodes one after the other. Raises `ToolNotFound`, `ContainerEngineError` or `NodeStartFailed`."""
        self._engine = await find_engine()
        await _remove_left_over(self._engine)
        try:
            await _engine(self._engine, "network", "create", self._network)
            for number, (datacenter, rack) in enumerate(self._places, 1):
                name = f"{self._network}-node{number}"
                node = ContainerNode(self._engine, name, datacenter, rack, self._start_timeout)
                self.nodes.append(node)
                await node.create(self._image, self._network, self.nodes[0].name, self._heap)
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Remove containers, their data and the network. What is already gone is no error."""
        for node in self.nodes:
            await run([self._engine, "rm", "-f", "-v", node.name], timeout=60)
        await run([self._engine, "network", "rm", self._network], timeout=60)
        self.nodes.clear()

    async def nodetool(self, *arguments: str, timeout: float = 120.0) -> str:
        """Run a nodetool command on the first node and give its output."""
        return await self.nodes[0].nodetool(*arguments, timeout=timeout)


async def _engine(path: str, *words: str, timeout: float = 60.0) -> str:
    try:
        done = await run([path, *words], timeout=timeout)
    except TimeoutError as error:
        raise ContainerEngineError(str(error)) from None
    if done.returncode != 0:
        raise ContainerEngineError(f"{os.path.basename(path)} {words[0]} failed:\n{done.output.strip()}")
    return done.stdout


async def _remove_left_over(path: str) -> None:
    """Remove containers whose owner's process is no more."""
    listing = await _engine(
        path, "ps", "-a", "--filter", f"label={LABEL}", "--format", f'{{{{.ID}}}} {{{{.Label "{LABEL}"}}}}'
    )
    for line in listing.splitlines():
        container, _, owner = line.partition(" ")
        if owner.strip().isdigit() and not _runs(int(owner)):
            await _engine(path, "rm", "-f", "-v", container)


def _runs(pid: int) -> bool:
    return os.path.exists(f"/proc/{pid}")
