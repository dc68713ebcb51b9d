"""`aiocql top`: hosts, connections, requests in flight, queues, latencies and errors, live."""

from __future__ import annotations

import asyncio
from typing import Annotated

from cyclopts import Parameter

from aiocql.cli.connecting import Target, TargetOptions
from aiocql.cli.top.source import Attached, Own, Source
from aiocql.errors import ConfigurationError

__all__ = ["top"]


async def top(
    *contact_points: str,
    attach: Annotated[str | None, Parameter(name=["--attach", "-a"])] = None,
    interval: float = 1.0,
    once: Annotated[bool, Parameter(negative="")] = False,
    target: TargetOptions = Target(),  # noqa: B008
) -> None:
    """Watch hosts, connections, requests in flight, queues, latencies and errors.

    Parameters
    ----------
    contact_points
        The cluster to watch over connections of its own, if not by --contact-points or the environment.
    attach
        Watch another process instead: the path of the UNIX socket, or the URL, where it serves its live view.
    interval
        Seconds from one look to the next.
    once
        Print what there is to see, and end.
    """
    if not 0.1 <= interval <= 3600:
        raise ConfigurationError(f"interval: {interval!r} is no number of seconds from 0.1 to 3600")
    if attach is not None:
        await _watch(Attached(attach), interval, once)
        return
    async with target.connect(contact_points) as session:
        await _watch(Own(session), interval, once)


async def _watch(source: Source, interval: float, once: bool) -> None:
    try:
        from aiocql.cli.top.lines import render
        from aiocql.cli.top.screen import Top
    except ImportError:
        raise ConfigurationError("textual is not installed", hint="pip install 'aiocql[top]'") from None
    before = await source.look()  # what cannot be looked at at all is said before the screen is taken
    if once:
        from rich.console import Console

        await asyncio.sleep(interval)
        Console(highlight=False, soft_wrap=True).print(render(before, await source.look()))
        return
    await Top(source, interval).run_async()
