"""Any name of a host."""

from __future__ import annotations

import ipaddress
import uuid
from typing import Any

import pytest

from aiocql.cluster.host_lookup import Name, find_host
from aiocql.errors import InterfaceError
from aiocql.nodes.host import Host

A = Host(
    "10.0.0.1", 9042, host_id=uuid.UUID(int=10), broadcast_address="192.168.0.1", listen_address="172.16.0.1"
)
B = Host("10.0.0.2", 9043, host_id=uuid.UUID(int=11), broadcast_address="192.168.0.2")
V6 = Host("fd00::1", 9042, host_id=uuid.UUID(int=12))


def names(host: Host) -> list[Name]:
    return ["db1.example", ("db1.example", 9042), ("10.9.9.9", 9101)] if host is A else []


@pytest.mark.parametrize(
    "name",
    [
        A,
        A.host_id,
        str(A.host_id),
        str(A.host_id).upper(),
        "10.0.0.1",
        ipaddress.ip_address("10.0.0.1"),
        ipaddress.ip_address("192.168.0.1"),
        "10.0.0.1:9042",
        ("10.0.0.1", 9042),
        (ipaddress.ip_address("10.0.0.1"), 9042),
        ["10.0.0.1", 9042],
        "192.168.0.1",
        "172.16.0.1",
        "db1.example",
        "db1.example:9042",
        ("db1.example", 9042),
        ("10.9.9.9", 9101),
        "10.9.9.9:9101",
    ],
)
def test_every_name(name: Any) -> None:
    assert find_host([A, B, V6], name, names) is A


def test_an_ipv6_address() -> None:
    for name in ("fd00::1", "[fd00::1]:9042", ("fd00::1", 9042)):
        assert find_host([A, B, V6], name) is V6


def test_where_it_serves_comes_before_what_it_is_called_otherwise() -> None:
    other = Host("192.168.0.1", 9042, host_id=uuid.UUID(int=13))
    assert find_host([A, other], "192.168.0.1") is other


def test_the_same_node_of_another_session() -> None:
    assert find_host([A, B], Host("10.0.0.77", 1, host_id=A.host_id)) is A


def test_one_of_several_is_not_chosen() -> None:
    same = [Host("10.0.0.1", port, host_id=uuid.UUID(int=port)) for port in (1, 2)]
    with pytest.raises(InterfaceError, match="several"):
        find_host(same, "10.0.0.1")
    assert find_host(same, "10.0.0.1:2") is same[1]


@pytest.mark.parametrize(
    "wrong", ["10.0.0.3", "nowhere", ("10.0.0.1", 1), (1, 2, 3), 5, None, "", b"10.0.0.1", uuid.UUID(int=99)]
)
def test_no_host_is_said_with_those_there_are(wrong: Any) -> None:
    with pytest.raises(InterfaceError, match="no host") as caught:
        find_host([A, B], wrong, names)
    assert "10.0.0.1:9042, 10.0.0.2:9043" in str(caught.value)


def test_of_many_hosts_the_first_are_named() -> None:
    many = [Host(f"10.0.1.{i}", host_id=uuid.UUID(int=i)) for i in range(100)]
    with pytest.raises(InterfaceError, match="and 88 more") as caught:
        find_host(many, "nowhere")
    assert "10.0.1.0:9042, 10.0.1.1:9042" in str(caught.value)


@pytest.mark.parametrize(
    "wanted",
    [
        "::1",
        "[::1]",
        "0:0:0:0:0:0:0:1",
        "[0:0:0:0:0:0:0:1]:9042",
        ("0::1", 9042),
        ipaddress.ip_address("::1"),
    ],
)
def test_spellings_of_an_ipv6_address_are_the_same(wanted: Any) -> None:
    host = Host("::1", 9042)
    assert find_host([host, Host("::2", 9042)], wanted) is host


@pytest.mark.parametrize("wanted", ["[::1]x", "[::1]:", "[::1]:²", "::g", "[::1", "::1:9042x"])
def test_text_that_only_looks_like_an_ipv6_address_is_no_host(wanted: str) -> None:
    with pytest.raises(InterfaceError):
        find_host([Host("::1", 9042)], wanted)
