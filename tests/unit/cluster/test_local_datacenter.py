import pytest

from aiocql.cluster.local_datacenter import check_same_datacenter, choose_local_datacenter
from aiocql.errors import ConfigurationError
from aiocql.policies.named_places import NamedPlaces


def test_the_given_one() -> None:
    assert choose_local_datacenter("dc2", ["dc1"], ["dc1", "dc2"]) == "dc2"


def test_that_of_the_contact_points() -> None:
    assert choose_local_datacenter(None, ["dc1", "dc1", None], ["dc1", "dc2"]) == "dc1"


def test_the_only_one() -> None:
    assert choose_local_datacenter(None, [], ["dc1", "dc1"]) == "dc1"


def test_none_to_know() -> None:
    assert choose_local_datacenter(None, [], ["dc1", "dc2"]) is None
    assert choose_local_datacenter(None, [None, ""], []) is None
    assert choose_local_datacenter("dc9", [], []) == "dc9"


def test_a_wrong_one_is_told_all() -> None:
    with pytest.raises(ConfigurationError, match=r"'DC1', but the cluster has the datacenters 'dc1', 'dc2'"):
        choose_local_datacenter("DC1", ["dc1"], ["dc2", "dc1"])


def test_contact_points_in_several() -> None:
    with pytest.raises(ConfigurationError, match=r"\(dc1, dc2\)[^$]*'dc1', 'dc2', 'dc3'"):
        choose_local_datacenter(None, ["dc2", "dc1"], ["dc1", "dc2", "dc3"])


def test_policy_decides_for_contact_points_in_several_datacenters() -> None:
    datacenters = ["dc1", "dc2"]
    assert choose_local_datacenter(None, datacenters, datacenters, NamedPlaces("dc2")) == "dc2"
    assert choose_local_datacenter(None, ["dc1"], datacenters, NamedPlaces("dc3")) == "dc3"
    assert choose_local_datacenter(None, datacenters, datacenters, NamedPlaces(any_datacenter=True)) is None


def test_local_datacenter_and_policy_name_the_same() -> None:
    check_same_datacenter("dc1", NamedPlaces("dc1"))
    check_same_datacenter("dc1", NamedPlaces())
    check_same_datacenter(None, NamedPlaces("dc1"))
    with pytest.raises(ConfigurationError, match="'dc1', but the load balancing policy is for 'dc2'"):
        check_same_datacenter("dc1", NamedPlaces("dc2"))
