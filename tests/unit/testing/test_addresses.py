"""Loopback addresses and ports: what one cluster holds, no other gets."""

from __future__ import annotations

import socket
from contextlib import closing

import pytest

from aiocql.testing import LauncherError
from aiocql.testing.cassandra.addresses import AddressBlock, PortBlock


def test_two_clusters_never_share_a_block_of_addresses() -> None:
    with closing(AddressBlock()) as first, closing(AddressBlock()) as second:
        assert first.network != second.network
        assert first.ports(1).address == f"{first.network}1"
        assert first.ports(1).native == first.port
        with pytest.raises(LauncherError, match="no free block"):
            AddressBlock(first.network, first.port)


def test_a_block_is_free_again_after_its_cluster() -> None:
    for _ in range(2):
        with closing(AddressBlock("127.2.55.")) as block:
            assert block.ports(3).address == "127.2.55.3"


def test_an_address_in_use_is_named() -> None:
    with closing(AddressBlock()) as block, socket.create_server((f"{block.network}2", block.port)):
        assert block.ports(1)
        with pytest.raises(LauncherError, match=rf"{block.network}2:{block.port} is in use"):
            block.ports(2)


def test_another_port_is_taken_where_9042_is_in_use_on_all_addresses() -> None:
    with (
        closing(AddressBlock()) as block,
        socket.create_server(("127.255.255.253", block.port)),
        closing(AddressBlock()) as other,
    ):
        assert other.port != block.port


def test_on_one_address_every_node_has_its_own_ports() -> None:
    with closing(PortBlock()) as first, closing(PortBlock()) as second:
        ports = [block.ports(index) for block in (first, second) for index in (1, 2, 3)]
        assert {port.address for port in ports} == {"127.0.0.1"}
        assert len({number for port in ports for number in (port.native, port.storage, port.jmx)}) == 18
