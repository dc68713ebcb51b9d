"""The screen of `aiocql top`: lines of text (see `lines`), which textual puts on the terminal."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widgets import Footer

from aiocql.cli.top.lines import ORDERS, Line, lines, plain
from aiocql.cli.top.source import Source
from aiocql.errors import Error
from aiocql.printable import escaped

__all__ = ["Top"]


class Lines(ScrollView):
    """A text of which only the lines that have changed are drawn again."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: Sequence[Line] = [(("looking ...", ""),)]
        self._base = Style()
        self._styles: dict[str, Style] = {}

    def show(self, lines: Sequence[Line]) -> None:
        """Shows `lines` in place of what was shown."""
        before, self.lines = self.lines, lines
        if self._base != self.rich_style:
            self._base, self._styles = self.rich_style, {}
        # The width only grows: with another size everything is laid out and drawn again.
        width = max(self.virtual_size.width, *(cell_len(plain(line)) for line in lines))
        size = Size(width, len(self.lines))
        if size != self.virtual_size:
            self.virtual_size = size
            self.refresh()
            return
        top, wide = self.scroll_offset.y, self.size.width
        changed = [i for i, (old, new) in enumerate(zip(before, lines, strict=True)) if old != new]
        if changed:
            self.refresh(*(Region(0, i - top, wide, 1) for i in changed))

    def render_line(self, y: int) -> Strip:
        """One line of the screen."""
        left, top = self.scroll_offset
        width, style = self.size.width, self._base
        if top + y >= len(self.lines):
            return Strip.blank(width, style)
        segments = [Segment(text, self._named(name)) for text, name in self.lines[top + y]]
        length = sum(segment.cell_length for segment in segments)
        if length < left + width:
            segments.append(Segment(" " * (left + width - length), style))
        strip = Strip(segments, max(length, left + width))
        return strip if strip.cell_length == width else strip.crop(left, left + width)

    def _named(self, name: str) -> Style:
        found = self._styles.get(name)
        if found is None:
            found = self._styles[name] = self._base + Style.parse(name)
        return found


class Top(App[None]):
    """Looks every `interval` seconds."""

    TITLE = "aiocql top"
    CSS = "Lines { height: 1fr; }"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q", "quit", "quit"),
        Binding("space", "pause", "pause"),
        Binding("s", "order", "sort"),
        Binding("plus,equals_sign", "faster", "faster"),
        Binding("minus", "slower", "slower"),
    ]

    def __init__(self, source: Source, interval: float = 1.0) -> None:
        super().__init__()
        self.source = source
        self.interval = interval
        self.looks = 0
        self.paused = False
        self.order = ORDERS[0]
        self.shown: Sequence[Line] = ()
        self._place = Lines()
        self._before: dict[str, Any] | None = None
        self._last: dict[str, Any] | None = None

    def compose(self) -> ComposeResult:
        """One text, and the keys."""
        yield self._place
        yield Footer()

    def on_mount(self) -> None:
        """Begins to look."""
        self.run_worker(self._watch())

    async def _watch(self) -> None:
        # A timer of textual's would be a task and a message at each look.
        while True:
            await self._look()
            await asyncio.sleep(self.interval)

    async def _look(self) -> None:
        try:
            if not self.paused:
                now = await self.source.look()
                self._before, self._last = self._last, now
                self._show()
                self.looks += 1
        except Error as error:
            self._before = self._last = None
            self._put([((escaped(line), "red"),) for line in str(error).split("\n")])

    def _show(self) -> None:
        if self._last is not None:
            self._put(lines(self._before, self._last, self.order))

    @property
    def text(self) -> str:
        """What is shown."""
        return "\n".join(map(plain, self.shown))

    def _put(self, shown: Sequence[Line]) -> None:
        self.shown = shown
        self._place.show(shown)

    def action_pause(self) -> None:
        """Pause or resume the display."""
        self.paused = not self.paused

    def action_order(self) -> None:
        """Sorts the hosts by the next figure."""
        self.order = ORDERS[(ORDERS.index(self.order) + 1) % len(ORDERS)]
        self._show()

    def action_faster(self) -> None:
        """Looks twice as often."""
        self.interval = max(self.interval / 2, 0.25)

    def action_slower(self) -> None:
        """Looks half as often."""
        self.interval = min(self.interval * 2, 60.0)
