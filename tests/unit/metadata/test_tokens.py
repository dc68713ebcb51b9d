import random
import uuid
from typing import Any

import cassandra.metadata as reference
import cassandra.pool
import pytest
from cassandra.connection import DefaultEndPoint
from cassandra.policies import SimpleConvictionPolicy
from hypothesis import given, settings
from hypothesis import strategies as st

from aiocql.metadata.replication import parse_replication
from aiocql.metadata.tokens import build_token_map, map_steps, ring_steps, run
from aiocql.nodes.host import Host

INT64 = st.integers(-(2**63) + 1, 2**63 - 1)


@st.composite
def clusters(draw: Any) -> list[tuple[Host, list[int]]]:
    """Up to 12 hosts in up to 3 datacenters with up to 4 racks, each with up to 8 tokens."""
    places = draw(
        st.lists(
            st.tuples(st.sampled_from(["dc1", "dc2", "dc3"]), st.sampled_from(["r1", "r2", "r3", "r4"])),
            min_size=1,
            max_size=12,
        )
    )
    tokens = draw(st.lists(INT64, min_size=len(places), max_size=len(places) * 8, unique=True))
    owners = []
    for i, (datacenter, rack) in enumerate(places):
        host = Host(f"10.0.0.{i + 1}", host_id=uuid.UUID(int=i + 1), datacenter=datacenter, rack=rack)
        owners.append((host, tokens[i :: len(places)]))
    return owners


def replications() -> st.SearchStrategy[dict[str, str]]:
    factor = st.integers(0, 6).map(str)
    transient = st.sampled_from(["3/1", "2/1", "5/2"])
    network = st.dictionaries(st.sampled_from(["dc1", "dc2", "dc3", "gone"]), factor | transient).map(
        lambda factors: {"class": "org.apache.cassandra.locator.NetworkTopologyStrategy", **factors}
    )
    simple = st.integers(1, 6).map(
        lambda n: {"class": "org.apache.cassandra.locator.SimpleStrategy", "replication_factor": str(n)}
    )
    return network | simple


def reference_replicas(owners: list[tuple[Host, list[int]]], options: dict[str, str]) -> dict[int, list[str]]:
    """What cassandra-driver makes of the same cluster, by token: addresses of the replicas."""
    ring = {}
    for host, tokens in owners:
        other = cassandra.pool.Host(DefaultEndPoint(host.address), SimpleConvictionPolicy)
        other.set_location_info(host.datacenter, host.rack)
        ring.update({reference.Murmur3Token(token): other for token in tokens})
    options = dict(options)
    name = options.pop("class").rpartition(".")[2]
    # Transient replicas count for the server (nodetool getendpoints lists them), cassandra-driver leaves them out.
    options = {key: factor.partition("/")[0] for key, factor in options.items()}
    strategy = getattr(reference, name)(options)
    found = strategy.make_token_replica_map(ring, sorted(ring))
    return {token.value: [replica.address for replica in replicas] for token, replicas in found.items()}


@given(clusters(), replications())
@settings(max_examples=200, deadline=None)
def test_replicas_are_those_of_the_official_driver(
    owners: list[tuple[Host, list[int]]], options: dict[str, str]
) -> None:
    token_map = build_token_map(owners, {"ks": parse_replication(options)})
    for token, expected in reference_replicas(owners, options).items():
        mine = [host.address for host in token_map.get_replicas("ks", token)]
        # Where there are fewer racks than replicas, cassandra-driver can count a host of several tokens twice.
        if len(set(expected)) == len(expected):
            assert sorted(mine) == sorted(expected)
        else:
            assert set(mine) >= set(expected)
        assert len(set(mine)) == len(mine)


def walked(owners: list[tuple[Host, list[int]]], datacenter: str, factor: int, token: int) -> set[str]:
    """The server's rule, spelt out: from the token on, new racks first while there are not enough of them."""
    hosts = [host for host, _ in owners if host.datacenter == datacenter]
    ring = [(own, host) for host, tokens in owners for own in tokens if host.datacenter == datacenter]
    ring.sort(key=lambda entry: entry[0])
    start = next((i for i, (own, _) in enumerate(ring) if own >= token), 0)
    repeats = factor - len({host.rack for host in hosts})
    found: list[Host] = []
    for _, host in ring[start:] + ring[:start]:
        if len(found) == min(factor, len(hosts)):
            break
        if host in found:
            continue
        if any(other.rack == host.rack for other in found):
            if repeats <= 0:
                continue
            repeats -= 1
        found.append(host)
    return {host.address for host in found}


@given(clusters(), st.integers(1, 6), INT64)
@settings(max_examples=200, deadline=None)
def test_replicas_are_those_of_the_server(
    owners: list[tuple[Host, list[int]]], factor: int, token: int
) -> None:
    options = {"class": "NetworkTopologyStrategy", "dc1": str(factor), "dc2": "2"}
    token_map = build_token_map(owners, {"ks": parse_replication(options)})
    mine = {host.address for host in token_map.get_replicas("ks", token)}
    assert mine == walked(owners, "dc1", factor, token) | walked(owners, "dc2", 2, token)


