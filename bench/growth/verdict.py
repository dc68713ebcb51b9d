"""Whether a cost grows faster than its work: computed from the medians."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

DECADES = 2
"""The exponent is of so many powers of ten at the large end: at the small one fixed costs are still being shared."""
STEEPEST = 0.1
"""The exponent up to which a cost counts as level: 1.6 times over two powers of ten. What grows with the logarithm
stays below it, what grows with the square root (0.5) or the number itself (1) is far above."""


@dataclass(frozen=True)
class Verdict:
    exponent: float
    """Of the cost of one unit: 0 is level, 1 as the size itself."""
    own: float
    """That of the work itself, where nothing is sent; 0 where it is known not to grow."""
    largest_to_least: float
    """The cost at the largest size, in costs at the cheapest one."""

    @property
    def beyond(self) -> float:
        """What the driver adds to the work's own growth."""
        return self.exponent - max(self.own, 0.0)

    @property
    def is_level(self) -> bool:
        return self.beyond <= STEEPEST


def exponent(costs: Mapping[int, float]) -> float:
    """The slope of log(cost) over log(size), by least squares, over the last decades."""
    most = max(costs)
    points = [(math.log(n), math.log(cost)) for n, cost in costs.items() if n * 10**DECADES >= most]
    middle = [sum(values) / len(points) for values in zip(*points, strict=True)]
    along = sum((x - middle[0]) * (y - middle[1]) for x, y in points)
    return along / sum((x - middle[0]) ** 2 for x, _ in points)


def judge(costs: Mapping[int, float], controls: Mapping[int, float] | None = None) -> Verdict:
    """Of the cost of one unit of work by size, at two sizes at least; `controls`: of the same work, nothing sent."""
    return Verdict(
        exponent(costs), exponent(controls) if controls else 0.0, costs[max(costs)] / min(costs.values())
    )
