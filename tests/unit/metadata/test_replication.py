import pytest

from aiocql.metadata.replication import (
    EverywhereStrategy,
    LocalStrategy,
    NetworkTopologyStrategy,
    ReplicationFactor,
    SimpleStrategy,
    UnknownStrategy,
    parse_replication,
)

PACKAGE = "org.apache.cassandra.locator."


def test_strategies_by_their_class() -> None:
    simple = parse_replication({"class": PACKAGE + "SimpleStrategy", "replication_factor": "3"})
    assert isinstance(simple, SimpleStrategy)
    assert simple.factor == ReplicationFactor(3)
    network = parse_replication({"class": "NetworkTopologyStrategy", "dc1": "3", "dc2": "3/1"})
    assert isinstance(network, NetworkTopologyStrategy)
    assert network.factors == {"dc1": ReplicationFactor(3), "dc2": ReplicationFactor(3, 1)}
    assert isinstance(parse_replication({"class": PACKAGE + "LocalStrategy"}), LocalStrategy)
    assert isinstance(parse_replication({"class": PACKAGE + "EverywhereStrategy"}), EverywhereStrategy)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"class": "com.example.OurOwnStrategy", "x": "1"},
        {"class": "SimpleStrategy"},
        {"class": "SimpleStrategy", "replication_factor": "many"},
        {"class": "SimpleStrategy", "replication_factor": "-1"},
        {"class": "SimpleStrategy", "replication_factor": "99999999999"},
        {"class": "NetworkTopologyStrategy", "dc1": "1/2"},
        {"class": "NetworkTopologyStrategy", "dc1": "3/"},
    ],
)
def test_what_cannot_be_followed_is_unknown(options: dict[str, str]) -> None:
    strategy = parse_replication(options)
    assert isinstance(strategy, UnknownStrategy)
    assert strategy.options == options


def test_equal_placement_is_equal() -> None:
    a = parse_replication({"class": "NetworkTopologyStrategy", "dc1": "3", "dc2": "2"})
    b = parse_replication({"class": PACKAGE + "NetworkTopologyStrategy", "dc2": "2", "dc1": "3"})
    assert a == b
    assert hash(a) == hash(b)
    assert a != parse_replication({"class": "NetworkTopologyStrategy", "dc1": "3"})
    assert a != parse_replication({"class": "SimpleStrategy", "replication_factor": "3"})


def test_factor_as_text() -> None:
    assert str(ReplicationFactor.parse("3/1")) == "3/1"
    assert str(ReplicationFactor.parse("3")) == "3"
