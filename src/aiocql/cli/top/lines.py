"""What `aiocql top` shows, as lines made from two looks at a session. Nothing here knows of a terminal.

A line is a tuple of pieces, each a text and the name of its style: what is drawn each second is kept that plain.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.text import Text

from aiocql.monitoring.changes import Change, change
from aiocql.printable import escaped

__all__ = ["ORDERS", "Line", "lines", "plain", "render"]

Line = tuple[tuple[str, str], ...]
EMPTY: Line = ()

ORDERS = ("endpoint", "in_flight", "per_second", "p99", "errors")
"""What hosts can be sorted by."""

HEADINGS = (
    "Endpoint",
    "Location",
    "State",
    "Connections",
    *("in flight", "waiting", "orphans", "answers/s", "p50", "p95", "p99", "errors", "timeouts", "version"),
)
STATES = {"UP": "green", "DOWN": "bold red"}


def render(before: Mapping[str, Any] | None, now: Mapping[str, Any], order: str = "endpoint") -> Text:
    """All lines as one text."""
    return Text("\n").join(Text.assemble(*line) for line in lines(before, now, order))


def plain(line: Line) -> str:
    """The line without its styles."""
    return "".join(text for text, _ in line)


def lines(before: Mapping[str, Any] | None, now: Mapping[str, Any], order: str = "endpoint") -> list[Line]:
    """The whole screen. Lines are compared with those before: the fewer pieces they have, the less each look costs."""
    whole, hosts = change(before, now)
    found = [_headline(now), EMPTY, _figures(now, whole), EMPTY, *_hosts(now, hosts, order)]
    if now["throttles"]:
        found += [EMPTY, (("Limits", "bold"),), *_limits(now["throttles"])]
    if now["requests"]["errors"]:
        errors = ", ".join(f"{name} {count:,}" for name, count in sorted(now["requests"]["errors"].items()))
        found += [EMPTY, ((f"Errors so far: {errors}", "red"),)]
    found += [EMPTY, (("Connections", "bold"),), *_connections(now["hosts"])]
    return [tuple((escaped(text), style) for text, style in line) for line in found]


def _headline(now: Mapping[str, Any]) -> Line:
    health = now["health"]
    colour = {"pass": "green", "warn": "yellow"}.get(health["status"], "red")
    process = f" (process {now['pid']})  cluster {now['cluster_name']}"
    return (
        (now["application"] or "aiocql", "bold"),
        (f"{process}, native protocol v{now['protocol_version']}  ", ""),
        (health["status"], f"bold {colour}"),
        (f": {health['reason']}" if "reason" in health else "", colour),
    )


def _figures(now: Mapping[str, Any], whole: Change) -> Line:
    figures = [
        (f"{whole.per_second:,.0f}", "requests/s"),
        (f"{whole.errors_per_second:,.0f}", "errors/s"),
        (_ms(whole.p50), "p50"),
        (_ms(whole.p95), "p95"),
        (_ms(whole.p99), "p99"),
        (f"{sum(host['in_flight'] for host in now['hosts']):,}", "in flight"),
        (f"{now['waiting']:,}", "waiting"),
        (f"{sum(len(host['connections']) for host in now['hosts']):,}", "connections"),
    ]
    return tuple(piece for value, name in figures for piece in ((value, "bold cyan"), (f" {name}   ", "")))


def _columns(left: int, rows: Sequence[Sequence[str]], styled: int | None = None) -> list[Line]:
    """Rows under each other, the first of them a heading; `left` columns begin flush left, and the last does.

    Words of the column `styled` are in the colours of states.
    """
    last = len(rows[0]) - 1
    widths = [max(len(row[i]) for row in rows) for i in range(last + 1)]

    def line(row: Sequence[str]) -> str:
        cells = (
            cell.ljust(widths[i]) if i < left or i == last else cell.rjust(widths[i])
            for i, cell in enumerate(row)
        )
        return "  ".join(cells).rstrip()

    heading: Line = ((line(rows[0]), "bold"),)
    if styled is None:
        return [heading, *(((line(row), ""),) for row in rows[1:])]
    at = sum(widths[:styled]) + 2 * styled
    found = [heading]
    for row in rows[1:]:
        text, end = line(row), at + len(row[styled])
        found.append(((text[:at], ""), (text[at:end], STATES.get(row[styled], "")), (text[end:], "")))
    return found


def _hosts(now: Mapping[str, Any], hosts: Mapping[str, Change], order: str) -> list[Line]:
    """One line a host, and why it cannot be reached on the next."""

    def key(host: Mapping[str, Any]) -> Any:
        if order in ("per_second", "p99"):
            return -getattr(hosts[host["endpoint"]], order)
        return host[order] if order == "endpoint" else -host[order]

    ordered = sorted(now["hosts"], key=key)
    rows = [HEADINGS, *(_host(host, hosts[host["endpoint"]]) for host in ordered)]
    found: list[Line] = []
    for host, line in zip([None, *ordered], _columns(4, rows, HEADINGS.index("State")), strict=True):
        found.append(line)
        if host is not None and host["last_error"]:
            found.append(((f"  {host['last_error']}", "red"),))
    return found


def _host(host: Mapping[str, Any], changed: Change) -> tuple[str, ...]:
    return (
        host["endpoint"],
        host["location"],
        host["state"],
        f"{len(host['connections'])}{host['mark']}",
        f"{host['in_flight']:,}",
        f"{host['waiting']:,}",
        f"{host['orphans']:,}",
        f"{changed.per_second:,.0f}",
        _ms(changed.p50),
        _ms(changed.p95),
        _ms(changed.p99),
        f"{host['errors']:,}",
        f"{host['timeouts']:,}",
        host["release_version"] or "",
    )


def _connections(hosts: Sequence[Mapping[str, Any]]) -> list[Line]:
    rows = [("Endpoint", "age", "in flight", "orphans", "limit", "requests", "MB sent", "MB received", "")]
    for host in hosts:
        for each in host["connections"]:
            rows.append(
                (
                    host["endpoint"],
                    _age(each["age"]),
                    f"{each['in_flight']:,}",
                    f"{each['orphans']:,}",
                    f"{each['limit']:,}",
                    f"{each['requests']:,}",
                    f"{each['bytes_sent'] / 1e6:,.1f}",
                    f"{each['bytes_received'] / 1e6:,.1f}",
                    "",
                )
            )
    return _columns(1, rows)


def _limits(throttles: Sequence[Mapping[str, Any]]) -> list[Line]:
    rows: list[Sequence[str]] = [
        ("limit", "at once", "a second", "under way", "waiting", "let through", "delayed", "refused", "")
    ]
    names = ("max_concurrent", "requests_per_second", "active", "waiting", "admitted", "delayed", "refused")
    for each in throttles:
        figures = ("" if each[name] is None else f"{each[name]:,}" for name in names)
        rows.append((each["name"], *figures, ""))
    return _columns(1, rows)


def _age(seconds: float) -> str:
    """Coarser the older it is: a line that has not changed is not drawn."""
    if seconds < 60:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 3600 else f"{seconds / 3600:.1f} h"


def _ms(seconds: float) -> str:
    return f"{1000 * seconds:.3g} ms" if seconds else "-"
