"""One Cassandra node: its process, its files, and what can be done to it."""

from __future__ import annotations

import dataclasses
import os
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from aiocql.testing.cassandra.jars import class_path
from aiocql.testing.cassandra.jmx import JmxAccess
from aiocql.testing.cassandra.jvm import Java, base_flags, memory_flags, module_flags
from aiocql.testing.cassandra.node_config import NodeConfig, write_config
from aiocql.testing.cassandra.node_log import NodeLog
from aiocql.testing.cassandra.nodetool import nodetool
from aiocql.testing.cassandra.probe import Probe
from aiocql.testing.cassandra.process import kill_group, wait_for_exit
from aiocql.testing.cassandra.waiting import until
from aiocql.testing.errors import ClusterTimeout, LauncherError, NodeStartFailed

__all__ = ["CassandraNode", "Runtime"]

GRACEFUL_STOP = 30.0  # seconds for a drain; an idle node needs 3
START_ATTEMPTS = 5
UNHEARD = ("Unable to gossip with any peers", "Unable to contact any seeds")
"""What ends a node that joins when no other answers it within `cassandra.ring_delay_ms`: on a busy machine that only
means that they were slow, and it has joined nothing yet."""


@dataclass(frozen=True)
class Runtime:
    """What all nodes of a cluster run with."""

    java: Java
    jars: Path
    heap: str
    jvm_options: Sequence[str]
    start_timeout: float
    replication: int
    ssl: ssl.SSLContext | None
    remove_if_orphaned: Path | None
    credentials: Sequence[str]


