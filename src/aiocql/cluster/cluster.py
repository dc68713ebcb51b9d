"""The cluster as one session sees it: its hosts, what is known of them, and a pool for each that is used.

`connect` asks the contact points for the cluster, over the control connection; contact points are used for nothing
else. Whatever changes afterwards (events, refreshes, hosts that go and come) ends in a new snapshot.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from aiocql.cluster.address_translation import as_translator
from aiocql.cluster.control_connection import ControlConnection
from aiocql.cluster.events import EventHub, EventKind
from aiocql.cluster.host_filter import as_host_filter
from aiocql.cluster.host_lookup import Name, find_host, listed
from aiocql.cluster.host_pools import HostPools
from aiocql.cluster.metadata_manager import MetadataManager
from aiocql.cluster.node_state_rules import HostAction, when_reported_down, when_reported_up
from aiocql.cluster.node_states import NodeStates
from aiocql.cluster.planned_hosts import planned_hosts
from aiocql.cluster.protocol_version import newest_common
from aiocql.cluster.refresher import Refresher
from aiocql.cluster.schema_agreement import wait_for_agreement
from aiocql.cluster.schema_refresh import ALL, WantedSchema, read_schema, wanted_schema
from aiocql.cluster.slow_hosts import SlowHosts
from aiocql.cluster.system_tables import SystemTables
from aiocql.errors import ConfigurationError, ConnectFailed, ConnectionException, Error
from aiocql.logs import get_logger
from aiocql.metadata.schema_change import EVERYTHING, NamedChange
from aiocql.nodes.states import HostState

if TYPE_CHECKING:
    from uuid import UUID

    from aiocql.cluster.debounce import Changes
    from aiocql.connection.connection import Connection
    from aiocql.connection.settings import ConnectionSettings
    from aiocql.metadata.schema_change import Change
    from aiocql.metadata.snapshot import ClusterSnapshot, CurrentSnapshot
    from aiocql.nodes.host import Host
    from aiocql.nodes.states import HostDistance
    from aiocql.policies.load_balancing import LoadBalancingPolicy
    from aiocql.policies.reconnection import ReconnectionPolicy
    from aiocql.pool.pool import HostPool
    from aiocql.pool.queue import QueueBudget
    from aiocql.protocol.request import Request
    from aiocql.protocol.responses import Event, SchemaChange

__all__ = ["Cluster"]

T = TypeVar("T")

_log = get_logger("aiocql.cluster")


class Cluster:
    """Hosts, pools and the control connection of one session."""

    def __init__(
        self,
        settings: ConnectionSettings,
        policies: Iterable[LoadBalancingPolicy],
        reconnection: ReconnectionPolicy,
        loop: asyncio.AbstractEventLoop,
        *,
        watch_queued: Callable[[Request], None] | None = None,
    ) -> None:
        options = settings.options
        self.settings = settings
        self.events = EventHub(loop.time)
        self._states = NodeStates(self.events)
        self.control = ControlConnection(self, settings, reconnection, loop)
        self._pools = HostPools(
            settings,
            reconnection,
            loop,
            states=self._states,
            events=self.events,
            watch_queued=watch_queued,
        )
        self._metadata = MetadataManager(
            loop,
            list(policies),
            contact_points=[(point.host, point.port) for point in options.contact_points],
            local_datacenter=options.local_datacenter,
            translator=as_translator(options.address_translator),
            host_filter=as_host_filter(options.host_filter),
            with_schema=options.schema_metadata,
        )
        self._refresher = Refresher(loop, self._refresh, interval=options.topology_refresh_interval)
        self._agreement_timeout = options.schema_agreement_timeout
        self._loop = loop
        self._schema_listeners: list[Callable[[Change], None]] = []
        self._slow_hosts: SlowHosts | None = None
        self._tables: SystemTables | None = None
        self._schema_version: UUID | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._connected = False
        self._closed = False
        self._closing: asyncio.Task[None] | None = None
        self._states.listen(self._host_state_changed)

    # --- what is known ----------------------------------------------------------------------------------------

    @property
    def current(self) -> CurrentSnapshot:
        """Where the newest snapshot is found."""
        return self._metadata.current

    @property
    def snapshot(self) -> ClusterSnapshot:
        """All that is known now: frozen, replaced whole when something changes."""
        return self._metadata.snapshot

    @property
    def hosts(self) -> tuple[Host, ...]:
        """All hosts of the cluster, whether they are used or not."""
        return self._metadata.snapshot.hosts

    @property
    def pools(self) -> dict[Host, HostPool]:
        """The pool of each host that is used."""
        return self._pools.pools

    @property
    def budget(self) -> QueueBudget:
        """The places for waiting requests, of all pools together."""
        return self._pools.budget

    @property
    def pending(self) -> int:
        """Requests whose answers are awaited, and those that wait for room, on all hosts, retired ones included."""
        return self._pools.pending + self._pools.budget.waiting

    @property
    def protocol_version(self) -> int | None:
        """The version of all connections; None before the first one."""
        return self.control.protocol_version

    def connections(self) -> list[Connection]:
        """Return every connection, the control connection among them."""
        control = self.control.connection
        return [*self._pools.every_connection(), *([control] if control is not None else [])]

    def find_host(self, wanted: Any) -> Host:
        """The host that is meant: a `Host`, an address, `(address, port)`, an endpoint, a host id, a contact point."""
        return find_host(self.hosts, wanted, self._other_names)

    def _other_names(self, host: Host) -> list[Name]:
        native = self._metadata.native_of(host)
        names = self.control.names_of(host.endpoint)
        return names if native is None else [native, *names]

    def resize_pools(
        self, distance: HostDistance, *, core: int | None = None, maximum: int | None = None
    ) -> None:
        """Other bounds for the pools of all hosts of a distance, now and later. Raises ConfigurationError."""
        self._pools.resize(distance, core=core, maximum=maximum)

    # --- connecting -------------------------------------------------------------------------------------------

    async def connect(self) -> None:
        """Finds the cluster and opens a pool to each host that the policy uses.

        Raises NoHostAvailable with what happened at each contact point, ConfigurationError for a local datacenter
        that is none of the cluster's or if no host is to be used; nothing is left behind then.
        """
        try:
            await self.control.open()
            if not self._pools.apply_distances(self.hosts):
                raise self._none_used()
            assert self.protocol_version is not None
            await self._open_pools(self.protocol_version)
        except BaseException:
            await self.close()
            raise
        self._connected = True
        self._slow_hosts = SlowHosts(self._loop, lambda: self._pools.pools)
        self._refresher.schedule_periodic()

    def _none_used(self) -> ConfigurationError:
        known = listed(f"{host.endpoint} ({host.datacenter})" for host in self.hosts)
        return ConfigurationError(
            ": ".join(["none of the cluster's hosts is to be used", *self._metadata.unknown_places()[:1]]),
            hint=f"do local_datacenter, load_balancing and host_filter let any of these pass: {known}?",
        )

    async def _open_pools(self, version: int) -> None:
        """Opens all pools, in the newest protocol version that every host speaks, unless the user has fixed it.

        The control connection stays as it is: it is one connection, and speaks as its host does.
        """
        opening = self._pools.open_all(version)
        while True:
            failure: Error | None = None
            try:
                await opening
            except Error as error:
                failure = error
            older = None
            if self.settings.options.protocol_version is None:
                older = newest_common(self.control.protocol_version, self._pools.refusals)
            if older is not None:
                _log.info("not every host speaks protocol v%s: v%s it is", self.protocol_version, older)
                self.control.protocol_version = older
                opening = self._pools.reopen_all(older)
            elif failure is not None:
                raise failure
            else:
                return

    async def close(self) -> None:
        """Closes everything; what is still in flight gets ConnectionLost.

        Cancelling it ends the waiting only: a close that was begun goes on to its end.
        """
        self._closed = True
        if self._closing is None:
            self._closing = self._loop.create_task(self._close(), name="aiocql close")
        await asyncio.shield(self._closing)

    async def _close(self) -> None:
        if self._slow_hosts is not None:
            self._slow_hosts.stop()
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        await self._refresher.close()
        await asyncio.gather(self.control.close(), self._pools.close())
        self.events.close()

    # --- the control connection -------------------------------------------------------------------------------

    def control_candidates(self) -> Iterable[Host]:
        """Hosts in the order of a query plan; then those that are ignored for their distance alone."""
        allowed = self._metadata.allowed
        planned = [host for host in planned_hosts(self._metadata.policies[0], self.snapshot) if allowed(host)]
        return [*planned, *(host for host in self.hosts if host not in planned and allowed(host))]

    async def control_opened(self, connection: Connection) -> None:
        """Reads everything over a new control connection."""
        # What is still being read over the one before comes first.
        await self._refresher.idle()
        tables = self._read_over(connection)
        await self._read_topology(tables)
        host = self._metadata.host_at(connection.host)
        if host is not None and not self._metadata.allowed(host):
            raise ConnectFailed("host_filter does not allow it", host=host)
        await self._read_schema(tables, ALL)
        self._tables = tables
        self.events.publish(EventKind.CONTROL_OPENED, self._metadata.host_at(connection.host))
        if self._connected:
            self._pools.wake(self._metadata.host_at(connection.host))

    def control_lost(self, host: Host, error: Error) -> None:
        """Nothing can be read until another host takes over."""
        self._tables = None
        _log.info("the control connection to %s is lost: %s", host.endpoint, error)
        self.events.publish(EventKind.CONTROL_LOST, self._metadata.host_at(host), error=error)

    def control_event(self, event: Event) -> None:
        """The server announced something: it is looked at when no more of it comes for a moment."""
        if event.kind == "SCHEMA_CHANGE":
            self._announce(event)
        self._refresher.event_received(event)

    # --- reading ----------------------------------------------------------------------------------------------

    async def _refresh(self, changes: Changes) -> None:
        for (address, port), is_up in changes.statuses.items():
            host = self._metadata.host_by_native(address, port)
            if host is None:
                # A node that is not known yet, or that has another address now.
                changes.topology = True
            elif is_up:
                self._reported_up(host)
            else:
                self._reported_down(host)
        if not changes.topology and not changes.schema:
            return
        tables = self._tables
        if tables is None:
            # Whatever was missed is read when the control connection is back.
            raise ConnectFailed("the control connection is being opened", hint="try again later")
        if changes.topology:
            await self._read_topology(tables)
            self._refresher.schedule_periodic(10.0 if self._metadata.refused else None)
            # Its event was lost, or is on its way.
            changes.all_keyspaces |= self.snapshot.schema_version != self._schema_version
        wanted = wanted_schema(changes)
        await self._read_schema(tables, wanted)
        for keyspace, table in wanted.changed():
            if keyspace is not None and len(self.hosts) > 1:
                # By now the other hosts have it too: what was prepared at one that did not is prepared again.
                self._announce(NamedChange(keyspace, table))
            self.events.publish(EventKind.SCHEMA_CHANGED, keyspace=keyspace, table=table)

    async def _read_topology(self, tables: SystemTables) -> None:
        merged = await self._metadata.apply_topology(await _understood(tables.topology()))
        self._warn()
        if self._connected:
            for host in merged.moved:
                self._pools.replace(host)
            for pool in self._pools.apply_distances(self.hosts):
                pool.adjust()
        for kind, hosts in (
            (EventKind.HOST_ADDED, merged.added),
            (EventKind.HOST_REMOVED, merged.removed),
            (EventKind.HOST_MOVED, merged.moved),
        ):
            for host in hosts:
                self.events.publish(kind, host)

    def _warn(self) -> None:
        for warning in self._metadata.new_warnings():
            _log.warning("%s", warning)

    def listen_schema(self, listener: Callable[[Change], None]) -> None:
        """Call `listener` with each change of the schema that a node announces, before the schema is read again."""
        self._schema_listeners.append(listener)

    def _announce(self, change: Change) -> None:
        for listener in self._schema_listeners:
            listener(change)
        if change.keyspace in (None, self.keyspace):
            self.restore_keyspace()

    async def _read_schema(self, tables: SystemTables, wanted: WantedSchema) -> None:
        # Asked first: what changes while the tables are read counts as not yet read.
        version = await _understood(tables.schema_version()) if wanted.is_all else None
        if wanted.is_all and self._schema_version not in (None, version):
            # What changed while no event could come is not known.
            self._announce(EVERYTHING)
        await _understood(read_schema(tables, self._metadata, wanted))
        if wanted.is_all:
            # Only then: a part that was read says nothing of another one whose event was lost.
            self._schema_version = version

    async def refresh_topology(self) -> None:
        """Reads the hosts again now. Raises why it could not."""
        await self._refresher.read(topology=True)

    async def refresh_schema(self, keyspace: str | None = None, table: str | None = None) -> None:
        """Reads the schema (of one table, of one keyspace, or of all) again now. Raises why it could not."""
        if keyspace is None:
            await self._refresher.read(all_keyspaces=True)
        elif table is None:
            await self._refresher.read(keyspaces=[keyspace])
        else:
            await self._refresher.read(tables=[(keyspace, table)])

    # --- hosts up and down ------------------------------------------------------------------------------------

    def _reported_up(self, host: Host) -> None:
        state, action = when_reported_up(host.state, host.distance, host.open_connections)
        self._states.set(host, state)
        if action is HostAction.RECONNECT_NOW:
            self._pools.reconnect_now(host)

    def _reported_down(self, host: Host) -> None:
        state, action = when_reported_down(host.state, host.distance, host.open_connections)
        self._states.set(host, state)
        if action is HostAction.PROBE:
            self._pools.probe(host)

    def _host_state_changed(self, host: Host) -> None:
        if not host.is_up:
            return
        self.control.retry_now()
        if self._connected:
            self._pools.wake(host)
        if self._tables is not None and self._connected:
            # It may have come back as another version, or with other tokens.
            self._refresher.request_topology_refresh()

    # --- what the session asks for ----------------------------------------------------------------------------

    @property
    def keyspace(self) -> str | None:
        """The keyspace of unqualified table names."""
        return self._pools.keyspace

    @keyspace.setter
    def keyspace(self, keyspace: str | None) -> None:
        self._pools.keyspace = keyspace

    async def set_keyspace(self, keyspace: str, first: Connection | None = None) -> None:
        """Sets the keyspace on every connection, `first` before all others; raises what the first server says."""
        await self._pools.set_keyspace(keyspace, first)

    def restore_keyspace(self) -> asyncio.Task[None] | None:
        """Ask connections that lack the keyspace again; return the task that does, None where there are none."""
        return self._pools.restore_keyspace()

    def use_policies(self, policies: Iterable[LoadBalancingPolicy]) -> None:
        """The policies of all execution profiles: a host is as near as the nearest of them says."""
        self._metadata.use_policies(policies)
        self._warn()
        for pool in self._pools.apply_distances(self.hosts):
            pool.adjust()

    def schema_changed(
        self, change: SchemaChange, done: Callable[[], object], coordinator: Connection
    ) -> None:
        """A statement changed the schema: `done` is called when the hosts agree on it and it is known here.

        The `coordinator` of the statement is asked for the versions: any other host may not have heard of the change
        yet, and then still sees all hosts agree on the schema before it.
        """
        if self._closed:
            done()
            return
        task = self._spawn(self._settle_schema(change, coordinator))
        # However it ends, even if it was cancelled before it began: the statement was executed.
        task.add_done_callback(lambda _: done())

    async def _settle_schema(self, change: SchemaChange, coordinator: Connection) -> None:
        try:
            try:
                agreed = await self._agree(self._read_over(coordinator), self._agreement_timeout)
            except ConnectionException:
                # The coordinator is gone; the others must do.
                agreed = await self.wait_for_schema_agreement()
            if not agreed:
                _log.warning("the hosts have different schemas %g s after a change", self._agreement_timeout)
            await self.refresh_schema(change.keyspace, change.name if change.target == "TABLE" else None)
        except Error as error:
            _log.warning("a change of the schema could not be followed: %s", error)

    async def wait_for_schema_agreement(self, timeout: float | None = None) -> bool:
        """Waits until all hosts that are up have the same schema; False if they have not after `timeout` seconds.

        Raises why they could not be asked.
        """
        if self._tables is None:
            raise ConnectFailed("the control connection is being opened", hint="try again later")
        return await self._agree(self._tables, self._agreement_timeout if timeout is None else timeout)

    async def _agree(self, tables: SystemTables, timeout: float) -> bool:
        async def versions() -> dict[UUID, list[UUID]]:
            hosts = self.snapshot.hosts_by_id
            return await tables.versions(lambda host_id: _is_down(hosts.get(host_id)))

        return await wait_for_agreement(versions, timeout=timeout, now=self._loop.time, sleep=asyncio.sleep)

    def _read_over(self, connection: Connection) -> SystemTables:
        return SystemTables(
            connection,
            timeout=self.settings.options.connect_timeout,
            default_port=self.settings.options.port,
        )

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


def _is_down(host: Host | None) -> bool:
    return host is not None and host.state is HostState.DOWN


async def _understood(reading: Awaitable[T]) -> T:
    """What was read. An unexpected error is one of the host that was asked: another host may do better."""
    try:
        return await reading
    except Error:
        raise
    except Exception as error:
        raise ConnectFailed(f"{type(error).__name__} while the system tables were read") from error
