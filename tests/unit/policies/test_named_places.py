"""Names of datacenters and racks in load balancing policies."""

from __future__ import annotations

from typing import Any

import pytest

from aiocql.errors import ConfigurationError
from aiocql.policies.load_balancing import (
    DCAwareRoundRobinPolicy,
    DefaultLoadBalancingPolicy,
    HostFilterPolicy,
    RackAwareRoundRobinPolicy,
    RoundRobinPolicy,
    TokenAwarePolicy,
    as_policy,
)
from aiocql.policies.named_places import NamedPlaces, named_places, unknown_places


class Own:
    """A policy of an application, with the names of `DefaultLoadBalancingPolicy`."""

    local_datacenter = "dc1"
    remote_datacenters = ["dc2", 5]

    def plan(self, snapshot: Any, routing: Any) -> Any:
        return snapshot.hosts


class Failing:
    child = "not a policy"

    @property
    def local_datacenter(self) -> str:
        raise ZeroDivisionError

    def plan(self, snapshot: Any, routing: Any) -> Any:
        return snapshot.hosts


class Endless(Failing):
    @property
    def child(self) -> Any:  # type: ignore[override]
        return self


@pytest.mark.parametrize(
    ("policy", "names"),
    [
        (DefaultLoadBalancingPolicy(), (None, (), None, False)),
        (DefaultLoadBalancingPolicy("dc1", remote_datacenters="dc2"), ("dc1", ("dc2",), None, False)),
        (DCAwareRoundRobinPolicy("dc1", remote_datacenters="all"), ("dc1", (), None, False)),
        (RackAwareRoundRobinPolicy("dc1", "r1"), ("dc1", (), "r1", False)),
        (RoundRobinPolicy(), (None, (), None, True)),
        (
            HostFilterPolicy(TokenAwarePolicy(DefaultLoadBalancingPolicy("dc1")), bool),
            ("dc1", (), None, False),
        ),
        (as_policy(Own()), ("dc1", ("dc2",), None, False)),
        (TokenAwarePolicy(Own()), ("dc1", ("dc2",), None, False)),
        (as_policy(Failing()), (None, (), None, False)),
        (as_policy(Endless()), (None, (), None, False)),
    ],
)
def test_names_of_a_policy(policy: Any, names: tuple[Any, ...]) -> None:
    places = named_places(policy)
    found = (places.local_datacenter, places.remote_datacenters, places.local_rack, places.any_datacenter)
    assert found == names


@pytest.mark.parametrize(
    ("places", "text"),
    [
        (NamedPlaces("dc1", ["dc2"], "r1"), None),
        (NamedPlaces("DC1"), "local datacenter 'DC1'.*'dc1', 'dc2'; did you mean 'dc1'"),
        (NamedPlaces("dc1", ["DC2"]), "remote datacenter 'DC2'.*did you mean 'dc2'"),
        (NamedPlaces("dc1", [" dc2"]), "remote datacenter ' dc2'.*did you mean 'dc2'.*blanks"),
        (NamedPlaces("dc1", ["dc3"]), "remote datacenter 'dc3', but the cluster has .*'dc2'$"),
        (
            NamedPlaces("dc1", [], "R1"),
            "rack 'R1', but the local datacenter has 'r1', 'r2'; did you mean 'r1'",
        ),
    ],
)
def test_unknown_names(places: NamedPlaces, text: str | None) -> None:
    found = list(unknown_places(places, ["dc1", "dc2"], ["r1", "r2"]))
    if text is None:
        assert found == []
    else:
        [warning] = found
        with pytest.raises(ValueError, match=text):
            raise ValueError(warning)


def test_nothing_is_unknown_before_the_cluster_is_known() -> None:
    assert list(unknown_places(NamedPlaces("dc1", ["dc2"], "r1"), [], [])) == []


@pytest.mark.parametrize("wrong", [[5], [None], ["dc1", b"dc2"]])
def test_remote_datacenters_are_texts(wrong: Any) -> None:
    with pytest.raises(ConfigurationError, match="remote_datacenters has a"):
        DefaultLoadBalancingPolicy("dc1", remote_datacenters=wrong)
