"""From what a client saw, and what was done meanwhile, to the figures that are compared. Pure."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

__all__ = ["Blow", "Figures", "figures", "used_again"]

DISTURBED = 1.0
"""A request that failed, or took longer than this many seconds, was disturbed."""
SHARE = 0.5
"""A node is used again when it sends at least this share of the bytes that it sent before."""

Seen = tuple[float, float, str]
"""When a request began, how many seconds it took, and "" or what went wrong."""


@dataclass(frozen=True)
class Blow:
    """One thing done to one node: from when to when, and when the node was used again (None: it was not)."""

    node: str
    begun: float
    healed: float
    used: float | None


@dataclass(frozen=True)
class Figures:
    """What one client went through. Times are seconds."""

    requests: int
    failed: int
    wrong: int
    slow: int
    slowest: float
    gap: float
    recovered: float
    used_again: float | None
    errors: dict[str, int] = field(default_factory=dict)


def used_again(rates: Sequence[tuple[float, float]], usual: float) -> float | None:
    """The first moment at which a node sends bytes as it usually does; `rates` are moments and bytes a second."""
    return next((moment for moment, rate in rates if rate >= SHARE * usual), None)


def figures(seen: Sequence[Seen], blows: Sequence[Blow]) -> Figures:
    """What became of the requests from the first blow on."""
    counted = sorted(request for request in seen if request[0] >= blows[0].begun)
    wrong = sum(outcome.startswith("wrong") for _, _, outcome in counted)
    failed = Counter(outcome for _, _, outcome in counted if outcome and not outcome.startswith("wrong"))
    used = [None if blow.used is None else blow.used - blow.healed for blow in blows]
    known = [seconds for seconds in used if seconds is not None]
    return Figures(
        requests=len(counted),
        failed=failed.total(),
        wrong=wrong,
        slow=sum(seconds > DISTURBED for _, seconds, _ in counted),
        slowest=max((seconds for _, seconds, _ in counted), default=0.0),
        gap=longest_gap(counted),
        recovered=recovery(counted, blows),
        used_again=max(known) if len(known) == len(used) else None,
        errors=dict(failed.most_common()),
    )


def longest_gap(seen: Sequence[Seen]) -> float:
    """The longest time in which no request succeeded."""
    answers = sorted(begun + seconds for begun, seconds, outcome in seen if not outcome)
    return max((b - a for a, b in itertools.pairwise(answers)), default=0.0)


def recovery(seen: Sequence[Seen], blows: Sequence[Blow]) -> float:
    """How long after a blow a request was begun that was disturbed, the longest of all blows: 0 if none was."""
    disturbed = [begun for begun, seconds, outcome in seen if outcome or seconds > DISTURBED]
    ends = [*(blow.begun for blow in blows[1:]), float("inf")]
    return max(
        max((begun - blow.begun for begun in disturbed if blow.begun <= begun < end), default=0.0)
        for blow, end in zip(blows, ends, strict=True)
    )
