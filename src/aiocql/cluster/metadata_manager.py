"""What is known of the cluster, and how a reading changes it: every change makes a new snapshot."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from aiocql.cluster.cooperative import run_in_steps
from aiocql.cluster.local_datacenter import check_same_datacenter, choose_local_datacenter
from aiocql.cluster.topology_merge import KnownHost, MergedTopology, merge_topology, ring_signature
from aiocql.errors import ConnectFailed, Error, InterfaceError
from aiocql.metadata.replication import parse_replication
from aiocql.metadata.snapshot import ClusterSnapshot, CurrentSnapshot
from aiocql.metadata.tokens import map_steps, ring_steps
from aiocql.nodes.states import HostDistance
from aiocql.policies.named_places import named_places, unknown_places

if TYPE_CHECKING:
    from uuid import UUID

    from aiocql.cluster.address_translation import AddressTranslator
    from aiocql.cluster.host_filter import HostFilter
    from aiocql.metadata.replication import ReplicationStrategy
    from aiocql.metadata.schema_rows import SchemaRows
    from aiocql.metadata.topology import Topology
    from aiocql.nodes.host import Host
    from aiocql.policies.load_balancing import LoadBalancingPolicy

__all__ = ["MetadataManager"]

MAX_WARNINGS = 1000

NEARNESS = (HostDistance.LOCAL, HostDistance.REMOTE, HostDistance.IGNORED)


class MetadataManager:
    """Hosts, tokens and schema. Readings are taken one after the other, never two at a time."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        policies: list[LoadBalancingPolicy],
        *,
        contact_points: Iterable[tuple[str, int | None]] = (),
        local_datacenter: str | None = None,
        translator: AddressTranslator | None = None,
        host_filter: HostFilter | None = None,
        with_schema: bool = True,
    ) -> None:
        check_same_datacenter(local_datacenter, named_places(policies[0]))
        self.current = CurrentSnapshot()
        self.policies = policies
        self.with_schema = with_schema
        self.refused: Sequence[str] = ()
        self._contact_points = frozenset(contact_points)
        self._given_datacenter = local_datacenter
        self._translator = translator
        self._filter = host_filter
        self._loop = loop
        self._known: dict[UUID, KnownHost] = {}
        self._signature: Sequence[object] | None = None
        self._replications: dict[str, ReplicationStrategy] = {}
        self._warned: set[str] = set()

    @property
    def snapshot(self) -> ClusterSnapshot:
        """All that is known now."""
        return self.current.value

    # --- hosts ------------------------------------------------------------------------------------------------

    async def apply_topology(self, topology: Topology) -> MergedTopology:
        """Applies a reading of the hosts.

        Raises ConnectFailed if it is of another cluster than the one known, ConfigurationError if the local
        datacenter is none of its.
        """
        name = self.snapshot.cluster_name
        if name is not None and topology.cluster_name != name:
            raise ConnectFailed(
                f"the node belongs to another cluster, {topology.cluster_name!r}: this session's is {name!r}"
            )
        local_datacenter = self._local_datacenter(topology)
        merged = merge_topology(self._known, topology.records, self._translator)
        signature = ring_signature(merged.known.values())
        token_map = self.snapshot.token_map
        if signature != self._signature:
            owners = [(entry.host, entry.record.tokens) for entry in merged.known.values()]
            ring = await run_in_steps(ring_steps(owners), self._loop)
            token_map = await run_in_steps(map_steps(ring, self._replications), self._loop)
        self._signature = signature
        self._known = merged.known
        self.refused = (*topology.refused, *merged.warnings)
        self.current.value = self.snapshot.replace(
            hosts=merged.hosts,
            cluster_name=topology.cluster_name,
            partitioner=topology.partitioner,
            token_map=token_map,
            schema_version=topology.schema_version,
            local_datacenter=local_datacenter,
        )
        self.set_distances()
        return merged

    def _local_datacenter(self, topology: Topology) -> str | None:
        """Chosen once: when the first contact point has answered. The others are known by their addresses."""
        if self.snapshot.cluster_name is not None:
            return self.snapshot.local_datacenter
        datacenters = [record.datacenter for record in topology.records]
        contacts = [
            record.datacenter
            for record in topology.records
            if record.is_local or (record.address, record.port) in self._contact_points
        ]
        places = named_places(self.policies[0])
        return choose_local_datacenter(self._given_datacenter, contacts, datacenters, places)

    def use_policies(self, policies: Iterable[LoadBalancingPolicy]) -> None:
        """Take the policies of all execution profiles, and set the distances of all hosts by them."""
        self.policies = list(policies)
        self.set_distances()

    def set_distances(self) -> None:
        """Asks the policies again how near each host is; the nearest answer counts."""
        for host in self.snapshot.hosts:
            answers = {_distance(policy, self.snapshot, host) for policy in self.policies}
            nearest = next((each for each in NEARNESS if each in answers), HostDistance.IGNORED)
            host.distance = nearest if self.allowed(host) else HostDistance.IGNORED

    def allowed(self, host: Host) -> bool:
        """Whether the user's filter lets the host be contacted at all."""
        return self._filter is None or self._filter(host)

    def host_by_native(self, address: str, port: int) -> Host | None:
        """The host that events mean by an address: the server's own, before translation."""
        for entry in self._known.values():
            if entry.record.native == (address, port) or (entry.host.address, entry.host.port) == (
                address,
                port,
            ):
                return entry.host
        return None

    def native_of(self, host: Host) -> tuple[str, int] | None:
        """The address that the server itself names for a host, before translation."""
        entry = self._known.get(host.host_id) if host.host_id is not None else None
        return None if entry is None else entry.record.native

    def host_at(self, place: Host) -> Host | None:
        """The host of this cluster at the same address, None while there is none."""
        return self.snapshot.hosts_by_endpoint.get(place.endpoint)

    def new_warnings(self) -> Iterable[str]:
        """Return what was not reported before: refused rows, and names in policies that no node has."""
        fresh = [text for text in (*self.refused, *self.unknown_places()) if text not in self._warned]
        if len(self._warned) + len(fresh) > MAX_WARNINGS:
            self._warned.clear()
        self._warned.update(fresh)
        return fresh

    def unknown_places(self) -> list[str]:
        """Describe the datacenters and racks that policies name and the cluster does not have."""
        found: dict[str, None] = {}
        for policy in self.policies:
            places = named_places(policy)
            local = places.local_datacenter or self.snapshot.local_datacenter
            racks = {host.rack for host in self.snapshot.hosts if host.datacenter == local and host.rack}
            found.update(dict.fromkeys(unknown_places(places, self.snapshot.datacenters, racks)))
        return list(found)

    # --- schema -----------------------------------------------------------------------------------------------

    async def apply_keyspaces(self, rows: Iterable[dict[str, Any]]) -> None:
        """Applies a reading of all keyspaces' replication."""
        await self._replicate({row["keyspace_name"]: parse_replication(row["replication"]) for row in rows})

    async def apply_schema(self, rows: SchemaRows, keyspace: str | None) -> None:
        """Applies a reading of the schema, of one keyspace or of all."""
        # Imported with the first schema: who switches it off need not wait for it.
        from aiocql.metadata.schema import Schema, schema_steps

        schema = await run_in_steps(schema_steps(rows), self._loop)
        if keyspace is not None:
            schema = (self.snapshot.schema or Schema()).with_keyspace(keyspace, schema.get(keyspace))
        self.current.value = self.snapshot.replace(schema=schema)
        await self._replicate({name: each.replication for name, each in schema.items()})

    def apply_tables(self, rows: SchemaRows, keyspace: str, names: Collection[str]) -> None:
        """Applies a reading of some tables and views of a keyspace that is known."""
        assert self.snapshot.schema is not None
        known = self.snapshot.schema[keyspace]
        schema = self.snapshot.schema.with_keyspace(keyspace, known.with_tables(names, rows))
        self.current.value = self.snapshot.replace(schema=schema)

    async def _replicate(self, replications: dict[str, ReplicationStrategy]) -> None:
        if replications == self._replications:
            return
        previous = self.snapshot.token_map
        token_map = await run_in_steps(map_steps(previous.ring, replications, previous), self._loop)
        self._replications = replications
        self.current.value = self.snapshot.replace(token_map=token_map)


def _distance(policy: LoadBalancingPolicy, snapshot: ClusterSnapshot, host: Host) -> HostDistance:
    """Return how near a policy sees a host; raise InterfaceError where its code fails."""
    try:
        return HostDistance(policy.distance(snapshot, host))
    except (Error, MemoryError, KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:
        raise InterfaceError(
            f"distance() of the load balancing policy failed with {type(error).__name__}",
            hint="distance(snapshot, host) must return a HostDistance: see the cause",
        ) from error
