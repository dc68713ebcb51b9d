"""`aiocql ping`: whether every node answers, and how fast."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from aiocql.cli.connecting import Target, TargetOptions
from aiocql.cli.failures import REQUEST_FAILED
from aiocql.errors import Error
from aiocql.printable import escaped

if TYPE_CHECKING:
    from aiocql.nodes.host import Host
    from aiocql.session.session import Session

__all__ = ["ping"]

QUERY = "SELECT release_version FROM system.local"


async def ping(*contact_points: str, count: int = 5, target: TargetOptions = Target()) -> int:  # noqa: B008
    """Ask every node of the local datacenter, and say how long each took.

    The exit status is 1 if one of them did not answer.

    Parameters
    ----------
    contact_points
        Where to ask, if not by --contact-points or the environment.
    count
        How often each is asked.
    """
    table = Table(
        "Endpoint", "Location", "Version", "min ms", "mean ms", "max ms", "", box=None, pad_edge=False
    )
    failed = 0
    async with target.connect(contact_points) as session:
        for host in sorted(session.hosts, key=lambda host: host.endpoint):
            location = f"{host.datacenter} ({host.rack})"
            try:
                version, times = await _ask(session, host, max(count, 1))
            except Error as error:
                failed += 1
                _add(table, host.endpoint, location, host.release_version or "", "", "", "", _reason(error))
            else:
                figures = (min(times), sum(times) / len(times), max(times))
                _add(table, host.endpoint, location, version, *(f"{1000 * t:.2f}" for t in figures), "ok")
    Console(highlight=False, soft_wrap=True).print(table)
    return REQUEST_FAILED if failed else 0


def _add(table: Table, *cells: str) -> None:
    """A row whose texts are shown as they are: no markup, no control characters."""
    table.add_row(*(Text(escaped(cell)) for cell in cells))


async def _ask(session: Session, host: Host, count: int) -> tuple[str, list[float]]:
    times = []
    version = ""
    for _ in range(count):
        begin = time.perf_counter()
        row = (await session.execute(QUERY, host=host)).one()
        times.append(time.perf_counter() - begin)
        version = row[0] if row else ""
    return version, times


def _reason(error: Error) -> str:
    return f"{type(error).__name__}: {error.message.splitlines()[0] if error.message else ''}"