@given(clusters(), INT64)
@settings(deadline=None)
def test_a_token_belongs_to_the_next_of_the_ring(owners: list[tuple[Host, list[int]]], token: int) -> None:
    token_map = build_token_map(
        owners, {"ks": parse_replication({"class": "SimpleStrategy", "replication_factor": "1"})}
    )
    ring = sorted((own, host.address) for host, tokens in owners for own in tokens)
    expected = next((address for own, address in ring if own >= token), ring[0][1])
    assert [host.address for host in token_map.get_replicas("ks", token)] == [expected]


@given(clusters())
@settings(deadline=None)
def test_the_ring_is_sorted_and_knows_its_owners(owners: list[tuple[Host, list[int]]]) -> None:
    ring = run(ring_steps((host, [str(token) for token in tokens]) for host, tokens in owners))
    assert list(ring.tokens) == sorted(token for _, tokens in owners for token in tokens)
    for host, tokens in owners:
        assert list(ring.tokens_of(host)) == sorted(tokens)
    for position, token in enumerate(ring.tokens):
        assert token in dict(owners)[ring.owner(position)]


def test_replicas_are_in_ring_order_over_all_datacenters() -> None:
    owners = [(Host(f"h{i}", datacenter=f"dc{i % 2}", rack="r"), [i * 10]) for i in range(6)]
    options = {"class": "NetworkTopologyStrategy", "dc0": "2", "dc1": "1"}
    token_map = build_token_map(owners, {"ks": parse_replication(options)})
    assert [host.address for host in token_map.get_replicas("ks", 15)] == ["h2", "h3", "h4"]
    assert [host.address for host in token_map.get_replicas("ks", 45)] == ["h5", "h0", "h2"]


def test_everywhere_local_and_unknown() -> None:
    owners = [(Host(f"h{i}"), [i]) for i in range(3)]
    token_map = build_token_map(
        owners,
        {
            "every": parse_replication({"class": "EverywhereStrategy"}),
            "local": parse_replication({"class": "LocalStrategy"}),
            "unknown": parse_replication({"class": "Own"}),
        },
    )
    assert len(token_map.get_replicas("every", 1)) == 3
    assert token_map.get_replicas("local", 1) == ()
    assert token_map.get_replicas("unknown", 1) == ()
    assert token_map.get_replicas("no such keyspace", 1) == ()
    assert token_map.keyspaces == ("every",)


def test_no_hosts_or_no_tokens() -> None:
    strategy = {"ks": parse_replication({"class": "SimpleStrategy", "replication_factor": "3"})}
    assert build_token_map([], strategy).get_replicas("ks", 0) == ()
    assert build_token_map([(Host("a"), [])], strategy).get_replicas("ks", 0) == ()


def test_a_token_claimed_twice_counts_once() -> None:
    strategy = {"ks": parse_replication({"class": "SimpleStrategy", "replication_factor": "2"})}
    a, b = Host("a"), Host("b")
    token_map = build_token_map([(a, [1, 5]), (b, [5, 9])], strategy)
    assert token_map.ring.tokens == (1, 5, 9)
    assert set(token_map.get_replicas("ks", 5)) == {a, b}


def test_tables_are_shared_and_taken_over() -> None:
    owners = [(Host(f"h{i}", datacenter="dc1", rack="r"), [i]) for i in range(5)]
    ring = run(ring_steps(owners))
    options = {"class": "NetworkTopologyStrategy", "dc1": "2"}
    first = run(map_steps(ring, {"a": parse_replication(options), "b": parse_replication(options)}))
    second = run(
        map_steps(ring, {"a": parse_replication(options), "c": parse_replication({"class": "x"})}, first)
    )
    assert first.get_replicas("a", 3) == first.get_replicas("b", 3) == second.get_replicas("a", 3)
    assert second.keyspaces == ("a",)


def test_bad_tokens_raise() -> None:
    with pytest.raises(ValueError):
        run(ring_steps([(Host("a"), ["x"])]))
    with pytest.raises(OverflowError):
        run(ring_steps([(Host("a"), [2**63])]))


def test_a_large_ring_is_built_in_many_steps() -> None:
    rng = random.Random(7)
    owners = [
        (Host(f"h{i}", datacenter=f"dc{i % 2}", rack=f"r{i % 3}"), [rng.getrandbits(63) for _ in range(256)])
        for i in range(100)
    ]
    strategies = {
        f"ks{i}": parse_replication({"class": "NetworkTopologyStrategy", "dc0": str(i), "dc1": "3"})
        for i in range(1, 4)
    }
    steps = 0
    ring_building = ring_steps(owners)
    try:
        while True:
            next(ring_building)
            steps += 1
    except StopIteration as end:
        ring = end.value
    building = map_steps(ring, strategies)
    try:
        while True:
            next(building)
            steps += 1
    except StopIteration as end:
        token_map = end.value
    assert steps > 40
    assert len(token_map.get_replicas("ks3", 0)) == 6


def test_an_absurd_table_is_left_out() -> None:
    owners = [
        (Host(f"h{i}", datacenter="dc1", rack="r"), range(i, 70_000_000 // 1000, 1000)) for i in range(1000)
    ]
    options = {"class": "NetworkTopologyStrategy", "dc1": "1000"}
    token_map = build_token_map(owners, {"ks": parse_replication(options)})
    assert token_map.get_replicas("ks", 0) == ()
