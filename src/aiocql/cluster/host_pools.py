"""The pools of all hosts: made, resized and closed as distances and hosts change; what they report becomes states."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from aiocql.cluster.events import EventKind
from aiocql.cluster.keyspace_restorer import KeyspaceRestorer
from aiocql.cluster.node_state_rules import state_by_connections
from aiocql.connection.opening import open_connection, use_keyspace
from aiocql.errors import (
    Attempt,
    AuthenticationFailed,
    ConfigurationError,
    Error,
    NoHostAvailable,
    RequestValidationError,
    ServerError,
    UnsupportedProtocolVersion,
)
from aiocql.nodes.states import HostDistance, HostState
from aiocql.pool.pool import HostPool
from aiocql.pool.queue import QueueBudget

if TYPE_CHECKING:
    from aiocql.cluster.events import EventHub
    from aiocql.cluster.node_states import NodeStates
    from aiocql.connection.connection import Connection, ConnectionListener
    from aiocql.connection.settings import ConnectionSettings
    from aiocql.nodes.host import Host
    from aiocql.policies.reconnection import ReconnectionPolicy
    from aiocql.protocol.request import Request

__all__ = ["HostPools"]

MAX_ATTEMPTS = 128
"""Connections of one session that are opened at once: each attempt takes a socket and buffers, even one that fails."""

WAKE_INTERVAL = 1.0
"""Seconds between two times that signs of life wake the pools of all hosts that are down."""


SIGNALS = {
    "high_in_flight": EventKind.HIGH_IN_FLIGHT,
    "queue_full": EventKind.QUEUE_FULL,
    "read_buffer_full": EventKind.READ_BUFFER_FULL,
}
"""The event of each limit that a pool or the queue reports."""


class HostPools:
    """One pool for each host that is used.

    Reports of pools become the `states` of hosts and `events`. `watch_queued` sets the deadline of a request that
    begins to wait.
    """

    def __init__(
        self,
        settings: ConnectionSettings,
        reconnection: ReconnectionPolicy,
        loop: asyncio.AbstractEventLoop,
        *,
        states: NodeStates,
        events: EventHub,
        watch_queued: Callable[[Request], None] | None = None,
    ) -> None:
        self.pools: dict[Host, HostPool] = {}
        self._attempts = asyncio.Semaphore(MAX_ATTEMPTS)
        self.options = settings.options.pool
        self.budget = QueueBudget(
            self.options.max_queue,
            lambda host, active: self._signal(host, "queue_full", active),
            watch_queued,
        )
        self.keyspace = settings.options.keyspace
        self.protocol_version: int | None = None
        self.refusals: list[UnsupportedProtocolVersion] = []
        """What hosts said to the protocol version when all pools were opened last."""
        self._settings = settings
        self._reconnection = reconnection
        self._loop = loop
        self._states = states
        self._events = events
        self._retired: set[Connection] = set()
        self._retiring: set[asyncio.Task[None]] = set()
        self._were_open = False
        self._woken = float("-inf")
        self._restorer = KeyspaceRestorer(loop, self._lacking_keyspace, self._use_current)

    # --- which hosts have one ---------------------------------------------------------------------------------

    def apply_distances(self, hosts: Iterable[Host]) -> list[HostPool]:
        """Makes pools for hosts that are used, closes those of hosts that are not; gives the new ones."""
        wanted = {host: host.distance for host in hosts if host.distance is not HostDistance.IGNORED}
        for host in [host for host in self.pools if host not in wanted]:
            self.remove(host)
        made = []
        for host, distance in wanted.items():
            pool = self.pools.get(host)
            if pool is None:
                made.append(self._make(host, distance))
            elif (pool.core_size, pool.max_size) != self._sizes(distance):
                pool.resize(*self._sizes(distance))
        return made

    def _sizes(self, distance: HostDistance) -> tuple[int, int]:
        options = self.options
        if distance is HostDistance.LOCAL:
            return options.core_local, options.max_local
        return options.core_remote, options.max_remote

    def resize(self, distance: HostDistance, *, core: int | None = None, maximum: int | None = None) -> None:
        """Other bounds for the pools of all hosts of a distance, now and later. Raises ConfigurationError."""
        if distance not in (HostDistance.LOCAL, HostDistance.REMOTE):
            raise ConfigurationError(
                f"no pool has the distance {distance!r}", hint="HostDistance.LOCAL or HostDistance.REMOTE"
            )
        near = "local" if distance == HostDistance.LOCAL else "remote"
        wanted = {f"core_{near}": core, f"max_{near}": maximum}
        self.options = self.options.replace(**{name: n for name, n in wanted.items() if n is not None})
        for host, pool in self.pools.items():
            if host.distance == distance:
                pool.resize(*self._sizes(host.distance))

    def _make(self, host: Host, distance: HostDistance) -> HostPool:
        core, maximum = self._sizes(distance)
        pool = HostPool(
            host,
            self.options,
            core=core,
            maximum=maximum,
            opener=lambda listener: self._open(host, listener),
            reconnection=self._reconnection,
            budget=self.budget,
            listener=self,
            loop=self._loop,
        )
        # Assigned late: the host exists before its pool and outlives it. Only this class assigns `pool`.
        host.pool = pool
        self.pools[host] = pool
        return pool

    async def _open(self, host: Host, listener: ConnectionListener) -> Connection:
        async with self._attempts:
            return await self._open_now(host, listener)

    async def _open_now(self, host: Host, listener: ConnectionListener) -> Connection:
        keyspace = None if self._were_open else self.keyspace
        connection = await open_connection(
            host, self._settings, listener, version=self.protocol_version, keyspace=keyspace
        )
        try:
            # The keyspace may be changed while this connection is being opened.
            while self.keyspace is not None and connection.keyspace != self.keyspace:
                await self._use_current(connection)
        except RequestValidationError:
            if not self._were_open:
                connection.discard()
                raise
            # It was dropped since: qualified statements need none.
            self._restorer.watch()
        except BaseException:
            connection.discard()
            raise
        return connection

    async def _use_current(self, connection: Connection) -> None:
        assert self.keyspace is not None
        await use_keyspace(connection, self.keyspace, self._settings.options.connect_timeout)

    def _lacking_keyspace(self) -> list[Connection]:
        if self.keyspace is None:
            return []
        return [each for each in self._connections() if each.keyspace != self.keyspace]

    def restore_keyspace(self) -> asyncio.Task[None] | None:
        """Ask connections that lack the keyspace again; return the task that does, None where there are none."""
        return self._restorer.start()

    def remove(self, host: Host) -> None:
        """Closes a host's pool: what is in flight is let finish, what waits goes elsewhere."""
        pool = self.pools.pop(host, None)
        if pool is None:
            return
        host.pool = None
        retired = pool.retire()
        self._retired.update(retired)
        task = self._loop.create_task(self._forget(pool, retired), name=f"aiocql retire {host.endpoint}")
        self._retiring.add(task)
        task.add_done_callback(self._retiring.discard)

    async def _forget(self, pool: HostPool, retired: list[Connection]) -> None:
        await pool.wait_closed()
        for connection in retired:
            await asyncio.shield(connection.lost)
            self._retired.discard(connection)

    def replace(self, host: Host) -> None:
        """Another pool for a host whose address has changed."""
        if host in self.pools:
            self.remove(host)
            self._make(host, host.distance).adjust()

    async def reopen_all(self, version: int) -> None:
        """Opens all pools anew, in another protocol version. Raises as `open_all` does."""
        hosts = list(self.pools)
        for host in hosts:
            self.remove(host)
        self.apply_distances(hosts)
        await self.open_all(version)

    async def open_all(self, version: int) -> None:
        """Open all pools side by side, in a protocol version; one host that answers is enough.

        Raises NoHostAvailable with what happened at each.
        """
        self.protocol_version = version
        pools = tuple(self.pools.values())
        outcomes = await asyncio.gather(*(pool.open() for pool in pools), return_exceptions=True)
        self.refusals = [each for each in outcomes if isinstance(each, UnsupportedProtocolVersion)]
        if any(outcome is None for outcome in outcomes):
            self._were_open = True
            return
        attempts = []
        for pool, outcome in zip(pools, outcomes, strict=True):
            assert outcome is not None
            if not isinstance(outcome, Error):
                raise outcome
            attempts.append(Attempt(pool.host, outcome))
        first = attempts[0].error
        if isinstance(first, RequestValidationError | AuthenticationFailed):
            # Not the hosts are the matter but what was asked of them: the keyspace, the credentials.
            first.attempts = tuple(attempts)
            raise first
        raise NoHostAvailable(
            "the contact point answered, but no host of the cluster that is to be used does",
            attempts,
            hint="are the addresses that the nodes announce (broadcast_rpc_address) reachable from here?",
        )

    @property
    def pending(self) -> int:
        """Requests whose answers somebody waits for, on every connection that is open, drains, or was retired."""
        return sum(connection.core.pending for connection in self.every_connection())

    def every_connection(self) -> list[Connection]:
        """Return the connections that are open, drain, or were retired."""
        connections: list[Connection] = [*self._retired]
        for pool in self.pools.values():
            connections += [*pool.connections, *pool.draining]
        return connections

    # --- what is done to all ----------------------------------------------------------------------------------

    def reconnect_now(self, host: Host) -> None:
        """The host is said to be up: no waiting for the schedule."""
        pool = self.pools.get(host)
        if pool is not None:
            pool.reconnect_now()

    def wake(self, alive: Host | None) -> None:
        """Try hosts that are down at once, because a connection to `alive` or a report shows that it lives.

        The pool of `alive` never waits. The others wait for one second after the last time: when many hosts return
        together, each host that is still down is tried once, not once for every host that returned.
        """
        if alive is not None:
            self.reconnect_now(alive)
        now = self._loop.time()
        if now < self._woken + WAKE_INTERVAL:
            return
        self._woken = now
        for host, pool in self.pools.items():
            if host is not alive:
                pool.reconnect_now()

    def probe(self, host: Host) -> None:
        """The host is said to be down: its open connections are asked whether they live."""
        pool = self.pools.get(host)
        for connection in pool.connections if pool is not None else ():
            if connection.heartbeat is not None:
                connection.heartbeat.beat()

    async def set_keyspace(self, keyspace: str, first: Connection | None = None) -> None:
        """Sets the keyspace on every connection, `first` before all others; raises what the first server says.

        Not to be cancelled, nor called while another call is under way: connections would be left where nobody knows.
        """
        async with self._restorer.lock:
            await self._set_keyspace(keyspace, first)

    async def _set_keyspace(self, keyspace: str, first: Connection | None) -> None:
        timeout = self._settings.options.connect_timeout
        connections = self._connections()
        if first is not None or connections:
            await self._try(first or connections[0], keyspace, timeout)
        self.keyspace = keyspace
        # Those too that were opened while the first one was asked.
        while others := [each for each in self._connections() if each.keyspace != keyspace]:
            await asyncio.gather(*(self._use(connection, keyspace, timeout) for connection in others))

    def _connections(self) -> list[Connection]:
        return [each for pool in self.pools.values() for each in pool.connections]

    @staticmethod
    async def _try(connection: Connection, keyspace: str, timeout: float) -> None:
        """Raises what the server says. Where it says nothing, it may follow yet: the connection ends."""
        try:
            await use_keyspace(connection, keyspace, timeout)
        except ServerError:
            raise
        except Error as error:
            connection.abort(error)
            raise

    async def _use(self, connection: Connection, keyspace: str, timeout: float) -> None:
        """A connection that cannot follow is replaced: it would answer for another keyspace."""
        try:
            await use_keyspace(connection, keyspace, timeout)
        except Error as error:
            connection.abort(error)

    # --- what pools report ------------------------------------------------------------------------------------

    def pool_opened(self, pool: HostPool) -> None:
        """The first connection of an outage, or of the pool's life, stands: the host is up."""
        self._states.set(pool.host, HostState.UP)

    def pool_lost(self, pool: HostPool, error: Error) -> None:
        """The host's last connection is gone: it is down until one stands again."""
        self._states.set(pool.host, state_by_connections(pool.host.state, 0, True), error)

    def pool_failed(self, pool: HostPool, error: Error) -> None:
        """A connection could not be opened."""
        self._events.publish(EventKind.CONNECT_FAILED, pool.host, error=error)
        if not pool.connections:
            self._states.set(pool.host, HostState.DOWN, error)

    def pool_signal(self, pool: HostPool, signal: str, active: bool) -> None:
        """A limit was met, or is no longer."""
        self._signal(pool.host, signal, active)

    def _signal(self, host: Host, signal: str, active: bool) -> None:
        if active:
            setattr(host.load, signal, getattr(host.load, signal) + 1)
        self._events.publish(SIGNALS[signal], host, active=active)

    # --- the end ----------------------------------------------------------------------------------------------

    async def close(self) -> None:
        """Closes all; what is still in flight gets ConnectionLost."""
        await self._restorer.close()
        pools, self.pools = self.pools, {}
        closing = [_wait_closed(pool, pool.close()) for pool in pools.values()]
        for connection in self._retired:
            connection.close()
            closing.append(connection.wait_lost())
        await asyncio.gather(*closing, *self._retiring, return_exceptions=True)


async def _wait_closed(pool: HostPool, connections: list[Connection]) -> None:
    await pool.wait_closed()
    await asyncio.gather(*(connection.wait_lost() for connection in connections), return_exceptions=True)
