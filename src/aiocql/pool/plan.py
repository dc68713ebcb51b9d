"""What a pool should do now: pure functions of what it is.

Growth (seed 003, "Pool Scaling"): when every connection has reached the high mark and fewer than the maximum exist.
Shrinking: when the peak in flight over the idle time would fit fewer connections; all others are closed at once.
After an outage one connection is opened as a probe; the others follow when it stands.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["PoolState", "connections_to_close", "connections_to_open", "should_grow"]


class PoolState(NamedTuple):
    """What the decisions are made from."""

    open: int
    opening: int
    core: int
    maximum: int
    saturated: bool
    probing: bool
    peak_in_flight: int
    high_mark: int


def connections_to_open(state: PoolState) -> int:
    """How many connections to start opening now."""
    have = state.open + state.opening
    if state.probing:
        return 1 if have == 0 and state.core > 0 else 0
    if have < state.core:
        return state.core - have
    return 1 if should_grow(state) else 0


def should_grow(state: PoolState) -> bool:
    """Whether load asks for one more connection; one is opened at a time."""
    return state.saturated and state.opening == 0 and state.open < state.maximum and not state.probing


def connections_to_close(state: PoolState) -> int:
    """Return how many connections to drain now: all that neither the core nor the last peak needs."""
    needed = -(-state.peak_in_flight // state.high_mark)
    return max(state.open - min(max(needed, state.core), state.maximum), 0)
