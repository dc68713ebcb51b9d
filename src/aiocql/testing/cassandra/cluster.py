"""A real Apache Cassandra cluster on this machine, for as long as a test or a demonstration needs it."""

from __future__ import annotations

import asyncio
import shutil
import ssl
import tempfile
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self

from aiocql.errors import ConfigurationError
from aiocql.testing.cassandra.addresses import AddressBlock, PortBlock
from aiocql.testing.cassandra.jars import CASSANDRA_VERSION, server_jars
from aiocql.testing.cassandra.jvm import find_java
from aiocql.testing.cassandra.node import CassandraNode, Runtime
from aiocql.testing.cassandra.node_config import NodeConfig
from aiocql.testing.cassandra.nodetool import parse_status
from aiocql.testing.cassandra.ring import initial_tokens, places
from aiocql.testing.cassandra.waiting import until
from aiocql.testing.errors import ClusterTimeout, LauncherError

if TYPE_CHECKING:
    from aiocql.testing.certificates import Certificate, CertificateAuthority

__all__ = ["CassandraCluster"]


class CassandraCluster:
    """A cluster of real Cassandra nodes, started by ``async with`` or `start()`, gone after it.

    ::

        async with CassandraCluster(nodes=3, datacenters=["dc1", "dc2"]) as cluster:
            session = await aiocql.connect(*cluster.contact_points)

    - `nodes`: how many; each takes 0.4 GB at rest and up to `heap` more, and 7 seconds of processor time to start.
    - `datacenters`, `racks`: names, dealt out in turns (see `aiocql.testing.cassandra.ring.places`).
    - `authentication`: passwords are asked for; the first user is ``cassandra`` with password ``cassandra``. Set
      `credentials` if you change it, for the launcher logs in too.
    - `tls`: True encrypts client connections, ``"mutual"`` asks clients for a certificate too. `ssl_context()` gives
      what a client needs.
    - `same_address`: all nodes on 127.0.0.1 with ports of their own, rather than one address each with equal ports.
    - `network` (``"127.1.7."``), `port`: where to listen, if it matters; free ones are taken by default.
    - `settings`: more of cassandra.yaml, for all nodes alike or as a function of a node's address.
    - `jvm_options`: more flags (a collector replaces the default one).
    - `folder`: where data and logs go; it is kept. By default a temporary one, removed at the end.
    - `start_timeout`: seconds that a node may take to answer, and then all of them to see each other.
    - `report`: called with a line of text at each step that takes time.

    Nothing of it outlives this process, in whatever way that ends. Every coroutine may be awaited from any loop, one
    at a time.
    """

    def __init__(
        self,
        nodes: int = 1,
        *,
        datacenters: Sequence[str] = ("dc1",),
        racks: Sequence[str] | None = None,
        authentication: bool = False,
        tls: bool | Literal["mutual"] = False,
        same_address: bool = False,
        network: str | None = None,
        port: int | None = None,
        heap: str = "512M",
        num_tokens: int = 16,
        settings: Mapping[str, Any] | Callable[[str], Mapping[str, Any]] | None = None,
        jvm_options: Sequence[str] = (),
        folder: Path | str | None = None,
        version: str = CASSANDRA_VERSION,
        start_timeout: float = 240.0,
        report: Callable[[str], None] = lambda _text: None,
    ) -> None:
        if nodes < 1:
            raise ConfigurationError("a cluster has at least one node")
        if not datacenters or isinstance(datacenters, str) or isinstance(racks, str):
            raise ConfigurationError("datacenters and racks are lists of names")
        self.nodes: list[CassandraNode] = []
        self.authentication, self.tls = authentication, tls
        self.version = version
        self.credentials = ["cassandra", "cassandra"]
        self._places = places(nodes, datacenters, racks)
        self._same_address, self._network, self._port = same_address, network, port
        self._heap, self._jvm_options, self._num_tokens = heap, tuple(jvm_options), num_tokens
        self._settings = settings or {}
        self._kept_folder = Path(folder).absolute() if folder is not None else None
        self._start_timeout, self._report = start_timeout, report
        self._count = 0
        self._seeds: list[str] = []
        self._authority: CertificateAuthority | None = None
        self._client: Certificate | None = None
        self._block: AddressBlock | PortBlock | None = None
        self._temporary: Path | None = None
        self._runtime: Runtime
        self.folder: Path

    # --- start and end --------------------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    async def start(self) -> None:
        """Start all nodes and wait until each answers and all see each other.

        Raises `ToolNotFound`, `JarsNotAvailable`, `NodeStartFailed` or `ClusterTimeout`. Nothing is left behind then,
        nor when the caller is cancelled.
        """
        if self._block is not None:
            raise LauncherError("the cluster was started before", hint="make another CassandraCluster")
        java = find_java()
        jars = await server_jars(self.version, report=self._report)
        try:
            self._prepare()
            self._runtime = Runtime(
                java=java,
                jars=jars,
                heap=self._heap,
                jvm_options=self._jvm_options,
                start_timeout=self._start_timeout,
                replication=min(len(self._places), 3),
                ssl=self.ssl_context() if self.tls else None,
                credentials=self.credentials,
                remove_if_orphaned=self._temporary,
            )
            self._add_first_nodes()
            self._report(f"starting {len(self.nodes)} x Cassandra {self.version} in {self.folder}")
            await _all(node.start() for node in self.nodes)
            await self.wait_until_up(timeout=self._start_timeout)
            await self._wait_for_peers(self._start_timeout)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Kill all nodes and remove their files (a `folder` that was given is kept). May be called twice."""
        for node in self.nodes:
            node.kill_now()
        if self._block is not None:
            self._block.close()
        if self._temporary is not None:
            shutil.rmtree(self._temporary, ignore_errors=True)

    # --- what a client needs --------------------------------------------------------------------------------

    @property
    def contact_points(self) -> list[str]:
        """``address:port`` of each node that runs."""
        return [node.contact_point for node in self.nodes if node.pid is not None]

    @property
    def certificate_authority(self) -> CertificateAuthority:
        """The authority that signed the nodes' certificates. Raises `LauncherError` without `tls`."""
        if self._authority is None:
            raise LauncherError("the cluster was made without TLS", hint="CassandraCluster(tls=True)")
        return self._authority

    @property
    def client_certificate(self) -> Certificate | None:
        """What a client has to show, with ``tls="mutual"``."""
        return self._client

    def ssl_context(self) -> ssl.SSLContext:
        """A new context for a client of this cluster. Raises `LauncherError` without `tls`."""
        return self.certificate_authority.ssl_context(self._client)

    # --- the ring -------------------------------------------------------------------------------------------

    async def nodetool(self, *arguments: str, timeout: float = 120.0) -> str:
        """Run a nodetool command on the first node that runs, and give its output."""
        return await self._any_node().nodetool(*arguments, timeout=timeout)

    async def execute(self, statement: str, timeout: float = 30.0) -> None:
        """Run one CQL statement on the first node that runs; see `CassandraNode.execute`."""
        await self._any_node().execute(statement, timeout)

    async def heal(self) -> None:
        """Resume what is paused, start what is stopped, and wait until all see each other again."""
        for node in self.nodes:
            node.resume()
        await _all(node.start() for node in self.nodes)
        await self.wait_until_up(timeout=self._start_timeout)

    async def wait_until_up(self, *nodes: CassandraNode, timeout: float = 60.0) -> None:
        """Wait until every running node sees `nodes` (by default all that run) up."""
        await self._wait_for_view("up", nodes or self._running(), timeout)

    async def wait_until_down(self, *nodes: CassandraNode, timeout: float = 60.0) -> None:
        """Wait until every running node sees `nodes` as down. After a kill that takes some 10 to 20 seconds."""
        await self._wait_for_view("down", nodes, timeout)

    async def add_node(self, *, datacenter: str | None = None, rack: str | None = None) -> CassandraNode:
        """Start one more node, which takes its share of the data (bootstraps), and wait until all see it up.

        By default, it goes to the first node's datacenter and to a new rack.
        """
        datacenter = datacenter or self.nodes[0].datacenter
        peers = sum(node.datacenter == datacenter for node in self.nodes)
        node = self._new_node(datacenter, rack or f"rack{peers + 1}", None)
        try:
            await node.start()
            await self.wait_until_up(timeout=self._start_timeout)
            await self._wait_for_peers(self._start_timeout)
        except BaseException:
            node.kill_now()
            self.nodes.remove(node)
            raise
        return node

    async def decommission(self, node: CassandraNode, *, timeout: float = 120.0) -> None:
        """Let a node hand its data to the others and leave; then it is stopped and no longer among `nodes`."""
        await node.nodetool("decommission", "--force", timeout=timeout)
        await self._forget(node)

    async def remove_node(self, node: CassandraNode, *, timeout: float = 120.0) -> None:
        """Kill a node and remove it from the ring with the help of the others, as one does with a machine that died."""
        node.kill_now()
        await self.wait_until_down(node)
        status = parse_status(await self.nodetool("-pp", "status"))
        host_id = next((line.host_id for line in status if line.address == node.endpoint), None)
        if host_id is None:
            raise LauncherError(f"{node.name} is not part of the ring")
        await self.nodetool("removenode", host_id, timeout=timeout)
        await self._forget(node)

    # --- inside ---------------------------------------------------------------------------------------------

    def _prepare(self) -> None:
        if self._same_address:
            self._block = PortBlock(port=self._port)
        else:
            self._block = AddressBlock(self._network, self._port)
        if self._kept_folder is None:
            self.folder = self._temporary = Path(tempfile.mkdtemp(prefix="aiocql-cassandra-"))
        else:
            self.folder = self._kept_folder
            self.folder.mkdir(parents=True, exist_ok=True)
        if self.tls:
            from aiocql.testing.certificates import CertificateAuthority

            self._authority = CertificateAuthority(self.folder / "certificates")
            if self.tls == "mutual":
                self._client = self._authority.issue("client")

    def _add_first_nodes(self) -> None:
        tokens = initial_tokens([datacenter for datacenter, _rack in self._places], self._num_tokens)
        for (datacenter, rack), own in zip(self._places, tokens, strict=True):
            self._new_node(datacenter, rack, own)
        # All of them are seeds: a seed that finds no other continues, so that they can start at the same time. The list
        # object is shared with the nodes' configurations.
        self._seeds.extend(node.endpoint for node in self.nodes)

    def _new_node(self, datacenter: str, rack: str, tokens: Sequence[int] | None) -> CassandraNode:
        assert self._block is not None
        self._count += 1
        ports = self._block.ports(self._count)
        name = f"node{self._count}"
        config = NodeConfig(
            cluster_name="aiocql",
            ports=ports,
            datacenter=datacenter,
            rack=rack,
            seeds=self._seeds,
            tokens=tokens,
            num_tokens=self._num_tokens,
            authentication=self.authentication,
            tls=self._server_tls(name, ports.address),
            settings=self._settings(ports.address) if callable(self._settings) else self._settings,
        )
        node = CassandraNode(name, self.folder / name, config, self._runtime)
        self.nodes.append(node)
        return node

    def _server_tls(self, name: str, address: str) -> dict[str, Any] | None:
        if self._authority is None:
            return None
        certificate = self._authority.issue(name, [address, "localhost"])
        return self._authority.server_options(certificate, require_client=self.tls == "mutual")

    def _running(self) -> list[CassandraNode]:
        return [node for node in self.nodes if node.state == "running"]

    def _any_node(self) -> CassandraNode:
        running = self._running()
        if not running:
            raise LauncherError("no node of the cluster runs")
        return running[0]

    async def _forget(self, node: CassandraNode) -> None:
        node.kill_now()
        self.nodes.remove(node)
        if node.endpoint in self._seeds:
            self._seeds.remove(node.endpoint)

    async def _wait_for_peers(self, timeout: float) -> None:
        """Wait until each running node can tell a driver of all the others."""
        for node in self._running():

            async def complete(node: CassandraNode = node) -> bool:
                return await node.complete_peers() >= len(self.nodes) - 1

            if not await until(complete, timeout):
                raise ClusterTimeout(f"{node.name} does not know all other nodes after {timeout:g} s")

    async def _wait_for_view(
        self, state: Literal["up", "down"], nodes: Iterable[CassandraNode], timeout: float
    ) -> None:
        pairs = [(a, b) for a in self._running() for b in nodes if a is not b]

        def missing() -> list[tuple[CassandraNode, CassandraNode]]:
            look = "sees_up" if state == "up" else "sees_down"
            return [(a, b) for a, b in pairs if not getattr(a.log, look)(b.endpoint)]

        if not await until(lambda: not missing(), timeout):
            a, b = missing()[0]
            raise ClusterTimeout(
                f"{a.name} does not see {b.name} {state} after {timeout:g} s\n{a.log.tail(15)}"
            )


async def _all(work: Iterable[Awaitable[None]]) -> None:
    """Await all; at the first failure cancel the others, wait for them, and raise the failure as it is."""
    tasks = [asyncio.ensure_future(one) for one in work]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
