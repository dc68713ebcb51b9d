"""A table's tokens in ranges that can be read at the same time."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Final, NamedTuple

from aiocql.errors import InterfaceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from aiocql.metadata.snapshot import ClusterSnapshot
    from aiocql.nodes.host import Host

__all__ = ["MAX_TOKEN", "MIN_TOKEN", "TokenRange", "plan_ranges"]

MIN_TOKEN: Final = -(2**63)
MAX_TOKEN: Final = 2**63 - 1


class TokenRange(NamedTuple):
    """Tokens above `start`, up to `end`, and the hosts that hold them. No partition has the token `MIN_TOKEN`."""

    start: int
    end: int
    replicas: tuple[Host, ...]


def plan_ranges(snapshot: ClusterSnapshot, keyspace: str, wanted: int) -> list[TokenRange]:
    """Return ranges that cover every token once, about `wanted` of them or more, neighbors on different hosts.

    Raises InterfaceError for a partitioner other than Murmur3Partitioner.
    """
    partitioner = snapshot.partitioner
    if partitioner is not None and not partitioner.endswith("Murmur3Partitioner"):
        raise InterfaceError(
            "tables are scanned by the tokens of Murmur3Partitioner; the cluster has another partitioner",
            hint="read the table with session.batches()",
        )
    ranges = _split(_merged(_owned(snapshot, keyspace)), wanted)
    return _interleaved(ranges)


def _owned(snapshot: ClusterSnapshot, keyspace: str) -> list[TokenRange]:
    """The ranges between the tokens of the ring. What is above the last token belongs with what is below the first."""
    tokens = snapshot.token_map.ring.tokens
    if not tokens:
        return [TokenRange(MIN_TOKEN, MAX_TOKEN, ())]
    starts = [MIN_TOKEN, *tokens]
    ends = [*tokens, MAX_TOKEN]
    owners = [*tokens, tokens[0]]
    return [
        TokenRange(start, end, tuple(snapshot.get_replicas(keyspace, owner)))
        for start, end, owner in zip(starts, ends, owners, strict=True)
        if start < end
    ]


def _merged(ranges: Iterable[TokenRange]) -> list[TokenRange]:
    """Neighbors with the same replicas as one."""
    out: list[TokenRange] = []
    for each in ranges:
        if out and out[-1].replicas == each.replicas:
            out[-1] = TokenRange(out[-1].start, each.end, each.replicas)
        else:
            out.append(each)
    return out


def _split(ranges: Sequence[TokenRange], wanted: int) -> list[TokenRange]:
    """Large ranges in equal parts."""
    out = []
    for start, end, replicas in ranges:
        size = end - start
        parts = min(-(-size * wanted // 2**64), size)
        edges = [start + size * i // parts for i in range(parts)] + [end]
        out += [TokenRange(edges[i], edges[i + 1], replicas) for i in range(parts)]
    return out


def _interleaved(ranges: Sequence[TokenRange]) -> list[TokenRange]:
    """The ranges of each host in turn, so that all hosts are busy from the beginning."""
    by_host: dict[Host | None, list[TokenRange]] = {}
    for each in ranges:
        by_host.setdefault(each.replicas[0] if each.replicas else None, []).append(each)
    return [each for turn in zip_longest(*by_host.values()) for each in turn if each is not None]
