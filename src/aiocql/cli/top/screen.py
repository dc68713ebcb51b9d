"""The screen of `aiocql top`: what is shown is text made here, from two looks; textual puts it on the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widgets import Footer

from aiocql.cli.top.source import Source
from aiocql.errors import Error
from aiocql.observe.changes import Change, change

__all__ = ["Top", "hosts_table", "render"]

ORDERS = ("endpoint", "in_flight", "per_second", "p99", "errors")


def render(before: Mapping[str, Any] | None, now: Mapping[str, Any], order: str = "endpoint") -> Text:
    """The whole screen: one text, because that is what a terminal is given at the least cost."""
    whole, hosts = change(before, now)
    text = Text(no_wrap=True, overflow="ellipsis", end="")
    _headline(text, now)
    _figures(text, now, whole)
    hosts_table(text, now, hosts, order)
    if now["throttles"]:
        text.append("\nLimits\n", "bold")
        _limits(text, now["throttles"])
    if now["requests"]["errors"]:
        errors = ", ".join(f"{name} {count:,}" for name, count in sorted(now["requests"]["errors"].items()))
        text.append(f"\nErrors so far: {errors}\n", "red")
    text.append("\nConnections\n", "bold")
    _connections(text, now["hosts"])
    return text


def _headline(text: Text, now: Mapping[str, Any]) -> None:
    health = now["health"]
    colour = {"pass": "green", "warn": "yellow"}.get(health["status"], "red")
    text.append(f"{now['application'] or 'aiocql'} ", "bold")
    text.append(
        f"(process {now['pid']})  cluster {now['cluster_name']}, native protocol v{now['protocol_version']}  "
    )
    text.append(health["status"], f"bold {colour}")
    if "reason" in health:
        text.append(f": {health['reason']}", colour)
    text.append("\n\n")


def _figures(text: Text, now: Mapping[str, Any], whole: Change) -> None:
    in_flight = sum(host["in_flight"] for host in now["hosts"])
    connections = sum(len(host["connections"]) for host in now["hosts"])
    figures = [
        (f"{whole.per_second:,.0f}", "requests/s"),
        (f"{whole.errors_per_second:,.0f}", "errors/s"),
        (_ms(whole.p50), "p50"),
        (_ms(whole.p95), "p95"),
        (_ms(whole.p99), "p99"),
        (f"{in_flight:,}", "in flight"),
        (f"{now['waiting']:,}", "waiting"),
        (f"{connections:,}", "connections"),
    ]
    for value, name in figures:
        text.append(value, "bold cyan").append(f" {name}   ")
    text.append("\n\n")


def _columns(text: Text, left: int, rows: Sequence[Sequence[str]], marks: Mapping[str, str]) -> None:
    """Rows under each other, the first of them a heading; `left` columns begin flush left. Some words have a style."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for number, row in enumerate(rows):
        for i, cell in enumerate(row):
            padded = cell.ljust(widths[i]) if i < left or i == len(row) - 1 else cell.rjust(widths[i])
            text.append(padded, "bold" if number == 0 else marks.get(cell, ""))
            text.append("  ")
        text.append("\n")


_STATES = {"UP": "green", "DOWN": "bold red"}


def hosts_table(text: Text, now: Mapping[str, Any], hosts: Mapping[str, Change], order: str) -> None:
    """One line a host."""

    def key(host: Mapping[str, Any]) -> Any:
        if order in ("per_second", "p99"):
            return -getattr(hosts[host["endpoint"]], order)
        return host[order] if order == "endpoint" else -host[order]

    rows = [HEADINGS]
    for host in sorted(now["hosts"], key=key):
        changed = hosts[host["endpoint"]]
        rows.append(
            (
                host["endpoint"],
                f"{host['datacenter'] or 'NULL'} ({host['rack']})",
                host["state"],
                f"{len(host['connections'])}{' (reconn)' if host['is_reconnecting'] else ''}",
                f"{host['in_flight']:,}",
                f"{host['waiting']:,}",
                f"{host['orphans']:,}",
                f"{changed.per_second:,.0f}",
                _ms(changed.p50),
                _ms(changed.p95),
                _ms(changed.p99),
                f"{host['errors']:,}",
                f"{host['timeouts']:,}",
                host["last_error"] or "",
            )
        )
    _columns(text, 4, rows, _STATES)


HEADINGS = (
    "Endpoint",
    "Location",
    "State",
    "Connections",
    *("in flight", "waiting", "orphans", "answers/s", "p50", "p95", "p99", "errors", "timeouts"),
    "Last error",
)


def _connections(text: Text, hosts: Sequence[Mapping[str, Any]]) -> None:
    rows = [("Endpoint", "age", "in flight", "orphans", "limit", "requests", "MB sent", "MB received", "")]
    for host in hosts:
        for each in host["connections"]:
            rows.append(
                (
                    host["endpoint"],
                    f"{each['age']:,.0f} s",
                    f"{each['in_flight']:,}",
                    f"{each['orphans']:,}",
                    f"{each['limit']:,}",
                    f"{each['requests']:,}",
                    f"{each['bytes_sent'] / 1e6:,.1f}",
                    f"{each['bytes_received'] / 1e6:,.1f}",
                    "",
                )
            )
    _columns(text, 1, rows, {})


def _limits(text: Text, throttles: Sequence[Mapping[str, Any]]) -> None:
    rows = [("at once", "a second", "under way", "waiting", "let through", "delayed", "refused", "")]
    names = ("max_concurrent", "requests_per_second", "active", "waiting", "admitted", "delayed", "refused")
    for each in throttles:
        rows.append((*("" if each[name] is None else f"{each[name]:,}" for name in names), ""))  # type: ignore[arg-type]
    _columns(text, 0, rows, {})


def _ms(seconds: float) -> str:
    return f"{1000 * seconds:.3g} ms" if seconds else "-"


class Lines(ScrollView):
    """A text of which only the lines that have changed are drawn again."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[Text] = [Text("looking ...")]

    def show(self, text: Text) -> None:
        """Shows `text` in place of what was shown."""
        before, self.lines = self.lines, list(text.split("\n"))
        size = Size(max(line.cell_len for line in self.lines), len(self.lines))
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
        width = self.size.width
        if top + y >= len(self.lines):
            return Strip.blank(width, self.rich_style)
        segments = self.lines[top + y].render(self.app.console)
        return Strip(segments).crop_extend(left, left + width, self.rich_style).apply_style(self.rich_style)


class Top(App[None]):
    """Looks every `interval` seconds."""

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
        self.shown: Text = Text()
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
            self._put(Text(str(error), "red"))
        finally:
            if self.is_running:
                self._look_soon(self.interval)

    def _show(self) -> None:
        if self._last is not None:
            self._put(render(self._before, self._last, self.order))

    def _put(self, shown: Text) -> None:
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