class CassandraNode:
    """One node of a `CassandraCluster`.

    `address` and `port` are where it answers CQL; `datacenter`, `rack`, `folder` and `log_path` say the rest. Every
    coroutine may be awaited from any event loop.
    """

    def __init__(self, name: str, folder: Path, config: NodeConfig, runtime: Runtime) -> None:
        self.name = name
        self.folder = folder
        self.datacenter, self.rack = config.datacenter, config.rack
        self.address, self.port = config.ports.address, config.ports.native
        self.log_path = folder / "system.log"
        self.log = NodeLog(self.log_path)
        self.jmx = JmxAccess(folder, config.ports)
        self._config = config
        self._runtime = runtime
        self._probe = Probe(self.address, self.port, runtime.ssl)
        self._process: subprocess.Popen[bytes] | None = None
        self._paused = False

    def __repr__(self) -> str:
        return f"<CassandraNode {self.name} {self.address}:{self.port} {self.datacenter}/{self.rack} {self.state}>"

    @property
    def pid(self) -> int | None:
        """The server's process id; None while it is not running."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    @property
    def state(self) -> str:
        """``"running"``, ``"paused"`` or ``"stopped"``: what the process does, not whether it answers."""
        return "stopped" if self.pid is None else "paused" if self._paused else "running"

    @property
    def endpoint(self) -> str:
        """``address:port`` between nodes, as logs and gossip name the node."""
        return f"{self.address}:{self._config.ports.storage}"

    @property
    def contact_point(self) -> str:
        """``address:port`` for clients."""
        return f"{self.address}:{self.port}"

    # --- from stopped to running and back -------------------------------------------------------------------

    async def start(self) -> None:
        """Start the server on the data that it has, and wait until it answers. Does nothing if it runs.

        One that ends because the others were slow to answer it is started again, some times. Raises
        `NodeStartFailed`, with the end of the log, if it ends or does not answer in time.
        """
        for attempts_left in reversed(range(START_ATTEMPTS)):
            if self.pid is not None:
                return
            self._launch()
            try:
                await self.wait_until_ready()
            except NodeStartFailed as failure:
                if not attempts_left or not any(map(self.log.says, UNHEARD)):
                    raise
                if failure.log_path is not None:
                    failure.log_path.unlink(missing_ok=True)
            else:
                return

    async def wait_until_ready(self) -> None:
        """Wait until the node answers OPTIONS with SUPPORTED, up to the cluster's `start_timeout`."""
        timeout = self._runtime.start_timeout
        deadline = time.monotonic() + timeout
        if not await until(self._answers_or_ended, timeout):
            self._give_up(f"did not answer within {timeout:g} s", None)
        process = self._process
        if process is not None and process.poll() is not None:
            self._give_up(f"ended with {process.returncode} before it answered", process.returncode)
        if self._config.authentication and not await until(self._logs_in, deadline - time.monotonic()):
            self._give_up("did not let the default user in", None)

    async def complete_peers(self) -> int:
        """How many other nodes this one can describe wholly to a driver (rows of system.peers_v2)."""
        return await self._probe.complete_peers(*self._runtime.credentials)

    async def stop(self, timeout: float = GRACEFUL_STOP) -> None:
        """Stop the server as an administrator would: clients are notified, data is flushed. Killed after `timeout`
        seconds. Does nothing if it does not run."""
        process = self._process
        if process is None or process.poll() is not None:
            return
        self.resume()
        process.terminate()
        if not await wait_for_exit(process, timeout):
            self.kill_now()

    async def restart(self) -> None:
        """`stop()`, then `start()`, on the same data, addresses and ports."""
        await self.stop()
        await self.start()

    async def kill(self) -> None:
        """kill -9: clients see their connections end, or nothing at all."""
        self.kill_now()

    def kill_now(self) -> None:
        """`kill()` for those who cannot wait: exit handlers, signal handlers."""
        if self._process is not None:
            kill_group(self._process)
        self._paused = False

    def pause(self) -> None:
        """SIGSTOP: connections stay open, nothing is answered. Raises `LauncherError` if it does not run."""
        self._signal(signal.SIGSTOP)
        self._paused = True

    def resume(self) -> None:
        """SIGCONT after `pause()`; does nothing if the node is not paused."""
        if self._paused:
            self._signal(signal.SIGCONT)
            self._paused = False

    async def execute(self, statement: str, timeout: float = 30.0) -> None:
        """Run one CQL statement, without any driver: a keyspace for a test, a role. Answers are not given back.

        Raises `LauncherError` with the server's words if it refuses.
        """
        probe = dataclasses.replace(self._probe, timeout=timeout)
        await probe.execute(statement, *self._runtime.credentials)

    async def nodetool(self, *arguments: str, timeout: float = 120.0) -> str:
        """Run a nodetool command on this node, such as ``await node.nodetool("drain")``. Opens JMX, see `open_jmx`."""
        await self.open_jmx(timeout)
        runtime = self._runtime
        return await nodetool(runtime.java, runtime.jars, self._config.ports, self.jmx, arguments, timeout)

    async def open_jmx(self, timeout: float = 30.0) -> None:
        """Open the JMX port unless it is open, for the generated password in `jmx.password_file`.

        Raises `LauncherError` if the node does not run, `ClusterTimeout` if it does not react in time.
        """
        pid = self.pid
        # A JVM that has just been started may not handle the signal that opens the port.
        if pid is None or not self.log.says("Node configuration"):
            raise LauncherError(f"{self.name} does not run", hint="start it first")
        try:
            await self.jmx.open(pid, timeout)
        except TimeoutError:
            raise ClusterTimeout(f"{self.name} did not open its JMX port within {timeout:g} s") from None

    # --- inside ---------------------------------------------------------------------------------------------

    def _signal(self, number: signal.Signals) -> None:
        if self.pid is None:
            raise LauncherError(f"{self.name} does not run", hint="start it first")
        os.kill(self.pid, number)

    def _launch(self) -> None:
        (self.folder / "tmp").mkdir(parents=True, exist_ok=True)
        write_config(self.folder, self._config)
        self.log.begin_run()
        supervisor = [sys.executable, "-I", "-S", str(Path(__file__).with_name("supervisor.py"))]
        orphaned = self._runtime.remove_if_orphaned
        guarded = [*supervisor, str(os.getpid()), str(orphaned or ""), *self._command()]
        with self.log_path.open("ab") as log:
            self._process = subprocess.Popen(
                guarded,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                start_new_session=True,
            )
        self._paused = False

    def _command(self) -> list[str]:
        runtime = self._runtime
        agent = next(runtime.jars.glob("jamm-*.jar"))
        command = [str(runtime.java.path), *base_flags(), *memory_flags(runtime.heap, runtime.jvm_options)]
        command += [f"-javaagent:{agent}", *module_flags(), *self._properties(), *runtime.jvm_options]
        jars = ":".join(map(str, class_path(runtime.jars)))
        return [*command, "-cp", jars, "org.apache.cassandra.service.CassandraDaemon"]

    def _properties(self) -> list[str]:
        conf = self.folder / "conf"
        properties = {
            "cassandra.config": f"file://{conf}/cassandra.yaml",
            "cassandra-rackdc.properties": f"file://{conf}/cassandra-rackdc.properties",
            "logback.configurationFile": f"{conf}/logback.xml",
            "cassandra.storagedir": self.folder,
            "cassandra.logdir": self.folder,
            "java.io.tmpdir": self.folder / "tmp",
            "jna.tmpdir": self.folder / "tmp",
            "cassandra-foreground": "yes",
            # Waits that protect large clusters on slow networks:
            # (the others of a node that joins may be busy)
            "cassandra.ring_delay_ms": 1000 if self._config.tokens else 3000,
            # Twice the ring delay by default: a node that joins would be forgotten when it is silent for a second.
            "cassandra.gossip_quarantine_delay_ms": 20000,
            "cassandra.skip_wait_for_gossip_to_settle": 0,
            "cassandra.consistent.rangemovement": "false",
            "cassandra.superuser_setup_delay_ms": 100,
            "cassandra.shutdown_announce_in_ms": 200,
            # Measuring this at each start takes a second; it is the value that the measurement gives.
            "cassandra.memtable.row_overhead_size": 180,
            # A killed process loses nothing by it, only a machine that goes down does.
            "cassandra.skip_sync": "true",
            # A node killed within a change of the schema may find a table without its columns: it asks the others.
            "cassandra.ignore_corrupted_schema_tables": "true",
            # The roles must be readable while any one node is down.
            "cassandra.system_auth.default_rf": self._runtime.replication,
            "java.rmi.server.hostname": self._config.ports.address,
        }
        return [f"-D{name}={value}" for name, value in properties.items()]

    async def _answers_or_ended(self) -> bool:
        return self.pid is None or await self._probe.answers()

    async def _logs_in(self) -> bool:
        return await self._probe.logs_in(*self._runtime.credentials)

    def _give_up(self, what: str, returncode: int | None) -> None:
        """Kill the node, keep its log outside of the folder that goes away, and raise."""
        self.kill_now()
        tail = self.log.tail()
        descriptor, kept = tempfile.mkstemp(prefix=f"aiocql-{self.name}-", suffix=".log")
        os.close(descriptor)
        shutil.copyfile(self.log_path, kept)
        raise NodeStartFailed(
            f"{self.name} ({self.address}:{self.port}) {what}",
            log_tail=tail,
            log_path=Path(kept),
            returncode=returncode,
            hint=_hint(tail),
        )


def _hint(tail: str) -> str | None:
    for sign, hint in (
        ("Address already in use", "another server listens there: let the cluster choose its own addresses"),
        ("OutOfMemoryError", "give the cluster a larger heap (heap='1G')"),
        ("Cannot allocate memory", "this machine has too little free memory for another node"),
        ("insufficient memory", "this machine has too little free memory for another node"),
        ("No space left on device", "give the cluster a folder on a disk with more room (folder=...)"),
        ("Please remove properties", "settings= has a name that this version of Cassandra does not know"),
    ):
        if sign in tail:
            return hint
    return None
