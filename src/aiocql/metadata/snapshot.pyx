"""What is known of the cluster at one moment."""

from types import MappingProxyType

from aiocql.metadata.tokens cimport TokenMap, TokenRing

from aiocql.nodes.host import Host
from aiocql.metadata.tokens import build_token_map

cdef object KEEP = object()
cdef object EMPTY = MappingProxyType({})


cdef class ClusterSnapshot:
    """The cluster as the driver knows it: frozen, replaced whole when something changes.

    The `Host` objects in it are live and stay the same from one snapshot to the next.
    """

    def __init__(self, hosts=(), *, cluster_name=None, partitioner=None, token_map=None, schema=None,
                 schema_version=None, local_datacenter=None):
        self.hosts = tuple(hosts)
        self.cluster_name = cluster_name
        self.partitioner = partitioner
        self.token_map = token_map if token_map is not None else TokenMap(TokenRing())
        self.schema = schema
        self.schema_version = schema_version
        self.local_datacenter = local_datacenter
        self.hosts_by_id = MappingProxyType({host.host_id: host for host in self.hosts if host.host_id is not None})
        self.hosts_by_endpoint = MappingProxyType({host.endpoint: host for host in self.hosts})

    def replace(self, *, hosts=KEEP, cluster_name=KEEP, partitioner=KEEP, token_map=KEEP, schema=KEEP,
                schema_version=KEEP, local_datacenter=KEEP) -> ClusterSnapshot:
        """A new snapshot in which only what is given differs."""
        return ClusterSnapshot(
            self.hosts if hosts is KEEP else hosts,
            cluster_name=self.cluster_name if cluster_name is KEEP else cluster_name,
            partitioner=self.partitioner if partitioner is KEEP else partitioner,
            token_map=self.token_map if token_map is KEEP else token_map,
            schema=self.schema if schema is KEEP else schema,
            schema_version=self.schema_version if schema_version is KEEP else schema_version,
            local_datacenter=self.local_datacenter if local_datacenter is KEEP else local_datacenter,
        )

    def get_replicas(self, str keyspace not None, token) -> tuple:
        """The hosts that keep a token, or a serialized partition key, in a keyspace; empty if it cannot be told."""
        if not isinstance(token, int):
            from aiocql.binary.murmur3 import token as token_of

            token = token_of(token)
        return self.token_map.get_replicas(keyspace, token)

    @property
    def keyspaces(self):
        """The keyspaces by name, with all that is in them; empty where the schema is not read (`schema_metadata`)."""
        return self.schema if self.schema is not None else EMPTY

    @property
    def datacenters(self) -> tuple:
        """The names of all datacenters, in alphabetical order."""
        return tuple(sorted({host.datacenter for host in self.hosts if host.datacenter is not None}))

    def __reduce__(self):
        """Copies and pickles have separate hosts, which show what was known of the live ones."""
        hosts = [(_fields(host), host.state, host.distance, self.token_map.ring.tokens_of(host)) for host in self.hosts]
        return _restore, (
            hosts, self.cluster_name, self.partitioner, self.schema, self.schema_version, self.local_datacenter)

    def __repr__(self):
        return f"<ClusterSnapshot {self.cluster_name!r}: {len(self.hosts)} hosts in {', '.join(self.datacenters)}>"


def _fields(host):
    return {
        name: getattr(host, name)
        for name in ("address", "port", "host_id", "datacenter", "rack", "release_version", "broadcast_address",
                     "listen_address", "schema_version")
    }


def _restore(hosts, cluster_name, partitioner, schema, schema_version, local_datacenter):
    """A snapshot from what `ClusterSnapshot.__reduce__` keeps. Without a schema replicas are not known."""
    owners = []
    for fields, state, distance, tokens in hosts:
        host = Host(**fields)
        host.state, host.distance = state, distance
        owners.append((host, tokens))
    replications = {name: keyspace.replication for name, keyspace in (schema or {}).items()}
    return ClusterSnapshot(
        [host for host, _ in owners], cluster_name=cluster_name, partitioner=partitioner,
        token_map=build_token_map(owners, replications), schema=schema, schema_version=schema_version,
        local_datacenter=local_datacenter,
    )


cdef class CurrentSnapshot:
    """The place where the newest snapshot is found. One writer replaces `value`; everybody else reads it."""

    def __init__(self):
        self.value = ClusterSnapshot()
