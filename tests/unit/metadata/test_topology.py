import uuid
from typing import Any

import pytest

from aiocql.metadata.topology import MAX_TOKENS_PER_HOST, RefusedRow, read_topology, why_unusable


def local_row(**changes: Any) -> dict[str, Any]:
    return {
        "key": "local",
        "cluster_name": "Test",
        "partitioner": "org.apache.cassandra.dht.Murmur3Partitioner",
        "host_id": uuid.UUID(int=1),
        "data_center": "dc1",
        "rack": "r1",
        "rpc_address": "10.0.0.1",
        "rpc_port": 9042,
        "broadcast_address": "10.1.0.1",
        "listen_address": "10.1.0.1",
        "release_version": "5.0.6",
        "schema_version": uuid.UUID(int=99),
        "tokens": {"-5", "7"},
    } | changes


def peer_row(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "peer": f"10.1.0.{number}",
        "peer_port": 7000,
        "host_id": uuid.UUID(int=number),
        "data_center": "dc1",
        "rack": "r1",
        "native_address": f"10.0.0.{number}",
        "native_port": 9042,
        "release_version": "5.0.6",
        "schema_version": uuid.UUID(int=99),
        "tokens": {str(number * 10)},
    } | changes


def read(*peers: dict[str, Any], local: dict[str, Any] | None = None) -> Any:
    return read_topology(local or local_row(), peers, ("127.0.0.1", 9042))


def test_the_node_that_answers_is_used_where_it_answered() -> None:
    topology = read(peer_row(2))
    first, second = topology.records
    assert (first.address, first.port, first.is_local) == ("127.0.0.1", 9042, True)
    assert first.native == ("10.0.0.1", 9042)
    assert sorted(first.tokens) == [-5, 7]
    assert (second.address, second.port, second.is_local) == ("10.0.0.2", 9042, False)
    assert second.tokens == (20,)
    assert topology.cluster_name == "Test"
    assert topology.schema_version == uuid.UUID(int=99)
    assert topology.refused == ()


def test_own_ports() -> None:
    records = read(peer_row(2, native_address="127.0.0.1", native_port=9043)).records
    assert (records[1].address, records[1].port) == ("127.0.0.1", 9043)


def test_the_older_table() -> None:
    row = peer_row(2, rpc_address="10.0.0.2")
    del row["native_address"], row["native_port"], row["peer_port"]
    topology = read_topology(local_row(), [row], ("10.0.0.1", 9999), default_port=9055)
    assert (topology.records[1].address, topology.records[1].port) == ("10.0.0.2", 9055)


@pytest.mark.fault(29)
@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"host_id": None}, "no host_id"),
        ({"host_id": "nonsense"}, "no host_id"),
        ({"native_address": None}, "no address"),
        ({"data_center": None}, "no data_center"),
        ({"rack": None}, "no rack"),
        ({"rack": ""}, "no rack"),
        ({"tokens": None}, "no tokens"),
        ({"tokens": set()}, "no tokens"),
        ({"tokens": {"x"}}, "no 64-bit number"),
        ({"tokens": {"9" * 5000}}, "no 64-bit number"),
        ({"tokens": {str(2**63)}}, "no 64-bit number"),
        ({"tokens": [str(i) for i in range(MAX_TOKENS_PER_HOST + 1)]}, "more than"),
        ({"native_address": "0.0.0.0"}, "broadcast_rpc_address"),
        ({"native_address": "::"}, "broadcast_rpc_address"),
        ({"native_address": "224.0.0.1"}, "multicast"),
        ({"native_address": "ff02::1"}, "multicast"),
        ({"native_address": "255.255.255.255"}, "broadcast"),
        ({"native_address": "evil.example.com"}, "no address"),
        ({"native_port": 0}, "port 0"),
        ({"native_port": 70000}, "port 70000"),
        ({"host_id": uuid.UUID(int=1)}, "twice"),
        ({"native_address": "127.0.0.1"}, "same address"),
    ],
)
def test_bad_rows_are_refused_with_the_reason(changes: dict[str, Any], reason: str) -> None:
    topology = read(peer_row(2, **changes), peer_row(3))
    assert [record.host_id.int for record in topology.records] == [1, 3]
    assert len(topology.refused) == 1
    assert reason in topology.refused[0]


def test_an_empty_row() -> None:
    assert "host_id None" in read({}).refused[0]


def test_a_local_row_without_host_id_cannot_be_used() -> None:
    with pytest.raises(RefusedRow, match="no host_id"):
        read(local=local_row(host_id=None))


def test_a_local_row_may_lack_the_rest() -> None:
    record = read(local={"host_id": uuid.UUID(int=1)}).records[0]
    assert (record.datacenter, record.rack, record.tokens, record.native) == ("", "", (), None)


def test_a_wildcard_in_the_local_row_is_no_address() -> None:
    assert read(local=local_row(rpc_address="0.0.0.0")).records[0].native is None


def test_tokens_of_other_partitioners_are_left_out() -> None:
    other = local_row(partitioner="org.apache.cassandra.dht.RandomPartitioner", tokens={str(2**126)})
    topology = read(peer_row(2, tokens={str(2**120)}), local=other)
    assert [record.tokens for record in topology.records] == [(), ()]
    assert topology.refused == ()


def test_addresses() -> None:
    assert why_unusable("10.0.0.1") is None
    assert why_unusable("::1") is None
    assert why_unusable("127.0.0.1") is None
