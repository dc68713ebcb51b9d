"""`aiocql hosts`: every node that the driver knows, and its connections to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiocql.cli.connecting import Target, TargetOptions

if TYPE_CHECKING:
    from aiocql.nodes.host import Host

__all__ = ["hosts"]


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
            print(session.hosts)
