"""The cluster as one session sees it: its hosts, what is known of them, and a pool for each that is used.

`connect` asks the contact points for the cluster, over the control connection; contact points are used for nothing
else. Whatever changes afterwards (events, refreshes, hosts that go and come) ends in a new snapshot.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Protocol

from aiocql.cluster.contact_points import resolve_contact_points
from aiocql.cluster.local_datacenter import choose_local_datacenter
from aiocql.cluster.query import query_rows
from aiocql.cluster.schema_agreement import schema_versions, wait_for_agreement
from aiocql.connection.open import open_connection, use_keyspace
from aiocql.errors import (
    Attempt,
    ConnectFailed,
    Error,
    InterfaceError,
    InvalidRequest,
    NoHostAvailable,
    ServerError,
)
from aiocql.metadata.host import Host
from aiocql.metadata.host_states import HostDistance, HostState
from aiocql.metadata.replication import parse_replication
from aiocql.metadata.snapshot import ClusterSnapshot
from aiocql.metadata.tokens import TokenMap, map_steps, ring_steps
from aiocql.metadata.topology import (
    LOCAL_QUERY,
    PEERS_QUERY,
    PEERS_V2_QUERY,
    HostRecord,
    RefusedRow,
    Topology,
    read_topology,
)
from aiocql.pool.pool import HostPool
from aiocql.pool.queue import QueueBudget

if TYPE_CHECKING:
    from aiocql.connection.connection import Connection
    from aiocql.connection.settings import ConnectionSettings
    from aiocql.policies.load_balancing import LoadBalancingPolicy
    from aiocql.policies.reconnection import ReconnectionPolicy
    from aiocql.wire.core import Core
    from aiocql.wire.request import Request
    from aiocql.wire.responses import SchemaChange

__all__ = ["Cluster", "Sender"]


class Sender(Protocol):
    """Who sends requests: the session. It is told of what concerns them."""

    def snapshot_changed(self, snapshot: ClusterSnapshot) -> None:
        """Routing goes by another snapshot from now on."""

    def send_waiting(self, request: Request, core: Core) -> None:
        """A waiting request's turn has come."""

    def resend_elsewhere(self, request: Request, error: Error) -> None:
        """The host that a request waited for is gone."""


