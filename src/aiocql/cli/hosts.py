"""`aiocql hosts`: every node that the driver knows, and its connections to it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from aiocql.cli.connecting import Target, TargetOptions

if TYPE_CHECKING:
    from aiocql.metadata.host import Host

__all__ = ["host_table", "hosts"]

HEADINGS = ("Endpoint", "Host ID", "Location", "State", "Connections")


def host_table(hosts: Iterable[Host]) -> str:
    """The table of connected nodes, as text: endpoint, host id, location, state, connections."""
    rows = [_row(host) for host in sorted(hosts, key=lambda host: (host.datacenter or "", host.endpoint))]
    widths = [max(len(row[i]) for row in [HEADINGS, *rows]) for i in range(len(HEADINGS))]

    def line(cells: Sequence[str]) -> str:
        return " | ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()

    rule = "-+-".join("-" * width for width in widths)
    return "\n".join(["Connected Cassandra nodes:", line(HEADINGS), rule, *map(line, rows)])


def _row(host: Host) -> tuple[str, ...]:
    location = (host.datacenter or "NULL") + (f" ({host.rack})" if host.rack is not None else "")
    connections = f"{host.open_connections}{' (reconn)' if host.is_reconnecting else ''}"
    return (host.endpoint, str(host.host_id or "NULL"), location, str(host.state), connections)


def _record(host: Host) -> dict[str, Any]:
    return {
        "endpoint": host.endpoint,
        "host_id": str(host.host_id) if host.host_id else None,
        "datacenter": host.datacenter,
        "rack": host.rack,
        "release_version": host.release_version,
        "state": str(host.state),
        "connections": host.open_connections,
        "in_flight": host.in_flight,
        "reconnecting": host.is_reconnecting,
    }


async def hosts(*contact_points: str, json: bool = False, target: TargetOptions = Target()) -> None:  # noqa: B008
    """Show every node of the cluster and the connections to it.

    Parameters
    ----------
    contact_points
        Where to ask, if not by --contact-points or the environment.
    json
        One JSON object a line, for other programs.
    """
    async with target.connect(contact_points) as session:
        if json:
            from json import dumps

            for host in session.hosts:
                print(dumps(_record(host)))
        else:
            print(host_table(session.hosts))
