"""What is known of the cluster, under cassandra-driver's names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from aiocql.metadata.columns import ColumnMetadata
from aiocql.metadata.schema import KeyspaceMetadata
from aiocql.metadata.snapshot import ClusterSnapshot
from aiocql.metadata.tables import TableMetadata
from aiocql.nodes.host import Host

__all__ = ["ColumnMetadata", "KeyspaceMetadata", "Metadata", "TableMetadata"]


class Metadata:
    """A cluster's metadata as it is whenever it is looked at; empty before the first `connect`."""

    read_keyspaces: ClassVar[Callable[[Metadata], Mapping[str, Any]] | None] = None
    """Reads the keyspaces as another driver's objects; `aiocql.compat.install` sets this function."""

    def __init__(
        self,
        snapshot: Callable[[], ClusterSnapshot | None],
        query: Callable[[str], Any] | None = None,
    ) -> None:
        self._snapshot = snapshot
        self.query = query

    @property
    def _current(self) -> ClusterSnapshot:
        return self._snapshot() or ClusterSnapshot()

    @property
    def cluster_name(self) -> str | None:
        """The cluster's name."""
        return self._current.cluster_name

    @property
    def partitioner(self) -> str | None:
        """The class that makes tokens of partition keys."""
        return self._current.partitioner

    @property
    def keyspaces(self) -> Mapping[str, KeyspaceMetadata]:
        """Keyspaces by name."""
        read = type(self).read_keyspaces
        return self._current.keyspaces if read is None or self.query is None else read(self)

    @property
    def schema(self) -> Any:
        """The schema that is known now: another object after each change."""
        return self._current.schema

    @property
    def token_map(self) -> Any:
        """Which hosts have which tokens; None for programs that expect the object of cassandra-driver."""
        return self._current.token_map if type(self).read_keyspaces is None else None

    def all_hosts(self) -> list[Host]:
        """All hosts, whether up or down."""
        return list(self._current.hosts)

    def get_host(self, endpoint_or_address: Any, port: int | None = None) -> Host | None:
        """Return the host of an endpoint or address, or None."""
        wanted = str(endpoint_or_address)
        for host in self._current.hosts:
            if wanted in (host.endpoint, host.address) and port in (None, host.port):
                return host
        return None

    def get_host_by_host_id(self, host_id: Any) -> Host | None:
        """Return the host with this id, or None."""
        return self._current.hosts_by_id.get(host_id)

    def get_replicas(self, keyspace: str, key: bytes) -> list[Host]:
        """The hosts that have the partition of a serialized partition key."""
        return list(self._current.get_replicas(keyspace, key))
