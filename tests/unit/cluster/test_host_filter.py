from typing import Any

import pytest
from tests.unit.metadata.builders import make_host

from aiocql.cluster.host_filter import as_host_filter
from aiocql.errors import ConfigurationError
from aiocql.nodes.host import Host


def test_none() -> None:
    assert as_host_filter(None) is None


def test_a_function() -> None:
    only = as_host_filter(lambda host: host.rack == "a")
    assert only is not None
    assert only(make_host(0, rack="a"))
    assert not only(make_host(0, rack="b"))


@pytest.mark.parametrize("allowed", ["10.0.0.1", ["10.0.0.1"], ["10.0.0.1:9042", "10.9.9.9"], {"10.0.0.1"}])
def test_addresses(allowed: Any) -> None:
    only = as_host_filter(allowed)
    assert only is not None
    assert only(make_host(0))
    assert not only(make_host(1))


def test_not_knowing_is_no_permission() -> None:
    def failing(host: Host) -> bool:
        raise RuntimeError

    only = as_host_filter(failing)
    assert only is not None
    assert not only(make_host(0))


@pytest.mark.parametrize("wrong", [3, [3], object()])
def test_others_are_refused(wrong: Any) -> None:
    with pytest.raises(ConfigurationError):
        as_host_filter(wrong)


@pytest.mark.parametrize(
    "allowed", ["::1", "[::1]", "0:0:0:0:0:0:0:1", "[::1]:9042", "[0:0:0:0:0:0:0:1]:9042", "0::0001"]
)
@pytest.mark.parametrize("address", ["::1", "0:0:0:0:0:0:0:1"])
def test_spellings_of_an_ipv6_address_are_the_same(allowed: str, address: str) -> None:
    only = as_host_filter([allowed])
    assert only is not None
    assert only(Host(address, 9042))
    assert not only(Host("::2", 9042))
    assert not only(Host("10.0.0.1", 9042))
