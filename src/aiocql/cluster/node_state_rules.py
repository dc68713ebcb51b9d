"""Whether a host is up: its own connections say so first, events second. Pure: what is known in, what to do out."""

from __future__ import annotations

import enum

from aiocql.nodes.states import HostDistance, HostState

__all__ = ["HostAction", "state_by_connections", "when_reported_down", "when_reported_up"]


class HostAction(enum.Enum):
    """What a report about a host calls for."""

    NOTHING = "NOTHING"
    PROBE = "PROBE"
    """Ask over an open connection whether the host still answers."""
    RECONNECT_NOW = "RECONNECT_NOW"
    """Try at once rather than at the end of the reconnection delay."""


def state_by_connections(state: HostState, open_connections: int, is_reconnecting: bool) -> HostState:
    """The state after the host's connections have changed.

    One open connection is proof that it is up. None, while the pool tries to open one, is as good as proof that it is
    down. Otherwise (a pool that is starting, or none) nothing was learned.
    """
    if open_connections > 0:
        return HostState.UP
    return HostState.DOWN if is_reconnecting else state


def when_reported_up(
    state: HostState, distance: HostDistance, open_connections: int
) -> tuple[HostState, HostAction]:
    """The state and what to do after an UP event.

    A host that the driver connects to is up when the connection stands, not before; the event only makes it try now.
    One that is ignored has no connections: the event is all there is to know.
    """
    if distance is HostDistance.IGNORED:
        return HostState.UP, HostAction.NOTHING
    if open_connections > 0:
        return HostState.UP, HostAction.NOTHING
    return state, HostAction.RECONNECT_NOW


def when_reported_down(
    state: HostState, distance: HostDistance, open_connections: int
) -> tuple[HostState, HostAction]:
    """The state and what to do after a DOWN event.

    The node that sent it may have lost sight of a host that serves us well, or the event may be old: open connections
    outweigh it, and are probed.
    """
    if distance is HostDistance.IGNORED:
        return HostState.DOWN, HostAction.NOTHING
    if open_connections > 0:
        return state, HostAction.PROBE
    return HostState.DOWN, HostAction.NOTHING
