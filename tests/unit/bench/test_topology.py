"""What each replay host says of itself and of the others, made from the recordings."""

import itertools

from bench.replay import records
from bench.replay.framing import EXECUTE, QUERY
from bench.replay.server import RECORDINGS
from bench.replay.topology import Host, Row, Topology, _read_rows, prepared_columns

PLACES = [("127.0.0.1", 9142), ("127.0.0.2", 9142), ("127.0.0.3", 9142)]
HOSTS = [Host(address, port, i, len(PLACES)) for i, (address, port) in enumerate(PLACES)]


def _topology(version: int) -> Topology:
    return Topology(records.load(RECORDINGS / f"v{version}.bin.xz"), HOSTS)


def _rows(topology: Topology, host: Host, text: bytes) -> list[Row]:
    found = [r for r in topology.of(host) if r.opcode == QUERY and r.key[4:] == text]
    assert len(found) == 1
    return _read_rows(found[0], [])[2]


def test_each_host_is_itself_in_system_local() -> None:
    topology = _topology(4)
    rows = [_rows(topology, host, b"SELECT * FROM system.local")[0] for host in HOSTS]
    assert [row["rpc_address"] for row in rows] == [b"\x7f\0\0\x01", b"\x7f\0\0\x02", b"\x7f\0\0\x03"]
    assert [row["rack"] for row in rows] == [b"rack1", b"rack2", b"rack3"]
    assert len({row["host_id"] for row in rows}) == 3
    assert len({row["tokens"] for row in rows}) == 3
    assert {row["data_center"] for row in rows} == {b"dc1"}


def test_each_host_knows_the_others_as_peers() -> None:
    topology = _topology(5)
    for table, column in ((b"system.peers", "rpc_address"), (b"system.peers_v2", "native_address")):
        rows = _rows(topology, HOSTS[1], b"SELECT * FROM " + table)
        assert [row[column] for row in rows] == [b"\x7f\0\0\x01", b"\x7f\0\0\x03"]
        assert [row["host_id"] for row in rows] == [
            HOSTS[0].values()["host_id"],
            HOSTS[2].values()["host_id"],
        ]


def test_prepared_system_statements_are_rewritten_too() -> None:
    topology = _topology(4)
    own = [r for r in topology.of(HOSTS[2]) if r.opcode == EXECUTE]
    assert own, "a client that prepares its system queries is in the recording"
    for record in own:
        names = prepared_columns(topology.prepared[record.version, record.key[:-1]])
        addresses = [row["rpc_address"] for row in _read_rows(record, names)[2]]
        assert addresses in ([b"\x7f\0\0\x03"], [b"\x7f\0\0\x01", b"\x7f\0\0\x02"])


def test_tokens_of_all_hosts_cover_the_ring_evenly() -> None:
    tokens: list[int] = []
    for host in HOSTS:
        value = host.values()["tokens"]
        assert value is not None
        at = 4
        for _ in range(int.from_bytes(value[:4])):
            size = int.from_bytes(value[at : at + 4])
            tokens.append(int(value[at + 4 : at + 4 + size]))
            at += 4 + size
    tokens.sort()
    assert len(set(tokens)) == 48
    assert tokens[0] == -(2**63)
    steps = {b - a for a, b in itertools.pairwise(tokens)}
    assert max(steps) - min(steps) <= 1


def test_one_host_has_no_peers() -> None:
    topology = Topology(records.load(RECORDINGS / "v4.bin.xz"), [Host("127.0.0.9", 19042, 0, 1)])
    assert _rows(topology, topology.hosts[0], b"SELECT * FROM system.peers") == []
