"""Tokens for the first nodes of a cluster.

With tokens that are given, all nodes can start at once: nobody has to see the others to find its place. The ring is
also the same in every run, and balanced: within a datacenter each node has the same share, and neighbours on the
ring are in different racks as far as the racks allow.
"""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["initial_tokens", "places"]

_SPAN = 2**64
_LOWEST = -(2**63)


def places(nodes: int, datacenters: Sequence[str], racks: Sequence[str] | None) -> list[tuple[str, str]]:
    """Datacenter and rack of each node.

    Datacenters take turns: node i is in number i modulo n. Within one, racks do; without `racks`, each node of a
    datacenter has a separate rack, ``rack1`` first.
    """
    counts: dict[str, int] = {}
    result = []
    for index in range(nodes):
        datacenter = datacenters[index % len(datacenters)]
        position = counts.get(datacenter, 0)
        counts[datacenter] = position + 1
        result.append((datacenter, racks[position % len(racks)] if racks else f"rack{position + 1}"))
    return result


def initial_tokens(datacenters: Sequence[str], num_tokens: int) -> list[list[int]]:
    """The tokens of each node, given the datacenter of each."""
    names = list(dict.fromkeys(datacenters))
    positions: dict[str, int] = {}
    result = []
    for datacenter in datacenters:
        position = positions.get(datacenter, 0)
        positions[datacenter] = position + 1
        total = datacenters.count(datacenter) * num_tokens
        # The shift keeps the tokens of two datacenters apart; it is far below any distance on the ring.
        shift = 1 + names.index(datacenter) * 1000
        turns = range(num_tokens)
        step = datacenters.count(datacenter)
        result.append([_LOWEST + (turn * step + position) * _SPAN // total + shift for turn in turns])
    return result
