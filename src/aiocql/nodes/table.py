"""Hosts as they are listed: a tuple of them, which prints as the table of connected nodes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from aiocql.printable import escaped

if TYPE_CHECKING:
    from aiocql.nodes.host import Host

__all__ = ["Hosts", "host_table", "location"]

HEADINGS = ("Endpoint", "Host ID", "Location", "State", "Connections")


class Hosts(tuple["Host", ...]):
    """Hosts of a cluster. As text they are a table: ``print(session.hosts)``, as `aiocql hosts` shows it."""

    __slots__ = ()

    def __str__(self) -> str:
        return host_table(self)


def host_table(hosts: Iterable[Host]) -> str:
    """The table of connected nodes, as text: endpoint, host id, location, state, connections."""
    rows = [_row(host) for host in sorted(hosts, key=lambda host: (host.datacenter or "", host.endpoint))]
    widths = [max(len(row[i]) for row in [HEADINGS, *rows]) for i in range(len(HEADINGS))]

    def line(cells: Sequence[str]) -> str:
        return " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()

    rule = "-+-".join("-" * width for width in widths)
    return "\n".join(["Connected Cassandra nodes:", line(HEADINGS), rule, *map(line, rows)])


def location(datacenter: str | None, rack: str | None) -> str:
    """Where a host stands, as tables show it: ``dc1 (r1)``."""
    return (datacenter or "NULL") + (f" ({rack})" if rack is not None else "")


def _row(host: Host) -> tuple[str, ...]:
    where = location(host.datacenter, host.rack)
    connections = f"{host.open_connections}{' (reconn)' if host.is_reconnecting else ''}"
    return tuple(
        map(escaped, (host.endpoint, str(host.host_id or "NULL"), where, str(host.state), connections))
    )
