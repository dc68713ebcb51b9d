"""The screen of `aiocql top`: lines of text (see `lines`), which textual puts on the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widgets import Footer

from aiocql.cli.top.lines import ORDERS, lines
from aiocql.cli.top.source import Source
from aiocql.errors import Error

__all__ = ["Top"]


_PLAIN = Console(width=1000)
"""Knows the names of styles; nothing is printed on it."""


class Lines(ScrollView):
    """A text of which only the lines that have changed are drawn again."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: Sequence[Text] = [Text("looking ...")]
        self._style = Style()

    def show(self, lines: Sequence[Text]) -> None:
        """Shows `lines` in place of what was shown."""
        before, self.lines = self.lines, lines
        self._style = self.rich_style
        # The width only grows: with another size everything is laid out and drawn again.
        width = max(self.virtual_size.width, *(line.cell_len for line in self.lines))
        size = Size(width, len(self.lines))
        if size != self.virtual_size:
            self.virtual_size = size
            self.refresh()
            return
        for i, (old, new) in enumerate(zip(before, self.lines, strict=True)):
            if old.plain != new.plain or old.spans != new.spans:
                self.refresh(Region(0, i - self.scroll_offset.y, self.size.width, 1))

    def render_line(self, y: int) -> Strip:
        """One line of the screen."""
        left, top = self.scroll_offset
        width, style = self.size.width, self._style
        if top + y >= len(self.lines):
            return Strip.blank(width, style)
        line = self.lines[top + y]
        segments = [Segment(text, style + own if own else style) for text, own, _ in line.render(_PLAIN)]
        length = line.cell_len
        if length < left + width:
            segments.append(Segment(" " * (left + width - length), style))
        strip = Strip(segments, max(length, left + width))
        return strip if strip.cell_length == width else strip.crop(left, left + width)


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
        self.shown: Sequence[Text] = ()
        self._before: dict[str, Any] | None = None
        self._last: dict[str, Any] | None = None

    def compose(self) -> ComposeResult:
        """One text, and the keys."""
        yield Lines()
        yield Footer()

    def on_mount(self) -> None:
        """Begins to look."""
        self._look_soon(0.01)

    def _look_soon(self, seconds: float) -> None:
        self.set_timer(seconds, self._look)

    async def _look(self) -> None:
        try:
            if not self.paused:
                now = await self.source.look()
                self._before, self._last = self._last, now
                self._show()
                self.looks += 1
        except Error as error:
            self._before = self._last = None
            self._put([Text.styled(line, "red") for line in str(error).split("\n")])
        finally:
            if self.is_running:
                self._look_soon(self.interval)

    def _show(self) -> None:
        if self._last is not None:
            self._put(lines(self._before, self._last, self.order))

    @property
    def text(self) -> str:
        """What is shown."""
        return "\n".join(line.plain for line in self.shown)

    def _put(self, shown: Sequence[Text]) -> None:
        self.shown = shown
        for place in self.query(Lines):
            place.show(shown)

    def action_pause(self) -> None:
        """Stops looking, or goes on."""
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
