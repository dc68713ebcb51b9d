"""Folded stacks as a flame graph: one SVG that needs nothing else. A frame's text is its tooltip."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from html import escape

WIDTH, ROW, HEAD, CHARACTER = 1200, 17, 46, 6.6
LEAST = 0.0015
"""Share of all samples below which a frame is not drawn."""
FONT = "font-family='ui-monospace,monospace' font-size='11'"

Stack = tuple[str, ...]


@dataclass
class Frame:
    """A function as it was called from its parents."""

    name: str
    samples: int = 0
    callees: dict[str, Frame] = field(default_factory=dict)

    def add(self, stack: Stack, samples: int) -> None:
        self.samples += samples
        if stack:
            callee = self.callees.setdefault(stack[0], Frame(stack[0]))
            callee.add(stack[1:], samples)

    def depth(self, least: float) -> int:
        drawn = [callee.depth(least) for callee in self.callees.values() if callee.samples >= least]
        return 1 + max(drawn, default=0)


def parse(lines: Iterable[str]) -> dict[Stack, int]:
    """Stacks from lines of ``outer;inner samples``."""
    stacks: dict[Stack, int] = {}
    for line in lines:
        text, _, samples = line.rstrip().rpartition(" ")
        if text:
            stack = tuple(text.split(";"))
            stacks[stack] = stacks.get(stack, 0) + int(samples)
    return stacks


def tree(stacks: Mapping[Stack, int]) -> Frame:
    root = Frame("all")
    for stack, samples in stacks.items():
        root.add(stack, samples)
    return root


def _box(frame: Frame, x: float, y: float, width: float, share: float, colour: str) -> str:
    room = int((width - 6) / CHARACTER)
    shown = frame.name if len(frame.name) <= room else frame.name[: max(0, room - 1)] + "…"
    text = f"<text x='{x + 3:.1f}' y='{y + 12}'>{escape(shown)}</text>" if room > 3 else ""
    title = f"<title>{escape(frame.name)}: {share:.1%}</title>"
    box = (
        f"<rect x='{x:.1f}' y='{y}' width='{max(0.3, width - 0.5):.1f}' height='{ROW - 1}' fill='{colour}'/>"
    )
    return f"<g>{title}{box}{text}</g>"


def draw(stacks: Mapping[Stack, int], title: str, colour_of: Callable[[str], str]) -> str:
    """The graph; the widest callee of a frame stands first. `colour_of` gives a frame's colour by its name."""
    root = tree(stacks)
    least = root.samples * LEAST
    height = HEAD + root.depth(least) * ROW
    out = [
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {height}' width='{WIDTH}'>",
        f"<rect width='{WIDTH}' height='{height}' fill='#fdfdfb'/>",
        f"<text x='8' y='24' font-family='system-ui,sans-serif' font-size='15'>{escape(title)}</text>",
        f"<g {FONT} fill='#1b1b1b'>",
    ]

    def place(frame: Frame, x: float, level: int) -> None:
        scale = WIDTH / root.samples
        share = frame.samples / root.samples
        y = height - (level + 1) * ROW
        out.append(_box(frame, x, y, frame.samples * scale, share, colour_of(frame.name)))
        for callee in sorted(frame.callees.values(), key=lambda each: -each.samples):
            if callee.samples >= least:
                place(callee, x, level + 1)
            x += callee.samples * scale

    place(root, 0.0, 0)
    return "\n".join([*out, "</g>", "</svg>", ""])
