"""The state of each host: up, down or unknown. `NodeStates` is the only writer of `Host.state`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from aiocql.cluster.events import EventKind
from aiocql.nodes.states import HostState

if TYPE_CHECKING:
    from aiocql.cluster.events import EventHub
    from aiocql.errors import Error
    from aiocql.nodes.host import Host

__all__ = ["NodeStates"]


class NodeStates:
    """Set the states of hosts and publish each change.

    Pools and the control connection report what they observe; `node_state_rules` decides what follows from a report.
    """

    def __init__(self, events: EventHub) -> None:
        self._events = events
        self._listeners: list[Callable[[Host], None]] = []

    def listen(self, listener: Callable[[Host], None]) -> None:
        """Call `listener` with each host whose state has changed, before the event is published."""
        self._listeners.append(listener)

    def set(self, host: Host, state: HostState, error: Error | None = None) -> None:
        """Set the state of a host. `error` is the reason why the host is down."""
        if host.state is state:
            return
        host.state = state
        for listener in self._listeners:
            listener(host)
        self._events.publish(EventKind.HOST_UP if host.is_up else EventKind.HOST_DOWN, host, error=error)
