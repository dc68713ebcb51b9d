"""The demonstration, step by step."""

from __future__ import annotations

import contextlib
import secrets
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter
from rich.console import Console
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from aiocql.cli.connecting import Target, TargetOptions
from aiocql.cli.demo.official import official_driver
from aiocql.cli.demo.records import Comparison, HostRecord, Loading, Record, Sustained
from aiocql.cli.demo.report import write_report
from aiocql.cli.demo.workload import compare, create_keyspace, create_table, load, sustain
from aiocql.errors import Error
from aiocql.options.dsn import parse_contact_points

if TYPE_CHECKING:
    from aiocql.session.session import Session

__all__ = ["demo"]

PATIENT = {"request_timeout": 60.0, "connect_timeout": 20.0}
"""Three nodes, the driver and whatever else runs share this machine."""


async def demo(
    *,
    nodes: int = 3,
    rows: int = 100_000,
    concurrency: int = 3000,
    seconds: float = 20.0,
    report: Path = Path("demo-report.html"),
    official: Annotated[bool, Parameter(show_default=False)] = True,
    target: TargetOptions = Target(),  # noqa: B008
) -> None:
    """Start three real nodes (or use --contact-points), and show on them what the driver does.

    Everything that it starts is stopped, and everything that it creates is dropped.

    Parameters
    ----------
    nodes
        Nodes to start.
    rows
        Rows to write.
    concurrency
        Requests to keep in flight.
    seconds
        For how long.
    report
        Where the report goes.
    official
        Compare with cassandra-driver too, where it is installed.
    """
    console = Console(highlight=False)
    begin = time.perf_counter()
    async with _cluster(target, nodes, console) as (points, name):
        async with target.connect(points, **PATIENT) as session:
            record = await _show(
                session, points or target.contact_points, name, console, rows, concurrency, seconds, official
            )
        with console.status("stopping what was started"):
            pass
    place = write_report(record, report)
    took = time.perf_counter() - begin
    console.print(f"\nThe report: [bold]{place}[/bold]  (all of it took {took:.0f} s)", soft_wrap=True)


@asynccontextmanager
async def _cluster(target: Target, nodes: int, console: Console) -> AsyncIterator[tuple[Sequence[str], str]]:
    """Contact points of a cluster started here; none where one was named."""
    if target.contact_points:
        yield (), "a cluster that was there"
        return
    from aiocql.testing import CassandraCluster

    _headline(console, f"Starting a real Cassandra: {nodes} nodes on this machine")
    begin = time.perf_counter()
    with console.status("...") as status:
        cluster = CassandraCluster(
            nodes,
            racks=[f"rack{i}" for i in range(1, nodes + 1)],
            settings={"write_request_timeout": "20s", "read_request_timeout": "20s"},
            report=lambda text: status.update(text),
        )
        await cluster.start()
    try:
        console.print(f"Cassandra {cluster.version} stands after {time.perf_counter() - begin:.0f} s")
        yield cluster.contact_points, f"Apache Cassandra {cluster.version}, {nodes} nodes on this machine"
    finally:
        cluster.close()


async def _show(
    session: Session,
    points: Sequence[str],
    name: str,
    console: Console,
    rows: int,
    concurrency: int,
    seconds: float,
    official: bool,
) -> Record:
    _headline(console, "Every node, and the connections to it")
    console.print(str(session.hosts), soft_wrap=True, markup=False)
    async with _keyspace(session) as keyspace:
        await create_table(session, keyspace)
        loading = await _load(session, keyspace, rows, console)
        comparisons = await _compare(session, keyspace, rows, points if official else (), console)
        sustained = await _sustain(session, keyspace, rows, concurrency, seconds, console)
        hosts = [_host_record(host) for host in sorted(session.hosts, key=lambda host: host.endpoint)]
        console.print(str(session.hosts), soft_wrap=True, markup=False)
        return Record(hosts, name, session.protocol_version, loading, comparisons, sustained)


@asynccontextmanager
async def _keyspace(session: Session) -> AsyncIterator[str]:
    """A keyspace with one replica in each datacenter, dropped at the end; an error on the way stays the one raised."""
    name = f"aiocql_demo_{secrets.token_hex(3)}"
    await create_keyspace(session, name, 1)
    try:
        yield name
    except BaseException:
        with contextlib.suppress(Error):
            await session.execute(f"DROP KEYSPACE IF EXISTS {name}", timeout=5.0)
        raise
    await session.execute(f"DROP KEYSPACE IF EXISTS {name}")


