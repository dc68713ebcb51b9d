"""The screen of `aiocql top`: what is shown is text made here, from two looks; textual puts it on the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import Footer, Static

from aiocql.cli.top.source import Source
from aiocql.errors import Error
from aiocql.observe.changes import Change, change

__all__ = ["Top", "hosts_table", "render"]

ORDERS = ("endpoint", "in_flight", "per_second", "p99", "errors")


def render(
    before: Mapping[str, Any] | None, now: Mapping[str, Any], order: str = "endpoint"
) -> RenderableType:
    """The whole screen."""
    whole, hosts = change(before, now)
    parts: list[RenderableType] = [_headline(now), _figures(now, whole), hosts_table(now, hosts, order)]
    if now["throttles"]:
        parts += [Text("\nLimits", "bold"), _limits(now["throttles"])]
    if now["requests"]["errors"]:
        errors = ", ".join(f"{name} {count:,}" for name, count in sorted(now["requests"]["errors"].items()))
        parts.append(Text(f"\nErrors so far: {errors}", "red"))
    parts += [Text("\nConnections", "bold"), _connections(now["hosts"])]
    return Group(*parts)


def _headline(now: Mapping[str, Any]) -> Text:
    health = now["health"]
    colour = {"pass": "green", "warn": "yellow"}.get(health["status"], "red")
    text = Text.assemble(
        (f"{now['application'] or 'aiocql'} ", "bold"),
        f"(process {now['pid']})  cluster {now['cluster_name']}, native protocol v{now['protocol_version']}  ",
        (health["status"], f"bold {colour}"),
    )
    if "reason" in health:
        text.append(f": {health['reason']}", colour)
    return text


def _figures(now: Mapping[str, Any], whole: Change) -> Text:
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
    text = Text("\n")
    for value, name in figures:
        text.append(value, "bold cyan").append(f" {name}   ")
    return text.append("\n")


def hosts_table(now: Mapping[str, Any], hosts: Mapping[str, Change], order: str) -> Table:
    """One line a host."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("Endpoint", "Location", "State", "Connections"):
        table.add_column(name, no_wrap=True)
    for name in ("in flight", "waiting", "orphans", "answers/s", "p50", "p95", "p99", "errors", "timeouts"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("Last error", overflow="ellipsis", no_wrap=True)

    def key(host: Mapping[str, Any]) -> Any:
        if order in ("per_second", "p99"):
            return -getattr(hosts[host["endpoint"]], order)
        return host[order] if order == "endpoint" else -host[order]

    for host in sorted(now["hosts"], key=key):
        changed = hosts[host["endpoint"]]
        up = host["state"] == "UP"
        table.add_row(
            Text(host["endpoint"]),
            Text(f"{host['datacenter'] or 'NULL'} ({host['rack']})"),
            Text(host["state"], "green" if up else "bold red"),
            Text(f"{len(host['connections'])}{' (reconn)' if host['is_reconnecting'] else ''}"),
            f"{host['in_flight']:,}",
            f"{host['waiting']:,}",
            f"{host['orphans']:,}",
            f"{changed.per_second:,.0f}",
            _ms(changed.p50),
            _ms(changed.p95),
            _ms(changed.p99),
            f"{host['errors']:,}",
            f"{host['timeouts']:,}",
            Text(host["last_error"] or "", "red"),
        )
    return table


def _connections(hosts: Sequence[Mapping[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("Endpoint", no_wrap=True)
    for name in ("age", "in flight", "orphans", "limit", "requests", "MB sent", "MB received"):
        table.add_column(name, justify="right")
    for host in hosts:
        for each in host["connections"]:
            table.add_row(
                Text(host["endpoint"]),
                f"{each['age']:,.0f} s",
                f"{each['in_flight']:,}",
                f"{each['orphans']:,}",
                f"{each['limit']:,}",
                f"{each['requests']:,}",
                f"{each['bytes_sent'] / 1e6:,.1f}",
                f"{each['bytes_received'] / 1e6:,.1f}",
            )
    return table


def _limits(throttles: Sequence[Mapping[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for name in ("at once", "a second", "under way", "waiting", "let through", "delayed", "refused"):
        table.add_column(name, justify="right")
    for each in throttles:
        names = (
            "max_concurrent",
            "requests_per_second",
            "active",
            "waiting",
            "admitted",
            "delayed",
            "refused",
        )
        table.add_row(*("" if each[name] is None else f"{each[name]:,}" for name in names))
    return table


def _ms(seconds: float) -> str:
    return f"{1000 * seconds:.3g} ms" if seconds else "-"


class Top(App[None]):
    """Looks every `interval` seconds."""

    CSS = "Screen { layout: vertical; } #view { height: 1fr; } #shown { height: auto; padding: 0 1; }"
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
        self.shown: RenderableType = ""
        self._before: dict[str, Any] | None = None
        self._last: dict[str, Any] | None = None

    def compose(self) -> ComposeResult:
        """One text, and the keys."""
        with VerticalScroll(id="view"):
            yield Static("looking ...", id="shown")
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

    def _put(self, shown: RenderableType) -> None:
        self.shown = shown
        for place in self.query("#shown").results(Static):
            place.update(shown)

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
