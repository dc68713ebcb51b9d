"""The one writer of host states: what it writes, whom it calls and what it publishes."""

from __future__ import annotations

from pathlib import Path

from aiocql.cluster.events import ClusterEvent, EventHub, EventKind
from aiocql.cluster.node_states import NodeStates
from aiocql.errors import ConnectionLost
from aiocql.nodes.host import Host
from aiocql.nodes.states import HostState

SOURCES = Path(__file__).parents[3] / "src" / "aiocql"


def test_changed_state_is_published_after_the_listeners() -> None:
    heard: list[object] = []
    hub = EventHub(lambda: 7.0)
    hub.listen(heard.append)
    states = NodeStates(hub)
    states.listen(heard.append)
    host, error = Host("10.0.0.1", 9042), ConnectionLost("gone")
    states.set(host, HostState.UP)
    states.set(host, HostState.DOWN, error)
    first, up, second, down = heard
    assert first is second is host
    assert isinstance(up, ClusterEvent)
    assert (up.kind, up.host, up.error, up.time) == (EventKind.HOST_UP, host, None, 7.0)
    assert isinstance(down, ClusterEvent)
    assert (down.kind, down.host, down.error) == (EventKind.HOST_DOWN, host, error)
    assert host.state is HostState.DOWN


def test_same_state_is_not_published() -> None:
    heard: list[object] = []
    hub = EventHub(lambda: 0.0)
    states = NodeStates(hub)
    host = Host("10.0.0.1", 9042)
    states.set(host, HostState.UP)
    hub.listen(heard.append)
    states.listen(heard.append)
    states.set(host, HostState.UP)
    assert heard == []


def test_no_other_module_writes_the_state_of_a_host() -> None:
    writers = [path.name for path in SOURCES.rglob("*.py") if "host.state = " in path.read_text()]
    assert writers == ["node_states.py"]