async def _load(session: Session, keyspace: str, rows: int, console: Console) -> Loading:
    _headline(console, f"Writing {rows:,} rows, 1,000 at once")
    columns = (BarColumn(40), MofNCompleteColumn(), TextColumn("{task.fields[rate]}"), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("rows", total=rows, rate="")

        def tick(written: int) -> None:
            rate = progress.tasks[0].speed or 0.0
            progress.update(task, completed=written, rate=f"{rate:,.0f} rows/s")

        loading = await load(session, keyspace, rows, 1000, tick)
    console.print(
        f"{loading.rows:,} rows in {loading.seconds:.1f} s: {loading.rows / loading.seconds:,.0f} rows/s"
    )
    return loading


async def _compare(
    session: Session, keyspace: str, rows: int, points: Sequence[str], console: Console
) -> list[Comparison]:
    _headline(console, "At once against in sequence (reads by key, medians of 15)")
    places = [point.with_port(9042) for point in parse_contact_points(points)]
    with official_driver(places) as read:
        comparisons = await compare(session, keyspace, rows, read)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in (
        "requests",
        "at once",
        "in sequence",
        "cassandra-driver",
        "faster",
        "requests/s",
    ):
        table.add_column(heading, justify="right")
    for c in comparisons:
        theirs = "" if c.official is None else f"{1000 * c.official:.1f} ms"
        faster = f"{c.faster:.2f}x"
        table.add_row(
            str(c.n),
            f"{1000 * c.at_once:.2f} ms",
            f"{1000 * c.in_sequence:.1f} ms",
            theirs,
            faster,
            f"{c.rate:,.1f}",
        )
    console.print(table)
    against = "sync" if comparisons[0].official is not None else "in sequence"
    for c in comparisons:
        console.print(
            f"- {c.n} requests: [bold]{c.faster:.2f}x faster than {against}[/bold] ({c.rate:,.1f} requests/second); "
            f"the wrapper of cassandra-driver states {c.seed:.2f}x",
            soft_wrap=True,
        )
    return comparisons


async def _sustain(
    session: Session, keyspace: str, rows: int, concurrency: int, seconds: float, console: Console
) -> Sustained:
    _headline(console, f"{concurrency:,} requests in flight for {seconds:g} s")
    with Live(console=console, refresh_per_second=4) as live:
        record = await sustain(
            session, keyspace, rows, concurrency, seconds, lambda record: live.update(_live_lines(record))
        )
    console.print()
    ordered = sorted(record.latencies)
    figures = ", ".join(
        f"p{p:g} {1000 * ordered[int(len(ordered) * p / 100)]:.0f} ms" for p in (50, 99, 99.9)
    )
    console.print(
        f"{len(ordered):,} requests in {record.seconds:.1f} s: {len(ordered) / record.seconds:,.0f} requests/s, "
        f"{figures}, {record.failed} failed",
        soft_wrap=True,
    )
    return record


def _live_lines(record: Sustained) -> Table:
    """A line for each host: connections, requests in flight, requests a second."""
    now = record.samples[-1]
    before = record.samples[max(0, len(record.samples) - 5)]
    elapsed = max(now.seconds - before.seconds, 1e-9)
    table = Table(box=None, pad_edge=False, show_header=False)
    rates = [(done - earlier) / elapsed for done, earlier in zip(now.done, before.done, strict=True)]
    for i, endpoint in enumerate(record.endpoints):
        table.add_row(
            Text("●", style="green" if now.connections[i] else "red"),
            endpoint,
            f"{now.connections[i]} connection{'' if now.connections[i] == 1 else 's'}",
            f"{now.in_flight[i]:>6,} in flight",
            Text(f"{rates[i]:>8,.0f} requests/s", style="bold"),
        )
    total = (f"{sum(now.connections)} connections", f"{sum(now.in_flight):>6,} in flight")
    table.add_row("", f"{now.seconds:.0f} s", *total, Text(f"{sum(rates):>8,.0f} requests/s", style="bold"))
    return table


def _host_record(host: Any) -> HostRecord:
    return HostRecord(
        host.endpoint,
        str(host.host_id),
        f"{host.datacenter} ({host.rack})",
        str(host.state),
        str(host.open_connections),
        host.release_version or "",
    )


def _headline(console: Console, text: str) -> None:
    console.print(f"\n[bold]{text}[/bold]")