class Cluster:
    """Hosts, pools and the control connection of one session."""

    def __init__(
        self,
        settings: ConnectionSettings,
        policy: LoadBalancingPolicy,
        reconnection: ReconnectionPolicy,
        sender: Sender,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self.settings = settings
        self.policy = policy
        self.keyspace = settings.options.keyspace
        self.protocol_version: int | None = settings.options.protocol_version
        self.snapshot = ClusterSnapshot()
        self.pools: dict[Host, HostPool] = {}
        self.control: Connection | None = None
        self.budget = QueueBudget(settings.options.pool.max_queue)
        self._reconnection = reconnection
        self._sender = sender
        self._loop = loop
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def hosts(self) -> tuple[Host, ...]:
        """All hosts of the cluster, whether they are used or not."""
        return self.snapshot.hosts

    # --- connecting -------------------------------------------------------------------------------------------

    async def connect(self) -> None:
        """Finds the cluster and opens a pool to each host that the policy uses.

        Raises NoHostAvailable with what happened at each contact point; nothing is left behind then.
        """
        try:
            await self._find()
            await self._open_pools()
        except BaseException:
            await self.close()
            raise

    async def _find(self) -> None:
        attempts: list[Attempt] = []
        async for host in resolve_contact_points(self.settings.options.contact_points, attempts):
            try:
                self.control = await open_connection(host, self.settings, version=self.protocol_version)
                self.protocol_version = self.control.core.version
                await self._read_topology(host)
                return
            except Error as error:
                attempts.append(Attempt(host, error))
                await self._drop_control()
                if isinstance(error, ServerError):
                    continue
        raise _no_contact_point(attempts)

    async def _drop_control(self) -> None:
        control, self.control = self.control, None
        if control is not None:
            control.close()
            await control.wait_lost()

    async def _read_topology(self, contact: Host) -> None:
        """Reads who is in the cluster, and which keyspaces are replicated how."""
        assert self.control is not None
        timeout = self.settings.options.connect_timeout
        local = await query_rows(self.control, LOCAL_QUERY, timeout)
        try:
            peers = await query_rows(self.control, PEERS_V2_QUERY, timeout)
        except InvalidRequest:
            peers = await query_rows(self.control, PEERS_QUERY, timeout)
        if not local:
            raise ConnectFailed("system.local is empty: the node is not ready", host=contact)
        try:
            topology = read_topology(
                local[0], peers, (contact.address, contact.port), default_port=self.settings.options.port
            )
        except RefusedRow as reason:
            raise ConnectFailed(f"the host does not know itself: {reason}", host=contact) from reason
        keyspaces = await query_rows(self.control, "SELECT * FROM system_schema.keyspaces", timeout)
        self._take(topology, keyspaces)

    def _take(self, topology: Topology, keyspaces: list[dict[str, Any]]) -> None:
        known = self.snapshot.hosts_by_id
        hosts: list[Host] = []
        for record in topology.records:
            host = known.get(record.host_id) or Host(record.address, record.port)
            _describe(host, record)
            hosts.append(host)
        ring = _run(ring_steps((host, r.tokens) for host, r in zip(hosts, topology.records, strict=True)))
        replications = {row["keyspace_name"]: parse_replication(row["replication"]) for row in keyspaces}
        local_datacenter = choose_local_datacenter(
            self.settings.options.local_datacenter,
            [record.datacenter for record in topology.records if record.is_local],
            [record.datacenter for record in topology.records],
        )
        snapshot = ClusterSnapshot(
            hosts,
            cluster_name=topology.cluster_name,
            partitioner=topology.partitioner,
            token_map=_run(map_steps(ring, replications)) if replications else TokenMap(ring),
            schema_version=topology.schema_version,
            local_datacenter=local_datacenter,
        )
        for host in hosts:
            host.distance = HostDistance(self.policy.distance(snapshot, host))
        self.snapshot = snapshot
        self._sender.snapshot_changed(snapshot)

    # --- pools ------------------------------------------------------------------------------------------------

    async def _open_pools(self) -> None:
        """Opens the pools side by side; one host that answers is enough."""
        pools = [self._make_pool(host) for host in self.hosts if host.distance is not HostDistance.IGNORED]
        outcomes = await asyncio.gather(*(pool.open() for pool in pools), return_exceptions=True)
        if any(outcome is None for outcome in outcomes):
            return
        attempts = []
        for pool, outcome in zip(pools, outcomes, strict=True):
            if not isinstance(outcome, Exception):
                assert outcome is not None
                raise outcome
            attempts.append(Attempt(pool.host, outcome))
        raise NoHostAvailable(
            "the contact point answered, but no host of the cluster that is to be used does",
            attempts,
            hint="are the addresses that the nodes announce (broadcast_rpc_address) reachable from here?",
        )

    def _make_pool(self, host: Host) -> HostPool:
        options = self.settings.options.pool
        local = host.distance is HostDistance.LOCAL
        pool = HostPool(
            host,
            options,
            core=options.core_local if local else options.core_remote,
            maximum=options.max_local if local else options.max_remote,
            opener=lambda: self._open_for_pool(host),
            reconnection=self._reconnection,
            budget=self.budget,
            listener=self,
            loop=self._loop,
        )
        host.pool = pool
        self.pools[host] = pool
        return pool

    async def _open_for_pool(self, host: Host) -> Connection:
        return await open_connection(
            host, self.settings, version=self.protocol_version, keyspace=self.keyspace
        )

    # --- what pools report ------------------------------------------------------------------------------------

    def pool_opened(self, pool: HostPool) -> None:
        """The host answers: it is up."""
        pool.host.state = HostState.UP

    def pool_lost(self, pool: HostPool, error: Error) -> None:
        """The host's last connection is gone: it is down until one stands again."""
        pool.host.state = HostState.DOWN

    def pool_failed(self, pool: HostPool, error: Error) -> None:
        """A connection could not be opened."""
        if not pool.connections:
            pool.host.state = HostState.DOWN

    def pool_signal(self, pool: HostPool, signal: str, active: bool) -> None:
        """A limit was met, or is no longer."""

    def send_waiting(self, request: Request, core: Core) -> None:
        """A waiting request's turn has come."""
        self._sender.send_waiting(request, core)

    def resend_elsewhere(self, request: Request, error: Error) -> None:
        """The host that a request waited for is gone."""
        self._sender.resend_elsewhere(request, error)

    # --- what the session asks for ----------------------------------------------------------------------------

    def find_host(self, wanted: Any) -> Host:
        """The host that is meant: a `Host`, an address, `(address, port)`, an endpoint or a host id."""
        if isinstance(wanted, Host):
            if wanted in self.pools:
                return wanted
        elif isinstance(wanted, str | tuple):
            names = {f"{wanted[0]}:{wanted[1]}"} if isinstance(wanted, tuple) else {wanted}
            found = [host for host in self.hosts if host.endpoint in names or host.address in names]
            if len(found) == 1:
                return found[0]
        else:
            by_id = self.snapshot.hosts_by_id.get(wanted)
            if by_id is not None:
                return by_id
        known = ", ".join(host.endpoint for host in self.hosts)
        raise InterfaceError(f"host={wanted!r} is not one host of the cluster", hint=f"it has {known}")

    async def set_keyspace(self, keyspace: str) -> None:
        """Sets the keyspace on every connection; raises what the first server that refuses says."""
        timeout = self.settings.options.connect_timeout
        connections = [each for pool in self.pools.values() for each in pool.connections]
        for connection in connections[:1]:
            await use_keyspace(connection, keyspace, timeout)
        self.keyspace = keyspace
        await asyncio.gather(*(self._use(connection, keyspace, timeout) for connection in connections[1:]))

    async def _use(self, connection: Connection, keyspace: str, timeout: float) -> None:
        """A connection that cannot follow is replaced: it would answer for another keyspace."""
        try:
            await use_keyspace(connection, keyspace, timeout)
        except Error as error:
            connection.abort(error)

    def keyspace_changed(self, keyspace: str) -> None:
        """A statement was a USE: every connection follows."""
        task = self._loop.create_task(self.set_keyspace(keyspace))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def schema_changed(self, change: SchemaChange, done: Any) -> None:
        """A statement changed the schema: `done` is called when the hosts agree on it."""
        task = self._loop.create_task(self._settle_schema(done))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _settle_schema(self, done: Any) -> None:
        try:
            if self.control is not None and self.control.is_open:
                await self._agree()
        except Error:
            pass
        finally:
            done()

    async def _agree(self) -> None:
        assert self.control is not None
        timeout = self.settings.options.connect_timeout
        control = self.control

        async def read() -> Any:
            local = await query_rows(control, LOCAL_QUERY, timeout)
            peers = await query_rows(control, PEERS_QUERY, timeout)
            return schema_versions(local[0], peers)

        await wait_for_agreement(read, timeout=10.0, now=self._loop.time, sleep=asyncio.sleep)
        keyspaces = await query_rows(control, "SELECT * FROM system_schema.keyspaces", timeout)
        replications = {row["keyspace_name"]: parse_replication(row["replication"]) for row in keyspaces}
        token_map = _run(map_steps(self.snapshot.token_map.ring, replications, self.snapshot.token_map))
        self.snapshot = self.snapshot.replace(token_map=token_map)
        self._sender.snapshot_changed(self.snapshot)

    # --- the end ----------------------------------------------------------------------------------------------

    async def close(self) -> None:
        """Closes everything; what is still in flight gets ConnectionLost."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        connections = [each for pool in self.pools.values() for each in pool.close()]
        if self.control is not None:
            self.control.close()
            connections.append(self.control)
        await asyncio.gather(*(pool.wait_closed() for pool in self.pools.values()))
        await asyncio.gather(*(connection.wait_lost() for connection in connections))
        self.control = None


def _describe(host: Host, record: HostRecord) -> None:
    host.update(
        record.address,
        record.port,
        host_id=record.host_id,
        datacenter=record.datacenter,
        rack=record.rack,
        release_version=record.release_version,
        broadcast_address=record.broadcast_address,
        listen_address=record.listen_address,
        schema_version=record.schema_version,
    )


def _run(steps: Any) -> Any:
    """The value that a generator of steps ends with."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def _no_contact_point(attempts: list[Attempt]) -> NoHostAvailable:
    hint = next((a.error.hint for a in attempts if isinstance(a.error, Error) and a.error.hint), None)
    return NoHostAvailable("no contact point could be reached", attempts, hint=hint)
