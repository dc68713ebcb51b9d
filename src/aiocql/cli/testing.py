"""``aiocql testing``: a local Cassandra cluster from the command line."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter

if TYPE_CHECKING:
    from rich.console import Console

    from aiocql.testing.cassandra.cluster import CassandraCluster

__all__ = ["app"]

app = App(name="testing", help="Instruments for tests.")


@app.command
def cluster(
    *,
    nodes: int = 1,
    dc: str = "dc1",
    racks: str | None = None,
    auth: bool = False,
    tls: bool = False,
    mutual_tls: bool = False,
    same_address: bool = False,
    network: str | None = None,
    port: int | None = None,
    heap: str = "512M",
    folder: str | None = None,
    jvm_option: Annotated[tuple[str, ...], Parameter(negative=(), allow_leading_hyphen=True)] = (),
) -> int:
    """Start a real Cassandra cluster on loopback, and keep it until Ctrl-C or SIGTERM.

    Needs JDK 17 (or 11) and, for the first time, Maven. Nothing is left running or on disk afterwards.

    Args:
        nodes: How many nodes; each takes some 0.5 GB of memory.
        dc: Names of datacenters, with commas; nodes are dealt out to them in turns.
        racks: Names of racks, with commas; by default each node has its own.
        auth: Ask for passwords; the first user is cassandra with password cassandra.
        tls: Encrypt client connections, with certificates made for this cluster.
        mutual_tls: Ask clients for a certificate too.
        same_address: All nodes on 127.0.0.1, on different ports.
        network: The first three numbers of the addresses, "127.1.7." say; by default a free block.
        port: The CQL port; by default 9042.
        heap: Java heap of each node.
        folder: Where data and logs go; they stay. By default a temporary folder.
        jvm_option: One more flag for the JVM; may be repeated.
    """
    from rich.console import Console

    from aiocql.testing.cassandra.cluster import CassandraCluster

    console = Console(highlight=False)
    made = CassandraCluster(
        nodes,
        datacenters=dc.split(","),
        racks=racks.split(",") if racks else None,
        authentication=auth,
        tls="mutual" if mutual_tls else tls,
        same_address=same_address,
        network=network,
        port=port,
        heap=heap,
        folder=folder,
        jvm_options=jvm_option,
        report=_reporter(console),
    )
    with contextlib.suppress(KeyboardInterrupt, asyncio.CancelledError):
        asyncio.run(_until_stopped(made, console))
    console.print("stopped", style="dim")
    return 0


@app.command
def jars(*, version: str | None = None) -> int:
    """Bring the server's jars to the cache folder, if they are not there, and print the folder.

    Clusters do this by themselves; before a test run it keeps the download out of the first test.

    Args:
        version: The version of Apache Cassandra; by default the one that clusters run.
    """
    from rich.console import Console

    from aiocql.testing.cassandra.jars import CASSANDRA_VERSION, server_jars

    report = _reporter(Console(stderr=True, highlight=False))
    print(asyncio.run(server_jars(version or CASSANDRA_VERSION, report=report)))
    return 0


def _reporter(console: Console) -> Callable[[str], None]:
    return lambda text: console.print(text, style="dim", markup=False, soft_wrap=True)


async def _until_stopped(cluster: CassandraCluster, console: Console) -> None:
    """Run the cluster until this task is cancelled, which SIGTERM and Ctrl-C do."""
    task = asyncio.current_task()
    assert task is not None
    for number in (signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    async with cluster:
        _show(cluster, console)
        await asyncio.Event().wait()


def _show(cluster: CassandraCluster, console: Console) -> None:
    from rich.table import Table

    table = Table("Node", "Endpoint", "Datacenter", "Rack", "PID")
    for node in cluster.nodes:
        table.add_row(node.name, node.contact_point, node.datacenter, node.rack, str(node.pid))
    console.print(table)
    console.print(f"connect:  {_dsn(cluster)}", soft_wrap=True, markup=False)
    if cluster.tls:
        console.print(f"trust:    {cluster.certificate_authority.certificate_path}", soft_wrap=True)
    if cluster.client_certificate is not None:
        console.print(f"show:     {cluster.client_certificate.certificate_path}", soft_wrap=True)
        console.print(f"with key: {cluster.client_certificate.key_path}", soft_wrap=True)
    console.print(f"logs:     {cluster.folder}/node*/system.log", soft_wrap=True, markup=False)
    console.print("Ctrl-C stops it", style="dim")


def _dsn(cluster: CassandraCluster) -> str:
    user = ":".join(cluster.credentials) + "@" if cluster.authentication else ""
    datacenter = cluster.nodes[0].datacenter
    return f"cassandra://{user}{','.join(cluster.contact_points)}?local_datacenter={datacenter}"
