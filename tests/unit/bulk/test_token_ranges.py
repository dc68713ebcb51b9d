"""Ranges of tokens cover every token once, whatever the ring looks like."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aiocql.bulk.scan_statement import find_table
from aiocql.bulk.token_ranges import MAX_TOKEN, MIN_TOKEN, plan_ranges
from aiocql.errors import InterfaceError
from aiocql.metadata.replication import SimpleStrategy
from aiocql.metadata.snapshot import ClusterSnapshot
from aiocql.metadata.tokens import build_token_map
from aiocql.nodes.host import Host


def snapshot_of(rings: list[list[int]], factor: int) -> ClusterSnapshot:
    hosts = [Host(f"192.0.2.{i + 1}") for i in range(len(rings))]
    replication = {"ks": SimpleStrategy({"replication_factor": str(factor)})}
    return ClusterSnapshot(
        hosts,
        partitioner="org.apache.cassandra.dht.Murmur3Partitioner",
        token_map=build_token_map(list(zip(hosts, rings, strict=True)), replication),
    )


TOKENS = st.integers(MIN_TOKEN, MAX_TOKEN) | st.sampled_from([MIN_TOKEN, MIN_TOKEN + 1, 0, MAX_TOKEN])


@given(
    tokens=st.lists(TOKENS, unique=True, max_size=20),
    hosts=st.integers(1, 5),
    factor=st.integers(1, 3),
    wanted=st.integers(1, 200),
)
def test_every_token_is_in_one_range(tokens: list[int], hosts: int, factor: int, wanted: int) -> None:
    snapshot = snapshot_of([tokens[i::hosts] for i in range(hosts)], factor)
    ranges = plan_ranges(snapshot, "ks", wanted)
    edges = sorted((each.start, each.end) for each in ranges)
    assert edges[0][0] == MIN_TOKEN
    assert edges[-1][1] == MAX_TOKEN
    assert all(before[1] == after[0] for before, after in itertools.pairwise(edges))
    assert all(start < end for start, end in edges)
    for each in ranges:
        for token in (each.start + 1, each.end):
            assert each.replicas == (tuple(snapshot.get_replicas("ks", token)) if tokens else ())


def test_hosts_take_turns_and_large_ranges_are_split() -> None:
    snapshot = snapshot_of([[-(2**62)], [0], [2**62]], 1)
    ranges = plan_ranges(snapshot, "ks", 64)
    assert len(ranges) >= 60
    assert len({each.replicas for each in ranges[:3]}) == 3


def test_one_host_is_asked_for_parts_of_the_ring() -> None:
    assert len(plan_ranges(snapshot_of([list(range(-100, 100))], 1), "ks", 8)) == 8


def test_other_partitioners_are_refused() -> None:
    snapshot = ClusterSnapshot([], partitioner="org.apache.cassandra.dht.RandomPartitioner")
    with pytest.raises(InterfaceError, match="Murmur3"):
        plan_ranges(snapshot, "ks", 8)


@pytest.mark.parametrize("name", ["", "a.b.c", "a b", "item; DROP TABLE item", '"a', "a."])
def test_names_that_are_not_cql(name: str) -> None:
    with pytest.raises(InterfaceError, match="not CQL"):
        find_table(ClusterSnapshot([]), name, "ks")


def test_tables_that_there_are_not() -> None:
    with pytest.raises(InterfaceError, match="no keyspace"):
        find_table(ClusterSnapshot([]), "item", None)
    with pytest.raises(InterfaceError, match=r"no table ks\.item"):
        find_table(ClusterSnapshot([]), "item", "ks")
    with pytest.raises(InterfaceError, match=r'no table Ks\.it"em'):
        find_table(ClusterSnapshot([]), '"Ks"."it""em"', None)
