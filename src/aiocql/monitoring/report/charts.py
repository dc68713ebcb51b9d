"""Charts as inline SVG. Colours are CSS variables of the page, so that one drawing serves a light and a dark theme.

Every mark that stands for a figure has a `data-tip`: the page's script shows it under the pointer.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

__all__ = ["bars", "buckets", "duration", "histogram", "lines", "nice_ticks", "stacked"]

WIDTH, HEIGHT = 860, 280
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 14, 34
PLOT_WIDTH, PLOT_HEIGHT = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

Series = tuple[str, Sequence[tuple[float, float]]]
"""A name and its points."""


def nice_ticks(most: float, count: int = 4) -> list[float]:
    """Round numbers from 0 to at least `most`."""
    if most <= 0:
        return [0.0, 1.0]
    magnitude = 10 ** math.floor(math.log10(most / count))
    step = next(s * magnitude for s in (1, 2, 2.5, 5, 10) if s * magnitude * count >= most)
    return [i * step for i in range(math.ceil(most / step - 1e-9) + 1)]


def short(value: float) -> str:
    """A figure for an axis."""
    return f"{value / 1000:g}k" if value >= 1000 else f"{value:g}"


def duration(seconds: float) -> str:
    """A time with three digits: 0.85 ms, 203 ms, 1.32 s."""
    return f"{seconds:.3g} s" if seconds >= 0.9995 else f"{1000 * seconds:.3g} ms"


class _Frame:
    """The axes of a chart whose y begins at 0."""

    def __init__(self, x_most: float, y_most: float, x_unit: str, y_unit: str = "") -> None:
        self.y_ticks = nice_ticks(y_most)
        self.x_most, self.y_most = max(x_most, 1e-9), self.y_ticks[-1]
        self.parts: list[str] = []
        for tick in self.y_ticks:
            y = self.y(tick)
            self.parts.append(
                f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
            )
            self.parts.append(
                f'<text class="tick" x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{short(tick)}{y_unit}</text>'
            )
        for tick in nice_ticks(x_most, 6):
            if tick <= self.x_most * 1.001 and x_unit:
                self.label_x(self.x(tick), f"{tick:g}{x_unit}")

    def x(self, value: float) -> float:
        return LEFT + PLOT_WIDTH * value / self.x_most

    def y(self, value: float) -> float:
        return TOP + PLOT_HEIGHT * (1 - value / self.y_most)

    def label_x(self, x: float, text: str) -> None:
        self.parts.append(
            f'<text class="tick" x="{x:.1f}" y="{HEIGHT - 10}" text-anchor="middle">{escape(text)}</text>'
        )

    def svg(self, title: str) -> str:
        head = f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">'
        return "\n".join([head, *self.parts, "</svg>"])


def _path(points: Sequence[tuple[float, float]]) -> str:
    return "M" + " L".join(f"{x:.1f},{y:.1f}" for x, y in points)


def stacked(title: str, series: Sequence[Series], unit: str) -> str:
    """Areas on top of each other; all series share their x, in seconds."""
    xs = [x for x, _ in series[0][1]]
    sums = [[0.0] * len(xs)]
    for _, points in series:
        sums.append([below + value for below, (_, value) in zip(sums[-1], points, strict=True)])
    frame = _Frame(xs[-1] if xs else 1, max(sums[-1], default=1), " s")
    for i in range(len(series)):
        upper = [(frame.x(x), frame.y(v)) for x, v in zip(xs, sums[i + 1], strict=True)]
        lower = [(frame.x(x), frame.y(v)) for x, v in zip(xs, sums[i], strict=True)]
        frame.parts.append(f'<path class="area c{i % 6}" d="{_path([*upper, *reversed(lower)])} Z"/>')
        frame.parts.append(f'<path class="line c{i % 6}" d="{_path(upper)}"/>')
    _columns(frame, xs, [(name, [v for _, v in points]) for name, points in series], unit)
    return frame.svg(title)


def lines(title: str, series: Sequence[Series], unit: str) -> str:
    """One line a series; all share their x, in seconds."""
    xs = [x for x, _ in series[0][1]]
    frame = _Frame(xs[-1] if xs else 1, max((v for _, points in series for _, v in points), default=1), " s")
    for i, (_, points) in enumerate(series):
        frame.parts.append(
            f'<path class="line c{i % 6}" d="{_path([(frame.x(x), frame.y(v)) for x, v in points])}"/>'
        )
    _columns(frame, xs, [(name, [v for _, v in points]) for name, points in series], unit)
    return frame.svg(title)


def _columns(
    frame: _Frame, xs: Sequence[float], named: Sequence[tuple[str, Sequence[float]]], unit: str
) -> None:
    """Invisible columns over the plot that say the figures of their moment."""
    width = PLOT_WIDTH / max(len(xs), 1)
    for i, x in enumerate(xs):
        figures = "\n".join(f"{name}: {values[i]:,.0f} {unit}" for name, values in named)
        total = f"\ntogether: {sum(values[i] for _, values in named):,.0f} {unit}" if len(named) > 1 else ""
        frame.parts.append(
            f'<rect class="probe" x="{frame.x(x) - width / 2:.1f}" y="{TOP}" width="{width:.1f}" '
            f'height="{PLOT_HEIGHT}" data-tip="{escape(f"{x:.1f} s{chr(10)}{figures}{total}")}"/>'
        )


def histogram(
    title: str, seconds: Sequence[float], marks: Sequence[tuple[str, float]], *, scale: float = 1.0
) -> str:
    """How often each latency was seen, on a logarithmic axis; `marks` are lines with a name.

    Each of `seconds` stands for `scale` requests.
    """
    low = max(min(seconds), 1e-5)
    high = max(*seconds, low)
    steps_per_decade = 24
    first = math.floor(math.log10(low) * steps_per_decade)
    last = math.floor(math.log10(high) * steps_per_decade) + 1
    counts = [0] * (last - first)
    for value in seconds:
        counts[
            min(max(math.floor(math.log10(max(value, low)) * steps_per_decade) - first, 0), len(counts) - 1)
        ] += 1
    frame = _Frame(len(counts), 100 * max(counts) / len(seconds), "", " %")
    width = PLOT_WIDTH / len(counts)
    for i, count in enumerate(counts):
        share = 100 * count / len(seconds)
        begin, end = (10 ** ((first + i + j) / steps_per_decade) for j in (0, 1))
        tip = f"{duration(begin)} to {duration(end)}\n{count * scale:,.0f} requests ({share:.2f} %)"
        frame.parts.append(
            f'<rect class="bar c0" x="{frame.x(i) + 0.5:.1f}" y="{frame.y(share):.1f}" rx="1.5" '
            f'width="{max(width - 1, 1):.1f}" height="{max(TOP + PLOT_HEIGHT - frame.y(share), 0):.1f}" '
            f'data-tip="{escape(tip)}"/>'
        )
    _log_axis(frame, first, last, steps_per_decade)
    for place, (name, value) in enumerate(marks):
        x = frame.x((math.log10(max(value, low)) * steps_per_decade) - first)
        frame.parts.append(
            f'<line class="mark" x1="{x:.1f}" x2="{x:.1f}" y1="{TOP}" y2="{TOP + PLOT_HEIGHT}"/>'
        )
        anchor = "end" if x > WIDTH - 130 else "start"
        offset = -4 if anchor == "end" else 4
        frame.parts.append(
            f'<text class="name" x="{x + offset:.1f}" y="{TOP + 12 + 14 * place}" text-anchor="{anchor}">'
            f"{escape(name)} {duration(value)}</text>"
        )
    return frame.svg(title)


def buckets(
    title: str, counts: Sequence[tuple[float, float, int]], marks: Sequence[tuple[str, float]]
) -> str:
    """A histogram of what was counted already: where each bucket begins and ends, in seconds, and what is in it."""
    values = [((low + high) / 2, count) for low, high, count in counts if count]
    together = sum(count for _, count in values)
    # The chart counts for itself; a thousand stand for all, in their proportions.
    seconds = [value for value, count in values for _ in range(max(round(1000 * count / together), 1))]
    return histogram(title, seconds, marks, scale=together / len(seconds))


def _log_axis(frame: _Frame, first: int, last: int, steps_per_decade: int) -> None:
    for exponent in range(-5, 3):
        for digit in (1, 2, 5):
            place = math.log10(digit * 10.0**exponent) * steps_per_decade - first
            if 0 <= place <= last - first:
                frame.label_x(frame.x(place), duration(digit * 10.0**exponent))


def bars(title: str, groups: Sequence[tuple[str, Sequence[tuple[str, float, str]]]]) -> str:
    """Groups of bars; each bar is its name, its height and the text above it."""
    most = max(value for _, group in groups for _, value, _ in group)
    frame = _Frame(len(groups), most * 1.08, "")
    for i, (label, group) in enumerate(groups):
        frame.label_x(frame.x(i + 0.5), label)
        width = PLOT_WIDTH / len(groups) * 0.62 / len(group)
        begin = frame.x(i + 0.5) - width * len(group) / 2
        for j, (name, value, text) in enumerate(group):
            x, y = begin + j * width, frame.y(value)
            frame.parts.append(
                f'<rect class="bar c{j}" x="{x + 2:.1f}" y="{y:.1f}" rx="3" width="{width - 4:.1f}" '
                f'height="{TOP + PLOT_HEIGHT - y:.1f}" data-tip="{escape(f"{label}{chr(10)}{name}: {text}")}"/>'
                f'<text class="name" x="{x + width / 2:.1f}" y="{y - 5:.1f}" text-anchor="middle">{escape(text)}</text>'
            )
    return frame.svg(title)
