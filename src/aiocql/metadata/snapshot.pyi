from collections.abc import Iterable, Mapping
from uuid import UUID

from aiocql.metadata.schema import KeyspaceMetadata, Schema
from aiocql.metadata.tokens import TokenMap
from aiocql.nodes.host import Host

class ClusterSnapshot:
    cluster_name: str | None
    partitioner: str | None
    hosts: tuple[Host, ...]
    hosts_by_id: Mapping[UUID, Host]
    hosts_by_endpoint: Mapping[str, Host]
    token_map: TokenMap
    schema: Schema | None
    schema_version: UUID | None
    local_datacenter: str | None
    def __init__(
        self,
        hosts: Iterable[Host] = (),
        *,
        cluster_name: str | None = None,
        partitioner: str | None = None,
        token_map: TokenMap | None = None,
        schema: Schema | None = None,
        schema_version: UUID | None = None,
        local_datacenter: str | None = None,
    ) -> None: ...
    def replace(
        self,
        *,
        hosts: Iterable[Host] = ...,
        cluster_name: str | None = ...,
        partitioner: str | None = ...,
        token_map: TokenMap | None = ...,
        schema: Schema | None = ...,
        schema_version: UUID | None = ...,
        local_datacenter: str | None = ...,
    ) -> ClusterSnapshot: ...
    def get_replicas(self, keyspace: str, token: int | bytes) -> tuple[Host, ...]: ...
    @property
    def keyspaces(self) -> Mapping[str, KeyspaceMetadata]: ...
    @property
    def datacenters(self) -> tuple[str, ...]: ...

class CurrentSnapshot:
    value: ClusterSnapshot
    def __init__(self) -> None: ...
