import uuid
from typing import Any

from aiocql.cluster.address_translation import as_translator
from aiocql.cluster.topology_merge import merge_topology, ring_signature
from aiocql.metadata.topology import HostRecord


def record(number: int, address: str | None = None, **more: Any) -> HostRecord:
    address = address or f"10.0.0.{number}"
    settings: dict[str, Any] = {"native": (f"10.0.0.{number}", 9042), "tokens": (number,)} | more
    return HostRecord(uuid.UUID(int=number), address, 9042, "dc1", "r1", **settings)


def test_new_hosts() -> None:
    merged = merge_topology({}, [record(1), record(2)])
    assert [host.address for host in merged.hosts] == ["10.0.0.1", "10.0.0.2"]
    assert merged.added == list(merged.hosts)
    assert merged.removed == merged.moved == []


def test_hosts_stay_the_same_objects() -> None:
    first = merge_topology({}, [record(1), record(2)])
    second = merge_topology(first.known, [record(2), record(1, release_version="5.0")])
    assert set(second.hosts) == set(first.hosts)
    assert second.added == second.removed == second.moved == []
    assert first.hosts[0].release_version == "5.0"


def test_one_goes_and_one_comes() -> None:
    first = merge_topology({}, [record(1), record(2)])
    second = merge_topology(first.known, [record(1), record(3)])
    assert second.removed == [first.hosts[1]]
    assert [host.address for host in second.added] == ["10.0.0.3"]


def test_a_host_with_another_address_is_recognised_by_its_id() -> None:
    first = merge_topology({}, [record(1), record(2)])
    second = merge_topology(first.known, [record(1), record(2, "10.0.0.77", native=("10.0.0.77", 9042))])
    assert second.moved == [first.hosts[1]]
    assert first.hosts[1].endpoint == "10.0.0.77:9042"
    assert second.added == second.removed == []


def test_a_serving_host_stays_where_it_was_reached() -> None:
    first = merge_topology({}, [record(1, "127.0.0.1", is_local=True), record(2)])
    host = first.hosts[0]
    host.load.open_connections = 1
    # Another node answers, and has its own view of the first one's address.
    second = merge_topology(first.known, [record(2, "127.0.0.2", is_local=True), record(1)])
    assert host.address == "127.0.0.1"
    third = merge_topology(second.known, [record(2, "127.0.0.2", is_local=True), record(1)])
    assert host.address == "127.0.0.1"
    assert host not in second.moved + third.moved


def test_one_that_does_not_serve_goes_where_others_say() -> None:
    first = merge_topology({}, [record(1, "127.0.0.1", is_local=True), record(2)])
    second = merge_topology(first.known, [record(2, "127.0.0.2", is_local=True), record(1)])
    assert second.moved == [first.hosts[1], first.hosts[0]]
    assert first.hosts[0].address == "10.0.0.1"


def test_one_that_says_otherwise_of_itself_is_moved_though_it_serves() -> None:
    first = merge_topology({}, [record(1, "127.0.0.1", is_local=True)])
    first.hosts[0].load.open_connections = 1
    second = merge_topology(
        first.known, [record(2, is_local=True), record(1, "10.9.9.9", native=("10.9.9.9", 9042))]
    )
    assert second.moved == [first.hosts[0]]


def test_peers_are_translated() -> None:
    translator = as_translator({"10.0.0.2": ("gateway", 19042)})
    merged = merge_topology({}, [record(1, is_local=True), record(2)], translator)
    assert [host.endpoint for host in merged.hosts] == ["10.0.0.1:9042", "gateway:19042"]


def test_a_failing_translator_leaves_out_only_that_host() -> None:
    def failing(address: str, port: int) -> tuple[str, int]:
        if address.endswith(".3"):
            raise LookupError(address)
        return address, port

    first = merge_topology({}, [record(3)])
    merged = merge_topology(first.known, [record(2), record(3)], as_translator(failing))
    assert [host.address for host in merged.hosts] == ["10.0.0.3", "10.0.0.2"]
    assert merged.removed == []
    merged = merge_topology({}, [record(2), record(3)], as_translator(failing))
    assert [host.address for host in merged.hosts] == ["10.0.0.2"]
    assert len(merged.warnings) == 1
    assert "10.0.0.3" in merged.warnings[0]


def test_the_ring_depends_on_tokens_and_places_only() -> None:
    first = merge_topology({}, [record(1), record(2)])
    same = merge_topology(first.known, [record(1, "10.9.9.9", release_version="6"), record(2)])
    assert ring_signature(first.known.values()) == ring_signature(same.known.values())
    other = merge_topology(first.known, [record(1, tokens=(5,)), record(2)])
    assert ring_signature(first.known.values()) != ring_signature(other.known.values())
