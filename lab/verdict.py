"""Whether the six statements of the design held, from what the worker told. Pure.

I1 every awaiter ends in time; I2 no answer of another request; I3 nothing is done twice; I4 after a fault the
throughput is back by itself; I5 nothing is left behind; I6 memory stays bounded.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Event", "Held", "judge", "recovery", "slope"]

Sample = Mapping[str, Any]

RECOVERED = 0.95
WINDOW = 3
"""Samples over which throughput is averaged."""
LEVEL = 3.0
"""File descriptors by which the line through them may rise: half of one for each of three hosts of two sessions."""
LONG = 600.0
"""Seconds from which a run is long enough for lines: in a shorter one that of file descriptors tells which fault came
last, and memory still fills pools, caches and buffers (in an hour from 40 to 47 MB, in its first five minutes)."""
FLAT, FILLING = 0.1, 0.5
"""The part of what is held by which memory may rise after warm-up, in a long run and in a short one."""


@dataclass(frozen=True)
class Event:
    """A disturbance: what was done, from when until when it was healed, in seconds of the worker's clock."""

    what: str
    begun: float
    healed: float


@dataclass(frozen=True)
class Held:
    """One of the six statements: whether it held, and the figures that say so."""

    statement: str
    held: bool
    seen: str


def baseline(samples: Sequence[Sample], events: Sequence[Event]) -> float:
    """Requests a second before the first disturbance."""
    until = events[0].begun if events else float("inf")
    calm = [s["done"] for s in samples if 1.5 < s["seconds"] < until]
    return float(statistics.median(calm)) if calm else 0.0


def recovery(samples: Sequence[Sample], event: Event, wanted: float) -> float | None:
    """Seconds from the healing until throughput is back at `wanted`, for WINDOW samples on average."""
    after = [s for s in samples if s["seconds"] >= event.healed + 1.0]
    for i in range(len(after) - WINDOW + 1):
        if statistics.mean(s["done"] for s in after[i : i + WINDOW]) >= RECOVERED * wanted:
            return float(max(after[i]["seconds"] - 1.0 - event.healed, 0.0))
    return None


def slope(points: Sequence[tuple[float, float]]) -> float:
    """Of the straight line through the points, by least squares."""
    if len({x for x, _ in points}) < 2:
        return 0.0
    return statistics.linear_regression([x for x, _ in points], [y for _, y in points]).slope


def _ends(samples: Sequence[Sample], final: Mapping[str, Any]) -> Held:
    late, lost, crashed = sum(s["late"] for s in samples), final["lost_awaiters"], final["crashed"]
    slowest = max((s["slowest"] for s in samples), default=0.0)
    seen = f"{lost} lost awaiters, {late} late ones; the slowest request took {slowest:.2f} s"
    if crashed:
        seen += f"; ended by an untyped error: {'; '.join(crashed[:5])}"
    return Held("I1 every awaiter ends in time", not late and not lost and not crashed, seen)


def _answers(samples: Sequence[Sample], final: Mapping[str, Any]) -> Held:
    done = sum(s["done"] + s["outran"] for s in samples)
    cancelled = sum(s["cancelled"] for s in samples)
    wrong = final["wrong"]
    seen = f"{done:,} answers checked, {cancelled:,} requests cancelled, {len(wrong)} wrong answers"
    return Held("I2 no answer of another request", not wrong and done > 0, seen)


def _once(final: Mapping[str, Any]) -> Held:
    seen = (
        f"{final['appended']:,} appends, {final['acknowledged']:,} acknowledged: "
        f"{final['repeated']} repeated, {final['missing']} acknowledged ones missing"
    )
    held = final["acknowledged"] > 0 and not final["repeated"] and not final["missing"]
    return Held("I3 nothing is done twice", held, seen)


def _recovers(samples: Sequence[Sample], events: Sequence[Event], limit: float) -> Held:
    wanted = baseline(samples, events)
    times = [(recovery(samples, event, wanted), event) for event in events]
    never = [event.what for seconds, event in times if seconds is None or seconds > limit]
    known = [seconds for seconds, _ in times if seconds is not None]
    longest = max(known, default=0.0)
    seen = (
        f"{len(events)} disturbances; back at 95 % of {wanted:,.0f} requests/s after {longest:.1f} s at most"
    )
    if never:
        seen += f"; not within {limit:g} s after: {'; '.join(never[:5])}"
    return Held("I4 throughput comes back by itself", bool(events) and wanted > 0 and not never, seen)


def after_warm_up(samples: Sequence[Sample], of: str) -> list[tuple[float, float]]:
    """The seconds and one figure of the samples, without their first quarter."""
    start = samples[-1]["seconds"] / 4 if samples else 0.0
    return [(s["seconds"], s[of]) for s in samples if s["seconds"] >= start]


def growth(points: Sequence[tuple[float, float]]) -> float:
    """How much the line through the points rises from the first to the last."""
    return slope(points) * (points[-1][0] - points[0][0])


def _leaves(samples: Sequence[Sample], final: Mapping[str, Any]) -> Held:
    """Nothing after close, and no more file descriptors at the end of the load than before: faults close some and
    reconnection opens them again, so it is the line through them that must be level, in a run that is long enough."""
    tasks, files = final["tasks_left"], final["descriptors_left"]
    requests = {what: count for what, count in final["left_open"].items() if count and what != "connections"}
    seen = f"{len(tasks)} tasks and {files} file descriptors left after close"
    for what in (*(f"{count} {what}" for what, count in requests.items()), *final["complaints"][:5]):
        seen += f"; {what}"
    points = after_warm_up(samples, "descriptors")
    if not points:
        return Held("I5 nothing is left behind", False, "no samples")
    grown, held = growth(points), [y for _, y in points]
    seen += f"; {min(held):g} to {max(held):g} of them under load, {grown:+.1f} from the first to the last"
    level = grown < LEVEL or points[-1][0] < LONG
    nothing = not tasks and files <= 0 and not requests and not final["complaints"]
    return Held("I5 nothing is left behind", nothing and level, seen)


def _memory(samples: Sequence[Sample]) -> Held:
    """Flat after the first quarter: the growth of the line through the rest is a small part of what is held."""
    points = after_warm_up(samples, "rss_kb")
    if not points:
        return Held("I6 memory stays bounded", False, "no samples")
    seen = f"{slope(points) * 60:+,.1f} KB a minute after warm-up, {max(y for _, y in points) / 1024:,.1f} MB at most"
    most = (FLAT if points[-1][0] >= LONG else FILLING) * statistics.median(y for _, y in points)
    return Held("I6 memory stays bounded", growth(points) < most, seen)


def judge(
    samples: Sequence[Sample], events: Sequence[Event], final: Mapping[str, Any], *, limit: float
) -> list[Held]:
    """The six statements. `limit` is how many seconds throughput may take to come back."""
    return [
        _ends(samples, final),
        _answers(samples, final),
        _once(final),
        _recovers(samples, events, limit),
        _leaves(samples, final),
        _memory(samples),
    ]
