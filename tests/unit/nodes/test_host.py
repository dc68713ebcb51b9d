import pickle
import uuid

import pytest

from aiocql.nodes.host import Host
from aiocql.nodes.states import HostDistance, HostState


def test_endpoints() -> None:
    assert Host("127.0.0.1", 9042).endpoint == "127.0.0.1:9042"
    assert Host("::1", 9043).endpoint == "[::1]:9043"
    assert Host("/run/cassandra.sock", 0).endpoint == "/run/cassandra.sock"


def test_what_it_shows() -> None:
    host = Host("127.0.0.1", 9042, datacenter="dc1", rack="rack1")
    assert repr(host) == "<Host 127.0.0.1:9042 dc1/rack1 UNKNOWN 0 connections>"
    host.state = HostState.UP
    host.load.open_connections = 1
    assert repr(host) == "<Host 127.0.0.1:9042 dc1/rack1 UP 1 connection>"
    assert repr(Host("h", 1)) == "<Host h:1 UNKNOWN 0 connections>"


def test_state_and_distance() -> None:
    host = Host("h", 1)
    assert (host.state, host.is_up, host.distance) == (HostState.UNKNOWN, False, HostDistance.LOCAL)
    for state in HostState:
        host.state = state
        assert host.state is state
        assert host.is_up is (state is HostState.UP)
    for distance in HostDistance:
        host.distance = distance
        assert host.distance is distance
    with pytest.raises(ValueError):
        host.state = "SIDEWAYS"  # type: ignore[assignment]


def test_an_update_keeps_the_object_and_its_load() -> None:
    host = Host("h", 1, host_id=uuid.UUID(int=1), datacenter="dc1", rack="r1", release_version="4.1")
    host.load.in_flight = 7
    load = host.load
    host.update("i", 2, host_id=uuid.UUID(int=1), datacenter="dc2", rack="r2", release_version="5.0")
    assert (host.endpoint, host.datacenter, host.rack, host.release_version) == ("i:2", "dc2", "r2", "5.0")
    assert host.load is load
    assert host.in_flight == 7


def test_it_is_not_pickled() -> None:
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(Host("h", 1))


def test_who_it_is_cannot_be_set_from_outside() -> None:
    with pytest.raises(AttributeError):
        Host("h", 1).address = "i"
