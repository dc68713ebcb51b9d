"""Places and tokens of the first nodes."""

from __future__ import annotations

from itertools import pairwise

import pytest

from aiocql.testing.cassandra.ring import initial_tokens, places


def test_datacenters_take_turns_and_racks_within_them() -> None:
    assert places(3, ["dc1", "dc2"], None) == [("dc1", "rack1"), ("dc2", "rack1"), ("dc1", "rack2")]
    assert places(4, ["dc1"], ["a", "b"]) == [("dc1", "a"), ("dc1", "b"), ("dc1", "a"), ("dc1", "b")]
    assert places(1, ["x", "y"], None) == [("x", "rack1")]


@pytest.mark.parametrize(
    "datacenters", [["a"], ["a", "a", "a"], ["a", "b", "a"], ["a", "b"] * 3, ["a", "b", "c"]]
)
@pytest.mark.parametrize("num_tokens", [1, 16])
def test_tokens_are_distinct_and_shares_within_a_datacenter_equal(
    datacenters: list[str], num_tokens: int
) -> None:
    tokens = initial_tokens(datacenters, num_tokens)
    everything = [token for own in tokens for token in own]
    assert len(set(everything)) == len(datacenters) * num_tokens
    assert all(-(2**63) < token < 2**63 for token in everything)
    for datacenter in set(datacenters):
        mine = sorted(
            (token, node)
            for node, own in enumerate(tokens)
            if datacenters[node] == datacenter
            for token in own
        )
        gaps = [b[0] - a[0] for a, b in pairwise([*mine, (mine[0][0] + 2**64, mine[0][1])])]
        assert max(gaps) - min(gaps) <= 1
        count = datacenters.count(datacenter)
        assert all(a[1] != b[1] for a, b in pairwise(mine)) or count == 1
