import copy
import pickle
import uuid
from typing import Any

import pytest
from tests.unit.metadata.builders import make_host, make_snapshot

from aiocql.binary.murmur3 import token
from aiocql.metadata.schema import schema_steps
from aiocql.metadata.schema_rows import SCHEMA_TABLES, SchemaRows
from aiocql.metadata.snapshot import ClusterSnapshot
from aiocql.metadata.tokens import run
from aiocql.nodes.states import HostState


def test_hosts_by_id_and_endpoint() -> None:
    hosts = [make_host(0), make_host(1, "dc2")]
    snapshot = make_snapshot(hosts)
    assert snapshot.hosts == tuple(hosts)
    assert snapshot.hosts_by_id[uuid.UUID(int=2)] is hosts[1]
    assert snapshot.hosts_by_endpoint["10.0.0.1:9042"] is hosts[0]
    assert snapshot.datacenters == ("dc1", "dc2")


def test_frozen() -> None:
    snapshot = make_snapshot([make_host(0)])
    with pytest.raises(AttributeError):
        snapshot.hosts = ()
    with pytest.raises(TypeError):
        snapshot.hosts_by_id[uuid.UUID(int=1)] = None  # type: ignore[index]


def test_replace() -> None:
    snapshot = make_snapshot([make_host(0)])
    other = snapshot.replace(cluster_name="c", local_datacenter=None)
    assert (other.cluster_name, other.local_datacenter, other.token_map) == ("c", None, snapshot.token_map)
    assert snapshot.cluster_name is None
    assert snapshot.local_datacenter == "dc1"


def test_replicas_of_a_token_or_a_key() -> None:
    hosts = [make_host(i) for i in range(4)]
    snapshot = make_snapshot(
        hosts, replications={"ks": {"class": "SimpleStrategy", "replication_factor": "2"}}
    )
    assert snapshot.get_replicas("ks", 150) == (hosts[2], hosts[3])
    assert snapshot.get_replicas("ks", b"key") == snapshot.get_replicas("ks", token(b"key"))
    assert snapshot.get_replicas("other", 150) == ()


def test_empty() -> None:
    assert ClusterSnapshot().get_replicas("ks", 1) == ()
    assert ClusterSnapshot().datacenters == ()


@pytest.mark.parametrize("again", [copy.deepcopy, lambda each: pickle.loads(pickle.dumps(each))])
def test_copies_have_separate_hosts_with_the_same_state_and_tokens(again: Any) -> None:
    replication = {"class": "SimpleStrategy", "replication_factor": "2"}
    rows: SchemaRows = {name: [] for name in SCHEMA_TABLES}
    rows["keyspaces"] = [{"keyspace_name": "ks", "replication": replication}]
    hosts = [make_host(0), make_host(1, "dc2", state=HostState.DOWN)]
    snapshot = make_snapshot(hosts, replications={"ks": replication}).replace(
        schema=run(schema_steps(rows)), cluster_name="c"
    )
    copied = again(snapshot)
    assert (copied.cluster_name, copied.local_datacenter, list(copied.keyspaces)) == ("c", "dc1", ["ks"])
    assert [host.endpoint for host in copied.hosts] == [host.endpoint for host in hosts]
    assert [host.state for host in copied.hosts] == [HostState.UP, HostState.DOWN]
    assert copied.hosts[0] is not hosts[0]
    assert copied.token_map.ring.tokens == snapshot.token_map.ring.tokens
    assert copied.get_replicas("ks", 50) == (copied.hosts[1], copied.hosts[0])
    assert again(ClusterSnapshot()).hosts == ()
