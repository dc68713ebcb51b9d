import pytest

from aiocql.cluster.local_datacenter import choose_local_datacenter
from aiocql.errors import ConfigurationError


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
